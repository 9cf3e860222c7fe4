"""Many writers at once against a real server, and whether all that they were told is done is there afterwards.

Every write leaves a mark of its own in a record: a new record begins with one, an edit adds one to those it knows of, sent with
``If-Match`` and once more after a 412. So a lost update is a mark that was acknowledged and is not there. Who edits a record of
their own again knows its marks and its tag from the last answer, as any program would; one that everybody edits is read first,
and again after a 412. Nothing here judges how fast that was; ``scripts/bench writes`` does, and ``scripts/bench kills`` kills
the server meanwhile.
"""

import asyncio
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

API = "/api/v1"
Record = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """Something that is written: where, what a new one says, which marks a record holds, and how they are sent.

    What is made ``below`` another kind is entered at a record of that kind.
    """

    path: str
    entry: Callable[[str], Record]
    marks: Callable[[Any], list[str]]
    marked: Callable[[list[str]], Record] | None = None
    """The change that makes these the marks; None where a record is made and never changed."""
    below: str | None = None
    once: bool = False
    """Whether one person makes one of it at a record; it is read with all others at the address that it was sent to."""


def _keywords(marks: list[str]) -> Record:
    return {"keywords": [{"text": mark} for mark in marks]}


_STUDY = {"design": "cross_sectional_survey", "subject": "human", "read_depth": "abstract"}
_FINDING = {"outcome": "insomnia", "direction": "increased", "phase": "active_use", "basis": "descriptive_self_report"}

KINDS = (
    Kind(
        "/citations",
        lambda mark: {"title": f"Kratom and sleep in a report that came as {mark}", **_keywords([mark])},
        lambda record: [each["text"] for each in record["record"].get("keywords", ())],
        _keywords,
    ),
    Kind(
        "/studies",
        lambda mark: {**_STUDY, "title": f"A survey that came as {mark}", "notes": mark},
        lambda record: record["notes"].split(),
        lambda marks: {"notes": " ".join(marks)},
    ),
    Kind(
        "/findings",
        lambda mark: {**_FINDING, "summary": mark},
        lambda record: record["summary"].split(),
        lambda marks: {"summary": " ".join(marks)},
        below="/studies",
    ),
    Kind("/flags", lambda mark: {"record": "R11", "reason": f"Look at {mark}"}, lambda record: [record["reason"][8:]]),
    Kind(
        "/decisions",
        lambda mark: {"stage": "title_abstract", "decision": "include", "note": mark},
        lambda decisions: [each["note"] for each in decisions],
        below="/citations",
        once=True,
    ),
)
"""What writers write. A record that can be created is one entry here."""


@dataclass
class Told:
    """What the writers were told: how long each write took, every status, and the marks acknowledged for each record."""

    seconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    marks: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    cut: int = 0
    """Requests without an answer, because the server was gone."""

    @property
    def acknowledged(self) -> int:
        """Writes that were said to be done."""
        return sum(len(each) for each in self.marks.values())

    def heard(self, status: int, headers: dict[str, str], body: bytes, *, taken: float) -> None:
        """Note an answer to a write. Done, stale, and busy with a time to wait are what a writer may be told."""
        self.seconds.append(taken)
        self.statuses[status] += 1
        if not (200 <= status < 300 or status == 412 or (status == 503 and "retry-after" in headers)):
            self.bad.append(f"{status}: {body[:300]!r}")


class Line:
    """One connection, kept open, on which one request follows the other."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._port = port
        self._head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, content: Any = None, **more: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer. Raises ``OSError`` or ``EOFError`` when the server goes away."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        body = b"" if content is None else json.dumps(content).encode()
        extra = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in more.items())
        kind = "Content-Type: application/json\r\n" if body else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{self._head}{extra}{kind}Content-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        return int(first.split()[1]), headers, await reader.readexactly(int(headers.get("content-length", 0)))

    def close(self) -> None:
        """Let the connection go; the next request opens another."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


@dataclass
class Held:
    """A record as somebody knows it: its marks and the tag that a change of it names."""

    kind: Kind
    path: str
    marks: list[str]
    tag: str

    @classmethod
    def of(cls, kind: Kind, headers: dict[str, str], body: bytes) -> "Held":
        """What an answer says of its record."""
        record = json.loads(body)["data"]
        return cls(kind, f"{API}{kind.path}/{record['id']}", kind.marks(record), headers.get("etag", ""))


