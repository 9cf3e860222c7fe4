"""``evidence init``: a database that is ready to be used. Doing it again changes nothing."""

from app.cli.endings import DONE, Stopped
from app.cli.preparing import opened, prepare
from app.cli.speaking import say
from app.config import load_settings


def init() -> int:
    """Make the database ready: migrate it, load the agreed words, and the starter corpus when it is empty."""
    done: list[str] = []

    def tell(sentence: str) -> None:
        done.append(sentence)
        say(sentence)

    with opened(load_settings()) as store:
        try:
            prepare(store, tell)
        except KeyboardInterrupt:
            raise Stopped(
                "Stopped. Steps that were done are kept, the rest was undone; run it again to go on."
            ) from None
    say("The database is ready." if done else "The database is ready; there was nothing to do.")
    return DONE
