"""Quotes: verbatim words of a citation behind a finding, and whether the stored text has them. Never fuzzy.

What two texts have in common is ``app.kit.verbatim``; whether a quote fits its
finding is ``lint``; which sentences might be quoted is ``candidates``. Nothing
here raises a flag or commits.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, NamedTuple

from msgspec import Struct
from pydantic import AfterValidator, Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.citations.lookup import among
from app.errors import Conflict, Invalid, NotFound
from app.history.edits import remove as remove_row
from app.history.events import Revision, row_of, unused_id
from app.kit.canonical import now, sha256
from app.kit.draft import Draft, Line, RecordId, storable
from app.kit.verbatim import find
from app.models.citation import Citation, CitationText
from app.models.finding import Finding, Quote
from app.vocabulary.words import member_of

LONGEST = 300
"""Code points: enough for a sentence, and what may be quoted without asking."""
TITLE = -1
"""The ``text_position`` of a title: it stands before the first part of the abstract."""

_IN_RECORD = ("title", "abstract")
"""Locations within the bibliographic record; every other one lies in a document that is not stored, and needs its page."""

QuotedText = Annotated[str, Field(min_length=1, max_length=LONGEST), AfterValidator(storable)]
Location = Annotated[str, AfterValidator(member_of("quote_location"))]


class QuoteDraft(Draft):
    """Words copied from a citation. ``citation_id`` may be left out where they are from the finding's own report.

    ``page`` is a page, table or figure; it is required where the words do not stand in the title or abstract.
    """

    text: QuotedText
    location: Location = "abstract"
    page: Line | None = None
    citation_id: RecordId | None = None
    seen_by_second_reader: bool = False


class Part(NamedTuple):
    """A stored text that words may stand in."""

    position: int
    part: str
    text: str
    sha256: str


class Place(Struct, frozen=True):
    """What checking came to: the state, and for words that stand in the stored text where, and in which text."""

    state: str
    location: str
    text_position: int | None = None
    starts_at: int | None = None
    ends_at: int | None = None
    text_sha256: str | None = None


class Rechecked(NamedTuple):
    """Quotes whose text changed under them: those no longer found, and those that are found again."""

    lost: list[Quote]
    found: list[Quote]


def judge(text: str, location: str, parts: Sequence[Part]) -> Place:
    """Where ``text`` stands among ``parts``, whatever place its reader named: what stands in the abstract points there.

    The title counts where the reader named the title or the abstract: a word
    of it stands in most papers.
    """
    for one in _in_order(parts, location):
        span = find(text, one.text)
        if span:
            where = "title" if one.position == TITLE else "abstract"
            return Place("verified", where, one.position, span.start, span.end, one.sha256)
    stored = any(one.part == location for one in parts)
    return Place("not_found" if location in _IN_RECORD and stored else "not_checkable", location)


def check(session: Session, draft: QuoteDraft, citation_id: int) -> Place:
    """Check words against the stored texts of a citation.

    Raises :class:`Invalid` when they stand in none of these and no page, table or figure is named.
    """
    place = judge(draft.text, draft.location, texts_of(session, [citation_id])[citation_id])
    if place.location not in _IN_RECORD and not draft.page:
        raise Invalid(
            f"These words are not in the stored abstract of R{citation_id}. Name the page, table or figure where they "
            "stand, or copy them from the abstract.",
            field="page",
        )
    return place


def record(session: Session, revision: Revision, draft: QuoteDraft, finding: Finding) -> Quote:
    """Store a quote of a finding with what checking came to; a quote that was not found is stored as such.

    Raises :class:`Invalid` without a citation or a place, or when there is no such citation.
    """
    citation_id = draft.citation_id or finding.report_id
    if citation_id is None:
        raise Invalid("Name the citation that is quoted, or give the finding its report first.", field="citation_id")
    # Held until the commit: a text that is arriving would else be checked against the quotes before this one only.
    if session.get(Citation, citation_id, with_for_update={"read": True}) is None:
        raise Invalid(f"There is no citation R{citation_id} to quote from.", field="citation_id")
    place = check(session, draft, citation_id)
    fields = draft.model_dump() | _columns(place) | {"citation_id": citation_id}
    number = unused_id(session, "quote")
    quote = Quote(id=number, finding_id=finding.id, **fields, created_at=now(), created_by=revision.actor)
    session.add(quote)
    session.flush()
    revision.note("quote", quote.id, op="add", after=row_of(quote))
    return quote


def get(session: Session, finding: Finding, quote_id: int) -> Quote:
    """One quote of ``finding``. Raises :class:`NotFound` for one of another finding too."""
    found = session.get(Quote, quote_id)
    if found is None or found.finding_id != finding.id:
        raise NotFound(f"F{finding.id} has no quote Q{quote_id}.")
    return found


def remove(session: Session, revision: Revision, finding: Finding, quote: Quote) -> None:
    """Take a quote off its finding; the history keeps its words.

    Raises :class:`Conflict` where an accepted finding would be left without
    one that it may stand on.
    """
    if finding.status == "accepted":
        others = session.scalars(select(Quote).where(Quote.finding_id == finding.id, Quote.id != quote.id))
        if not any(map(carries, others)):
            raise Conflict(
                f"F{finding.id} is accepted and would be left without a quote that was found or has its place; "
                "add the better one first."
            )
    remove_row(session, revision, "quote", quote)


def recheck(session: Session, revision: Revision, citation_ids: Iterable[int]) -> Rechecked:
    """Check every quote of these citations again, in the transaction that changed or first brought their texts.

    Found: verified, with new offsets. Not found although it was, or although
    its reader saw it in an abstract that was not stored then: stale, with the
    offsets and hash of the text that was meant.
    """
    result = Rechecked([], [])
    asked = select(Quote).where(among(session, Quote.citation_id, citation_ids)).order_by(Quote.id)
    quotes = list(session.scalars(asked))
    if not quotes:
        return result
    texts = texts_of(session, {quote.citation_id for quote in quotes})
    for quote in quotes:
        before, was = row_of(quote), quote.state
        _settle(quote, judge(quote.text, quote.location, texts[quote.citation_id]))
        after = row_of(quote)
        changed = [name for name in after if after[name] != before[name]]
        if changed:
            revision.note("quote", quote.id, op="edit", before={name: before[name] for name in changed}, after=after)
        if quote.state != was and quote.state in ("stale", "verified"):
            (result.lost if quote.state == "stale" else result.found).append(quote)
    session.flush()
    return result


def carries(quote: Quote) -> bool:
    """Whether a finding may be accepted on this quote: it is verified, or stands where no machine can look.

    Then it has its page, table or figure, or a second reader has seen it: of an
    abstract that is not stored neither the machine nor anybody else knows.
    """
    answered_for = quote.page is not None or quote.seen_by_second_reader
    return quote.state == "verified" or (quote.state == "not_checkable" and answered_for)


def texts_of(session: Session, citation_ids: Iterable[int]) -> defaultdict[int, list[Part]]:
    """Citation → its title and the parts of its abstract, in order."""
    asked = list(citation_ids)
    found: defaultdict[int, list[Part]] = defaultdict(list)
    titles = select(Citation.id, Citation.title).where(among(session, Citation.id, asked))
    for number, title in session.execute(titles):
        found[number] += [Part(TITLE, "title", title, sha256(title))] if title else []
    columns = (CitationText.citation_id, CitationText.position, CitationText.part, CitationText.text)
    query = select(*columns, CitationText.sha256).where(among(session, CitationText.citation_id, asked))
    for number, *part in session.execute(query.order_by(CitationText.citation_id, CitationText.position)):
        found[int(number)].append(Part._make(part))
    return found


def _in_order(parts: Sequence[Part], location: str) -> list[Part]:
    """The parts to look through: what the reader named first, the abstract before translations of it."""
    wanted = [part for part in parts if part.position != TITLE or location in _IN_RECORD]
    return sorted(wanted, key=lambda part: (part.part != location, part.part != "abstract", part.position))


def _settle(quote: Quote, place: Place) -> None:
    if place.state == "verified":
        for name, value in _columns(place).items():
            setattr(quote, name, value)
    elif quote.state == "verified" or (quote.state == "not_checkable" and place.state == "not_found"):
        quote.state = "stale"


def _columns(place: Place) -> dict[str, Any]:
    return {name: getattr(place, name) for name in place.__struct_fields__}
