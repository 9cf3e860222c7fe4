"""``evidence verify-audit``: whether the history is what it was when it was written. It changes nothing."""

from typing import Annotated

import typer
from sqlalchemy import select

from app.cli import preparing
from app.cli.endings import DONE, FAILED
from app.cli.speaking import give, give_json
from app.config import load_settings
from app.history import events
from app.history.queries import broken_links, unexplained
from app.models.history import DataRevision


def verify_audit(
    expect: Annotated[str | None, typer.Option(help="A hash that was noted before; it must be in the chain.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> int:
    """Work every hash of the history out anew, and look for records that no data revision explains; exit 1 when one fails."""
    with preparing.ready(load_settings()) as store, store.reading() as session:
        broken = list(broken_links(session))
        loose = unexplained(session)
        newest = events.head(session)
        known = expect is None or session.scalar(select(DataRevision.n).where(DataRevision.hash == expect)) is not None
    chain_hash = newest.hash if newest.n else None
    sound = not broken and not loose and known
    if as_json:
        give_json({"sound": sound, "data_revisions": newest.n, "chain_hash": chain_hash, "broken": broken, "unexplained": loose,
                   "expected_is_known": known})  # fmt: skip
    else:
        give(f"{newest.n} data revisions; the last has the hash {chain_hash}.")
        for n in broken:
            give(f"BROKEN: data revision {n} is not what was written.")
        for kind, numbers in loose.items():
            give(f"UNEXPLAINED: {kind} {', '.join(map(str, numbers[:20]))} came without a data revision.")
        if not known:
            give(f"UNKNOWN: no data revision has the hash {expect}.")
        give("The history is sound." if sound else "The history is not sound; restore a backup and compare.")
    return DONE if sound else FAILED
