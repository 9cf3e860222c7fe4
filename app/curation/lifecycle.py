"""The life of a study or finding: draft → submitted → accepted | rejected; recalled, or retired with a reason. Never deleted.

Each step is one UPDATE that carries the status and version that were seen; its
row count decides a race. Who is the author is asked here; which role a step
takes, and that nobody else changes study and finding meanwhile, is the door's to know.
"""

from typing import Any

from msgspec import Struct
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.curation import reviews
from app.curation.authors import refuse_own
from app.curation.reviews import Acceptance, Rejection
from app.errors import Conflict, Forbidden, Invalid
from app.findings import quotes
from app.findings.flat import PUBLIC_STATUSES
from app.findings.queries import hanging_on, quotes_of
from app.history.edits import rewrite
from app.history.events import Revision, row_of
from app.kit.canonical import now
from app.models.finding import REQUIRED, Finding, Quote
from app.models.study import Study
from app.studies.draft import missing_in
from app.studies.queries import has_reports

Record = Study | Finding
LETTERS = {"study": "S", "finding": "F"}
_MOST_NAMED = 5


class Step(Struct, frozen=True):
    """From which statuses a record comes, and to which it goes."""

    of: tuple[str, ...]
    to: str


STEPS = {
    "submit": Step(("draft", "suggested"), "submitted"),
    "recall": Step(("submitted", "rejected"), "draft"),
    "accept": Step(("submitted",), "accepted"),
    "reject": Step(("submitted",), "rejected"),
    "retire": Step(("suggested", "draft", "submitted", "accepted", "rejected"), "retired"),
    "reopen": Step(("accepted",), "submitted"),
}
"""What people ask for; and *reopen*, which befalls the findings of a study that is sent back."""


def missing(session: Session, record: Record) -> tuple[str, ...]:
    """What a submitted record needs and this one lacks."""
    if isinstance(record, Finding):
        return tuple(name for name in REQUIRED if getattr(record, name) is None)
    return (*missing_in(record), *(() if has_reports(session, record.id) else ("reports",)))


def submit(session: Session, revision: Revision, record: Record) -> None:
    """Show a draft to everybody, for review. Raises :class:`Invalid` naming every field that it still lacks."""
    lacks = missing(session, record)
    if lacks:
        told = tuple((name, "is needed before this can be submitted") for name in lacks)
        raise Invalid(f"{_name(record)} still needs {', '.join(lacks)}.", field=lacks[0], places=told)
    _step(session, revision, record, "submit")


def recall(session: Session, revision: Revision, record: Record) -> None:
    """Take one's own work back to a draft.

    Raises :class:`Forbidden` for the work of another, :class:`Conflict` for a
    submitted study that :func:`refuse_bearing` finds not free. A rejected one
    nobody reads, so nothing is taken from them; see :func:`reject` for its findings.
    """
    if record.created_by != revision.actor:
        raise Forbidden(
            f"{_name(record)} is the work of {record.created_by}, who may recall it. An editor may reject it."
        )
    if record.status == "submitted":
        refuse_bearing(session, record)
    _step(session, revision, record, "recall")
    _reopen_findings(session, revision, record)


def refuse_bearing(session: Session, record: Record) -> None:
    """Raise :class:`Conflict` for a study on which findings hang that its author alone does not take out.

    These are accepted ones, and those of others; what may not be read yet is
    counted and not named.
    """
    if isinstance(record, Finding):
        return
    hanging = [
        each
        for each in hanging_on(session, record.id)
        if each.status == "accepted" or each.created_by != record.created_by
    ]
    named = [f"F{each.id}" for each in hanging if each.status in PUBLIC_STATUSES]
    unread = len(hanging) - len(named)
    told = [*named[:_MOST_NAMED], *([f"{len(named) - _MOST_NAMED} more"] if len(named) > _MOST_NAMED else ())]
    told += [f"{unread} of others not public yet"] if unread else []
    if told:
        raise Conflict(
            f"On {_name(record)} hang findings of others, or accepted ones: {', '.join(told)}. An editor may reject or "
            "retire it; what is wrong in it is changed by a proposal."
        )