@dataclass
class Writer:
    """One person who creates records and edits them, their own and those that everybody edits."""

    name: str
    line: Line
    told: Told
    shared: list[tuple[Kind, str]]
    random: Random
    own: dict[str, Held] = field(default_factory=dict)
    """The records that this person made, as last answered, by their addresses."""
    decided: set[str] = field(default_factory=set)
    """Those at which this person made, or tried to make, what is made once."""
    written: int = 0

    async def work(self, until: float) -> None:
        """Write until the time is over; a server that is gone is asked again soon."""
        while time.monotonic() < until:
            try:
                await self._write_once()
            except (OSError, EOFError):
                self.told.cut += 1
                self.line.close()
                await asyncio.sleep(0.02)
        self.line.close()

    async def _write_once(self) -> None:
        self.written += 1
        mark = f"{self.name}-{self.written}"
        chance = self.random.random()
        if chance < 0.4 or not self.own:
            await self._create(self.random.choice(KINDS), mark)
        elif chance < 0.7:
            await self._edit(await self._read(*self.random.choice(self.shared)), mark)
        else:
            await self._edit(self.own[self.random.choice(list(self.own)[-5:])], mark)

    async def _create(self, kind: Kind, mark: str) -> None:
        above = [path for path in self.own if kind.below and path.startswith(API + kind.below)]
        if kind.once:
            above = [path for path in above if path not in self.decided]
        if kind.below and not above:
            kind = next(each for each in KINDS if each.path == kind.below)
        at = (above[-1] if kind.below else API) + kind.path
        if kind.once:
            self.decided.add(above[-1])
        status, headers, body = await self._send("POST", at, kind.entry(mark))
        if status == 201 and kind.once:
            self.told.marks[at].append(mark)
        elif status == 201:
            made = Held.of(kind, headers, body)
            self.told.marks[made.path].append(mark)
            if kind.marked:
                self.own[made.path] = made

    async def _edit(self, held: Held | None, mark: str) -> None:
        for _ in range(50):
            if held is None or held.kind.marked is None:
                return
            change = held.kind.marked([*held.marks, mark])
            status, headers, body = await self._send("PATCH", held.path, change, If_Match=held.tag)
            if status == 200:
                self.told.marks[held.path].append(mark)
                if held.path in self.own:
                    self.own[held.path] = Held.of(held.kind, headers, body)
            if status != 412:
                return
            held = await self._read(held.kind, held.path)

    async def _read(self, kind: Kind, path: str) -> Held | None:
        status, headers, body = await self.line.ask("GET", path)
        if status != 200:
            self.told.bad.append(f"GET {path}: {status}")
            return None
        return Held.of(kind, headers, body)

    async def _send(self, method: str, path: str, content: Record, **headers: str) -> tuple[int, dict[str, str], bytes]:
        began = time.perf_counter()
        status, answered, body = await self.line.ask(method, path, content, **headers)
        self.told.heard(status, answered, body, taken=time.perf_counter() - began)
        if status == 503:
            await asyncio.sleep(min(float(answered.get("retry-after", 1)), 1))
        return status, answered, body


async def shared_records(port: int, header: dict[str, str], number: int, *, run: str = "w") -> list[tuple[Kind, str]]:
    """New records for everybody to edit, of every kind that can be."""
    line = Line(port, header)
    made = []
    for kind in (each for each in KINDS if each.marked):
        for n in range(number):
            above = next((path for other, path in reversed(made) if other.path == kind.below), API)
            status, headers, body = await line.ask("POST", above + kind.path, kind.entry(f"{run}.shared-{n}"))
            assert status == 201, body
            made.append((kind, Held.of(kind, headers, body).path))
    line.close()
    return made


async def write(
    port: int,
    headers: list[dict[str, str]],
    seconds: float,
    *,
    writers: int,
    shared: list[tuple[Kind, str]],
    run: str = "w",
) -> Told:
    """Let ``writers`` write for so long, sharing the credentials ``headers``; what they were told."""
    told, until = Told(), time.monotonic() + seconds
    people = [
        Writer(f"{run}.{n}", Line(port, headers[n % len(headers)]), told, shared, Random(f"{run}{n}"))  # noqa: S311 - a choice of work
        for n in range(writers)
    ]
    await asyncio.gather(*(each.work(until) for each in people))
    return told


async def lost(port: int, header: dict[str, str], marks: dict[str, list[str]], *, lines: int = 8) -> list[str]:
    """What was acknowledged and is not there, or is there twice; nothing when all is well."""
    todo, found = list(marks), list[str]()

    async def look() -> None:
        line = Line(port, header)
        while todo:
            path = todo.pop()
            status, _, body = await line.ask("GET", path)
            found.extend(_missing(path, marks[path], json.loads(body)["data"] if status == 200 else None))
        line.close()

    await asyncio.gather(*(look() for _ in range(lines)))
    return found


def _missing(path: str, marks: Iterable[str], content: Any) -> list[str]:
    kind = next(each for each in reversed(KINDS) if f"{each.path}/" in f"{path}/")
    held = Counter(kind.marks(content) if content else ())
    return [f"{path}: {mark} stands there {held[mark]} times" for mark in marks if held[mark] != 1]


async def ready(port: int, *, within_s: float) -> float:
    """The seconds until the service says that it is ready. Raises ``TimeoutError`` when it takes longer."""
    began = time.perf_counter()
    while time.perf_counter() - began < within_s:
        line = Line(port, {})
        with suppress(OSError, EOFError):
            status, _, _ = await line.ask("GET", "/health/ready")
            line.close()
            if status == 200:
                return time.perf_counter() - began
        line.close()
        await asyncio.sleep(0.01)
    raise TimeoutError(f"not ready within {within_s} s")
