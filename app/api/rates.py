"""How often one address, and one token, may ask. Counted in the memory of each process; nothing here knows an account.

Requests from the machine itself are not counted. Behind a proxy on the same
machine the address is that which the proxy names (``X-Forwarded-For``), which
uvicorn believes of the loopback only.
"""

import time
from hashlib import sha256
from ipaddress import ip_address
from typing import Any

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.problems import problem
from app.errors import TooOften

_PREFIX = "/api/"
_READING = frozenset(("GET", "HEAD", "OPTIONS"))


class Rates:
    """Counts by key, within fixed windows."""

    def __init__(self, *, reads_per_minute: int, writes_per_minute: int, counts_loopback: bool = False) -> None:
        self._limits = {
            True: RateLimitItemPerMinute(reads_per_minute),
            False: RateLimitItemPerMinute(writes_per_minute),
        }
        self._counts_loopback = counts_loopback
        self._counted = FixedWindowRateLimiter(MemoryStorage())

    def address_of(self, scope: Scope) -> str | None:
        """The address that is counted; None for the machine itself."""
        host = (scope.get("client") or ("", 0))[0]
        try:
            itself = ip_address(host).is_loopback
        except ValueError:
            return None  # a socket in the file system
        return None if itself and not self._counts_loopback else host

    def refuse_beyond(self, limit: RateLimitItem, key: str) -> None:
        """Raise :class:`TooOften` when the limit is used up; counts nothing."""
        if not self._counted.test(limit, key):
            raise TooOften("Too many failed attempts; try again later.", retry_after_s=self._seconds(limit, key))

    def count(self, limit: RateLimitItem, key: str) -> bool:
        """Count one; False when it is beyond the limit."""
        return self._counted.hit(limit, key)

    def take(self, scope: Scope) -> tuple[bool, dict[str, str]]:
        """Count a request of an address, and of its token; whether it may go on, and the headers that say how many are left."""
        address = self.address_of(scope)
        if address is None:
            return True, {}
        reads = scope["method"] in _READING
        limit, kind = self._limits[reads], "r" if reads else "w"
        shown = Headers(scope=scope).get("authorization", "")
        keys = [f"{kind}:{address}", *([f"{kind}:{sha256(shown.encode()).hexdigest()}"] if shown else [])]
        within = [self._counted.hit(limit, key) for key in keys]
        left = min(self._counted.get_window_stats(limit, key).remaining for key in keys)
        reset = max(self._seconds(limit, key) for key in keys)
        told = {"RateLimit-Limit": str(limit.amount), "RateLimit-Remaining": str(left), "RateLimit-Reset": str(reset)}
        return all(within), told

    def _seconds(self, limit: RateLimitItem, key: str) -> int:
        return max(1, round(self._counted.get_window_stats(limit, key).reset_time - time.time()))


class Paced:
    """Wraps an application and turns requests below ``/api`` away that come too often."""

    def __init__(self, app: ASGIApp, *, rates: Rates) -> None:
        self._app = app
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through with the headers of the limits, or answer 429."""
        if scope["type"] != "http" or not scope["path"].startswith(_PREFIX):
            await self._app(scope, receive, send)
            return
        within, told = self._rates.take(scope)
        if not within:
            detail = f"More than {told['RateLimit-Limit']} such requests in a minute; go on after {told['RateLimit-Reset']} s."
            refusal = problem(429, "TooOften", detail, headers={**told, "Retry-After": told["RateLimit-Reset"]})
            await refusal(scope, receive, send)
            return
        if not told:
            await self._app(scope, receive, send)
            return
        more = [(name.lower().encode(), value.encode()) for name, value in told.items()]

        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        await self._app(scope, receive, send_with)


def rates_for(settings: Any) -> Rates:
    """The limits that the operator has set."""
    return Rates(
        reads_per_minute=settings.reads_per_minute,
        writes_per_minute=settings.writes_per_minute,
        counts_loopback=settings.limit_loopback,
    )