def accept(session: Session, revision: Revision, record: Record, said: Acceptance) -> None:
    """Accept the work of others. Accepting a study accepts none of its findings.

    A finding takes a public study and at least one quote that is found in the
    stored text now, or stands where no machine can look, with its page or seen
    by the reviewer.
    Raises :class:`Forbidden` for one's own work, :class:`Conflict` for the rest.
    """
    refuse_own(session, record, revision.actor)
    if isinstance(record, Finding):
        _refuse_hidden_study(session, record)
        _check_quotes(session, revision, record, seen=said.quotes_seen)
    _step(session, revision, record, "accept", reviewed_at=now(), reviewed_by=revision.actor)
    reviews.keep(session, revision, record.__tablename__, record.id, said=said)


def reject(session: Session, revision: Revision, record: Record, said: Rejection) -> None:
    """Send the work of others back with the reason. Raises :class:`Forbidden` for one's own.

    What was accepted of a study that is rejected waits for a second person
    again: it was accepted as a finding of a study that somebody has refused
    since, and that may be another when it comes back.
    """
    refuse_own(session, record, revision.actor)
    _step(session, revision, record, "reject", reviewed_at=now(), reviewed_by=revision.actor)
    reviews.keep(session, revision, record.__tablename__, record.id, said=said)
    _reopen_findings(session, revision, record)


def retire(session: Session, revision: Revision, record: Record, *, reason: str) -> None:
    """Take a record out for good, with a reason that everybody is told. Its past stays readable."""
    _step(session, revision, record, "retire", retired_reason=reason)


def _reopen_findings(session: Session, revision: Revision, record: Record) -> None:
    """Take the acceptance from the findings of a study that was sent back; the history and their reviews keep it.

    That somebody saw their quotes was said for that acceptance; the next one says it anew.
    """
    hanging = hanging_on(session, record.id) if isinstance(record, Study) else ()
    for finding in hanging:
        if finding.status == "accepted":
            _step(session, revision, finding, "reopen", reviewed_at=None, reviewed_by=None)
            for quote in quotes_of(session, finding.id):
                rewrite(session, revision, "quote", quote, {"seen_by_second_reader": False})


def _step(session: Session, revision: Revision, record: Record, name: str, **values: Any) -> None:
    step, model, before = STEPS[name], type(record), row_of(record)
    if record.status not in step.of:
        listed = " or ".join(step.of)
        raise Conflict(f"{_name(record)} is {record.status}; {name} takes what is {listed}.", field="status")
    values |= {"status": step.to, "version": record.version + 1}
    seen = (model.id == record.id) & (model.status == record.status) & (model.version == record.version)
    guarded = update(model).where(seen).values(**values).execution_options(synchronize_session=False)
    done: Any = session.execute(guarded)
    if done.rowcount != 1:
        raise Conflict(f"Somebody else was quicker with {_name(record)}; read it again.", field="status")
    session.refresh(record)
    after = row_of(record)
    changed = {each: before[each] for each in values if before[each] != after[each]}
    revision.note(record.__tablename__, record.id, op="status", before=changed, after=after)


def _refuse_hidden_study(session: Session, finding: Finding) -> None:
    study = session.get_one(Study, finding.study_id)
    if study.status not in PUBLIC_STATUSES:
        raise Conflict(f"Study S{study.id} is {study.status}; a finding is accepted when its study can be read.")


def _check_quotes(session: Session, revision: Revision, finding: Finding, *, seen: bool) -> None:
    kept = quotes_of(session, finding.id)
    for quote in kept if seen else ():
        if quote.state == "not_checkable":
            rewrite(session, revision, "quote", quote, {"seen_by_second_reader": True})
    texts = quotes.texts_of(session, {quote.citation_id for quote in kept})
    if not any(_holds(quote, texts[quote.citation_id]) for quote in kept):
        raise Conflict(
            f"F{finding.id} has no quote that stands in the stored text, or that names its page, table or figure; "
            "a finding is accepted on at least one. Add it with POST /findings/{id}/quotes, or say with quotes_seen that "
            "you have seen words where no machine can look.",
            field="quotes",
        )


def _holds(quote: Quote, parts: list[quotes.Part]) -> bool:
    return quotes.carries(quote) and quotes.judge(quote.text, quote.location, parts).state != "not_found"


def _name(record: Record) -> str:
    return f"{LETTERS[record.__tablename__]}{record.id}"
