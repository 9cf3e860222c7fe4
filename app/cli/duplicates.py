"""``evidence duplicates``: look for records that may be one, and show the queue. Deciding is a person's, over REST."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from app.cli.endings import Stopped
from app.cli.preparing import ready
from app.cli.progress import Told, told
from app.cli.speaking import give, give_json
from app.config import load_settings
from app.database import Store
from app.errors import UnknownValue
from app.kit.public_ids import CITATION, DUPLICATE, public
from app.models.duplicate import STATES, DuplicatePair

_AsJson = Annotated[bool, typer.Option("--json", help="One JSON document.")]


def find(as_json: _AsJson = False) -> int:
    """Compare the records that came or changed since the last time with all others."""
    from app.citations.duplicates import Found  # noqa: PLC0415 - rapidfuzz, which no other verb needs

    total = Found()
    with ready(load_settings()) as store, told("records") as progress:
        try:
            _find_all(store, total, progress)
        except KeyboardInterrupt:
            raise Stopped(
                f"Stopped: {total.looked_at:,} records were compared and what was found is kept. Run it again to go on."
            ) from None
    if as_json:
        give_json({name: getattr(total, name) for name in total.__slots__})
    else:
        give(
            f"{total.looked_at:,} records compared: {total.opened:,} pairs to look at, {total.blocked:,} set aside by a rule, "
            f"{total.gone:,} no longer alike."
        )
    return 0


def show(
    state: Annotated[str, typer.Option(help=f"Of these: {', '.join(STATES)}.")] = "open",
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    as_json: _AsJson = False,
) -> int:
    """Show pairs of records that may be one, the most alike first."""
    from app.citations import duplicates, queries  # noqa: PLC0415 - rapidfuzz, as above

    if state not in STATES:
        raise UnknownValue(f"{state!r} is not a state. Allowed: {', '.join(STATES)}.", field="state", choices=STATES)
    with ready(load_settings()) as store, store.reading() as session:
        query = duplicates.pairs((state,), ()).order_by(DuplicatePair.score.desc(), DuplicatePair.id)
        pairs = list(session.scalars(query.limit(limit)))
        records = queries.stored(session, {number for pair in pairs for number in (pair.first_id, pair.second_id)})
        titles = {number: one.draft.title or one.draft.book_title for number, one in records.items()}
    if as_json:
        give_json([_document(pair) for pair in pairs])
    else:
        for pair in pairs:
            for line in _lines(pair, titles):
                give(line)
    return 0


def _find_all(store: Store, total: Any, progress: Told) -> None:
    from app.citations.duplicates import find as find_some  # noqa: PLC0415 - rapidfuzz, as above

    while True:
        with store.writing() as session:
            found = find_some(session)
        if not found.looked_at:
            return
        total.add(found)
        progress(total.looked_at, None)


def _document(pair: DuplicatePair) -> dict[str, Any]:
    copied = ("state", "offer", "score", "block", "note", "decided_by")
    return {
        "id": public(DUPLICATE, pair.id),
        "first": public(CITATION, pair.first_id),
        "second": public(CITATION, pair.second_id),
        "speaks_for": pair.evidence["for"],
        "speaks_against": pair.evidence["against"],
    } | {name: getattr(pair, name) for name in copied}


def _lines(pair: DuplicatePair, titles: dict[int, str | None]) -> Iterator[str]:
    yield f"{public(DUPLICATE, pair.id)} {pair.score} {pair.offer}: {'; '.join(pair.evidence['for'])}."
    if pair.evidence["against"]:
        yield f"  against: {'; '.join(pair.evidence['against'])}."
    if pair.block:
        yield f"  set aside: {pair.block}."
    for number in (pair.first_id, pair.second_id):
        yield f"  {public(CITATION, number)} {titles[number] or 'without a title'}"
