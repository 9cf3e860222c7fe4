"""Entering, changing and copying findings. Reading is in ``findings``, what is sent in ``finding_entries``."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from fastapi import Response
from msgspec.structs import asdict

from app.api import held
from app.api.answers import Answer, one
from app.api.asking import only
from app.api.documented import FindingId, StudyId
from app.api.entries import sent_fields
from app.api.finding_entries import FindingChanges, FindingFields, FindingsEntry, QuoteEntry, listed
from app.api.findings import shown
from app.api.guarding import Door, Guarded
from app.api.preconditions import IfMatch, must_match
from app.api.proposing import PROPOSED, proposed
from app.api.quotes import quote_out
from app.api.shapes import API, FindingOut, One, finding_out, named, outgoing
from app.api.writing import Write, Writing, written
from app.curation.applying import ADD_QUOTE
from app.errors import Invalid
from app.findings import edit, entering, quotes, record
from app.findings import queries as findings
from app.findings.draft import FindingDraft
from app.findings.lint import lint
from app.findings.quotes import QuoteDraft
from app.history import events
from app.history.edits import renew
from app.kit.public_ids import FINDING, public
from app.models.finding import Finding
from app.studies.edit import refuse_unusable

router = Door(tags=["findings"], route_class=Guarded)
E = TypeVar("E")
R = TypeVar("R")
OneOrMany = One[FindingOut | list[FindingOut]]  # type: ignore[valid-type]  # made at run time


@router.post("/studies/{study_id}/findings", status_code=201, dependencies=[only()], response_model=OneOrMany)
@written
def add_findings(study_id: StudyId, entry: FindingsEntry, write: Writing) -> Response:
    """Enter a finding of a study as a draft, or many at once: all or none, each fault by its place in the list."""
    study = held.study(write, study_id)
    name, own, defaults = listed(entry)
    places = edit.places_in(write.session, study.id)
    entries = [entering.over(defaults, each) for each in own]
    quoted = [each.pop("quotes", None) or () for each in entries]
    drafts = gathered(name, entries, partial(_read, places=places))
    stored = [record.record(write.session, write.revision, draft, study_id=study.id) for draft in drafts]
    gathered(name, list(zip(stored, quoted, strict=True)), partial(_quote, write))
    write.seal()
    return _one(write, stored[0]) if name is None else _many(write, stored)


@router.patch(
    "/findings/{finding_id}",
    dependencies=[only()],
    response_model=One[FindingOut],  # type: ignore[valid-type]  # made at run time
    responses=PROPOSED,
)
@written
def edit_finding(finding_id: FindingId, changes: FindingChanges, match: IfMatch, write: Writing) -> Response:
    """Change fields of a finding (JSON merge patch). What another submitted, or is accepted, this makes a proposal (202)."""
    sent = sent_fields(changes)
    finding = held.finding_to_change(write, finding_id, sent)
    comment = sent.pop("comment", None)
    write.because(comment or "edit finding")
    must_match(match, version=finding.version, current=named(edit.fields_of(finding)), sent=named(sent))
    if not held.is_changed_by(write, finding):
        after = edit.edited(write.session, finding, sent).model_dump()
        return proposed(write, finding, after, comment=comment) or shown(write.session, write.principal, finding.id)
    edit.edit(write.session, write.revision, finding, sent)
    write.seal()
    return shown(write.session, write.principal, finding.id)


@router.post("/findings/{finding_id}/copy", status_code=201, dependencies=[only()], response_model=One[FindingOut])  # type: ignore[valid-type]  # made at run time
@written
def copy_finding(finding_id: FindingId, entry: FindingFields, write: Writing) -> Response:
    """Enter another finding of the same study as a draft: this one with the fields that are sent changed, without its quotes."""
    source, sent = held.finding(write, finding_id), sent_fields(entry)
    quoted = sent.pop("quotes", None) or ()
    draft = entering.read(sent, held=edit.fields_of(source))
    edit.places_in(write.session, source.study_id).refuse_others(draft)
    stored = record.record(write.session, write.revision, draft, study_id=source.study_id)
    _quote(write, (stored, quoted))
    write.because(f"copy of {finding_id}")
    write.seal()
    return _one(write, stored)


@router.post(
    "/findings/{finding_id}/quotes",
    status_code=201,
    dependencies=[only()],
    response_model=One[FindingOut],  # type: ignore[valid-type]  # made at run time
    responses=PROPOSED,
)
@written
def add_quote(finding_id: FindingId, entry: QuoteEntry, write: Writing) -> Response:
    """Add words that say so; they are looked for in the stored text at once. `meta.quotes` lists all with what came of it."""
    finding = held.finding(write, finding_id)
    if not held.is_changed_by(write, finding):
        return _propose_quote(write, finding, entry)
    quotes.record(write.session, write.revision, entry.draft(), finding)
    renew(write.session, write.revision, "finding", finding)
    write.seal()
    return _one(write, finding)


def _propose_quote(write: Write, finding: Finding, entry: QuoteEntry) -> Response:
    draft = entry.draft()
    number = draft.citation_id or finding.report_id
    if number is not None:
        refuse_unusable(write.session, number)
        quotes.check(write.session, draft, number)
    added = {ADD_QUOTE: draft.model_dump()}
    return proposed(write, finding, added, comment=None) or shown(write.session, write.principal, finding.id)


def _read(fields: dict[str, Any], *, places: edit.Places) -> FindingDraft:
    draft = entering.read(fields, held={})
    places.refuse_others(draft)
    return draft


def _quote(write: Write, quoted: tuple[Finding, Sequence[dict[str, Any]]]) -> None:
    finding, entries = quoted
    for number, entry in enumerate(entries):
        try:
            quotes.record(write.session, write.revision, QuoteDraft(**entry), finding)
        except Invalid as error:
            raise Invalid(error.message, field=f"quotes.{number}.{error.field}") from None


def gathered(name: str | None, entries: Sequence[E], make: Callable[[E], R]) -> list[R]:
    """What ``make`` makes of every entry, or :class:`Invalid` with the faults of all, each by its place in the list ``name``."""
    made: list[R] = []
    faults: list[tuple[str, str]] = []
    for number, entry in enumerate(entries):
        try:
            made.append(make(entry))
        except Invalid as error:
            before = "" if name is None else f"{name}.{number}."
            found = error.places or ((error.field or "body", error.message),)
            faults += [(f"{before}{field}", detail) for field, detail in found]
    if faults:
        field, detail = faults[0]
        others = f" ({len(faults)} faults in all; nothing was stored.)" if len(faults) > 1 else ""
        raise Invalid(f"{field}: {detail}{others}", field=field, places=tuple(faults))
    return made


def _one(write: Write, finding: Finding) -> Response:
    kept = findings.quotes_of(write.session, finding.id)
    told = {"quotes": [quote_out(each) for each in kept], "warnings": outgoing(lint(write.session, finding, kept))}
    answer = shown(write.session, write.principal, finding.id, status=201, **told)
    answer.headers["Location"] = f"{API}/findings/{public(FINDING, finding.id)}"
    return answer


def _many(write: Write, stored: Sequence[Finding]) -> Answer:
    rows = findings.many(write.session, [each.id for each in stored])
    warnings = [
        {"finding_id": public(FINDING, each.id), **outgoing(asdict(caution))}
        for each in stored
        for caution in lint(write.session, each, findings.quotes_of(write.session, each.id))
    ]
    return one([finding_out(row) for row in rows], revision=events.latest(write.session), status=201, warnings=warnings)
