"""What a change of the literature means for the evidence, in the transaction that brings it.

Whoever stores or edits citations calls :func:`follow` before sealing: quotes
are checked against the new text; findings whose report lost or regained its
standing are flagged for a person, and so is a study when no finding of it is
from that report, and a finding that is put on a report which does not stand.
A finding leaves the counts by its report's standing alone
(``app.findings.flat``); nothing here hides or changes one.

A merge of citations checks no quote: each stays with the record that it names
and with that record's text (``docs/decisions/0018``).
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.citations.notices import Notice, in_words, notices_of
from app.curation import flags
from app.curation.flags import Record
from app.findings import quotes
from app.findings.flat import LEFT_THE_COUNTS
from app.history.events import Revision
from app.kit.public_ids import CITATION, public
from app.models.citation import Citation
from app.models.finding import Finding, Quote
from app.statements import Statement, among_numbers

LEFT, DOUBTED, REINSTATED, STALE = "report_left_counts", "report_doubted", "report_reinstated", "quote_stale"

_SAID = {
    "finding": ("Its findings are not counted.", "Its findings count again."),
    "study": ("No finding of the study is from it.", "No finding of the study is from it."),
}
"""Kind of what is flagged → what a report that left, and one that came back, means for it."""


_STANDING_OF = Statement(
    select(Finding.id, Citation.id.label("report_id"), Citation.standing)
    .join(Citation, Citation.id == Finding.report_id)
    .where(among_numbers(Finding.id, "findings"))
    .order_by(Finding.id)
)


def follow(session: Session, revision: Revision) -> None:
    """Follow what ``revision`` did to citations and findings. It costs nothing where none of that matters here."""
    _follow_texts(session, revision)
    _follow_standings(session, revision)
    _follow_findings(session, revision)


def _follow_texts(session: Session, revision: Revision) -> None:
    retold = revision.edited("citation", "texts", "title")
    if not retold:
        return
    rechecked = quotes.recheck(session, revision, retold)
    for quote in rechecked.lost:
        reason = f"{_said(quote)} does not stand in the text of R{quote.citation_id} any more."
        flags.raise_by_machine(session, revision, STALE, [("finding", quote.finding_id)], reason=reason)
    for quote in rechecked.found:
        note = f"{_said(quote)} stands in the text of R{quote.citation_id} again."
        flags.note_open(session, revision, STALE, [("finding", quote.finding_id)], note=note)


def _said(quote: Quote) -> str:
    shown = quote.text if len(quote.text) <= 80 else f"{quote.text[:79]}…"
    return f"The quote Q{quote.id} “{shown}”"


def _follow_standings(session: Session, revision: Revision) -> None:
    moved: dict[int, tuple[str, str]] = {}
    for number, before, after in revision.standings:
        moved[number] = (moved[number][0] if number in moved else before or "current", after)
    concerned = flags.concerned_by(session, sorted(moved)) if moved else {}
    notices = notices_of(session, concerned)
    for number, records in concerned.items():
        told = _told(number, moved[number], notices.get(number, ()))
        for kind in _SAID:
            _follow_standing(session, revision, [each for each in records if each[0] == kind], moved[number], told)


def _told(number: int, moved: tuple[str, str], notices: tuple[Notice, ...]) -> str:
    before, after = (name.replace("_", " ") for name in moved)
    return f"The report R{number} was {before} and is now {after}.{in_words(notices, moved[1])}"


def _follow_standing(
    session: Session, revision: Revision, records: list[Record], moved: tuple[str, str], told: str
) -> None:
    if not records:
        return
    gone, back = _SAID[records[0][0]]
    was_out, is_out = (name in LEFT_THE_COUNTS for name in moved)
    if is_out:
        flags.raise_by_machine(session, revision, LEFT, records, reason=f"{told} {gone}")
    elif was_out:
        _reinstate(session, revision, records, f"{told} {back}")
    elif moved[1] == "current":
        flags.note_open(session, revision, DOUBTED, records, note=told)
    else:
        flags.raise_by_machine(session, revision, DOUBTED, records, reason=told)


def _reinstate(session: Session, revision: Revision, records: Iterable[Record], told: str) -> None:
    """Note it where a person has not looked yet; who has, and may have acted on the retraction, is told anew."""
    waiting = flags.note_open(session, revision, LEFT, records, note=told)
    looked_at = [record for record in records if record not in waiting]
    flags.raise_by_machine(session, revision, REINSTATED, looked_at, reason=told)


def _follow_findings(session: Session, revision: Revision) -> None:
    """Flag findings that came to a report which had left the counts before; note it on the flag of one that is back."""
    added = revision.added("finding")
    put = added.union(revision.edited("finding", "report_id"))
    if not put:
        return
    rows = _STANDING_OF.all(session, findings=put)
    told_already = {number for number, _, _ in revision.standings}
    notices = notices_of(session, {row.report_id for row in rows if row.standing in LEFT_THE_COUNTS})
    for row in rows:
        report = (
            f"The finding is from {public(CITATION, row.report_id)} now, which is {row.standing.replace('_', ' ')}."
        )
        if row.standing not in LEFT_THE_COUNTS and row.id not in added:
            flags.note_open(session, revision, LEFT, [("finding", row.id)], note=f"{report} It is counted.")
        elif row.standing in LEFT_THE_COUNTS and row.report_id not in told_already:
            reason = f"{report}{in_words(notices.get(row.report_id, ()), row.standing)} It is not counted."
            flags.raise_by_machine(session, revision, LEFT, [("finding", row.id)], reason=reason)
