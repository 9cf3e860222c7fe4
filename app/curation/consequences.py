"""What a change of the literature means for the evidence, in the transaction that brings it.

Whoever stores or edits citations calls :func:`follow` before sealing: quotes
are checked against the new text, findings whose report lost or regained its
standing are flagged for a person. A finding leaves the counts by its report's
standing alone (``app.findings.flat``); nothing here hides or changes one.
"""

from sqlalchemy.orm import Session

from app.citations.notices import Notice, in_words, notices_of
from app.curation import flags
from app.findings import quotes
from app.findings.flat import LEFT_THE_COUNTS
from app.history.events import Revision
from app.models.finding import Quote

LEFT, DOUBTED, REINSTATED, STALE = "report_left_counts", "report_doubted", "report_reinstated", "quote_stale"


def follow(session: Session, revision: Revision) -> None:
    """Follow what ``revision`` did to citations. It costs nothing where no text was edited and no standing changed."""
    _follow_texts(session, revision)
    _follow_standings(session, revision)


def _follow_texts(session: Session, revision: Revision) -> None:
    retold = revision.edited("citation", "texts", "title")
    if not retold:
        return
    rechecked = quotes.recheck(session, revision, retold)
    for quote in rechecked.lost:
        reason = f"{_said(quote)} does not stand in the text of R{quote.citation_id} any more."
        flags.raise_by_machine(session, revision, STALE, [quote.finding_id], reason=reason)
    for quote in rechecked.found:
        note = f"{_said(quote)} stands in the text of R{quote.citation_id} again."
        flags.note_open(session, revision, STALE, [quote.finding_id], note=note)


def _said(quote: Quote) -> str:
    shown = quote.text if len(quote.text) <= 80 else f"{quote.text[:79]}…"
    return f"The quote Q{quote.id} “{shown}”"


def _follow_standings(session: Session, revision: Revision) -> None:
    moved: dict[int, tuple[str, str]] = {}
    for number, before, after in revision.standings:
        moved[number] = (moved[number][0] if number in moved else before or "current", after)
    findings = flags.findings_of(session, sorted(moved)) if moved else {}
    notices = notices_of(session, findings)
    for number, concerned in findings.items():
        _follow_standing(
            session, revision, concerned, moved[number], _told(number, moved[number], notices.get(number, ()))
        )


def _told(number: int, moved: tuple[str, str], notices: tuple[Notice, ...]) -> str:
    before, after = (name.replace("_", " ") for name in moved)
    return f"The report R{number} was {before} and is now {after}.{in_words(notices, moved[1])}"


def _follow_standing(
    session: Session, revision: Revision, findings: list[int], moved: tuple[str, str], told: str
) -> None:
    was_out, is_out = (name in LEFT_THE_COUNTS for name in moved)
    if is_out:
        flags.raise_by_machine(session, revision, LEFT, findings, reason=f"{told} Its findings are not counted.")
    elif was_out:
        _reinstate(session, revision, findings, f"{told} Its findings count again.")
    elif moved[1] == "current":
        flags.note_open(session, revision, DOUBTED, findings, note=told)
    else:
        flags.raise_by_machine(session, revision, DOUBTED, findings, reason=told)


def _reinstate(session: Session, revision: Revision, findings: list[int], told: str) -> None:
    """Note it where a person has not looked yet; who has, and may have acted on the retraction, is told anew."""
    waiting = flags.note_open(session, revision, LEFT, findings, note=told)
    looked_at = [number for number in findings if number not in waiting]
    flags.raise_by_machine(session, revision, REINSTATED, looked_at, reason=told)
