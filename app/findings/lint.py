"""Warnings on how a quote fits its finding. They teach and never refuse: a machine cannot read.

Whether the words stand in the text at all is ``quotes``; what they name is
``wording``, by lists.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.citations.lookup import among
from app.findings.sentences import RESULT, around, kind_of
from app.findings.wording import SURE, directions_said, names_outcome, names_substance, phases_named
from app.kit.public_ids import FINDING, public
from app.kit.verbatim import Span, fold
from app.models.citation import CitationText
from app.models.finding import Finding, Quote
from app.models.study import Exposure
from app.vocabulary.words import vocabulary

_MOST_NAMED = 5
_GONE = ("rejected", "retired")
_SEEMS = {
    "background": "background, which others found",
    "aim": "an aim, which is not what was found",
    "methods": "methods: that it was measured, and not what came of it",
    "plan": "advice or a plan, and not what was found",
}


class Caution(Struct, frozen=True):
    """One thing to look at again: a word to know it by, what it is about, and a sentence that says why and what to do."""

    code: str
    field: str
    message: str
    quote: str | None = None


class Quoted(Struct, frozen=True, kw_only=True):
    """Words with the finding that they are to show. ``sentence`` is the whole one that they are from, if it is stored.

    ``label`` is that of the part of the abstract; ``substances`` are other
    names of what was taken; ``shared_with`` the findings that quote the same.
    """

    text: str
    outcome: str | None
    direction: str | None
    phase: str | None
    substances: tuple[str, ...] = ()
    location: str = "abstract"
    label: str | None = None
    sentence: str | None = None
    shared_with: tuple[int, ...] = ()


def cautions(quoted: Quoted) -> list[Caution]:
    """What a second reader would ask about these words."""
    return [*_on_names(quoted), *_on_direction(quoted), *_on_place(quoted), *_on_phase(quoted), *_on_sharing(quoted)]


def lint(session: Session, finding: Finding, quotes: Sequence[Quote]) -> list[Caution]:
    """What a second reader would ask about ``quotes`` of ``finding``, each caution with the words that it is about."""
    if not quotes:
        return []
    taken = session.scalar(select(Exposure.substance_name).where(Exposure.id == (finding.exposure_id or 0)))
    parts = _parts_of(session, quotes)
    shared = _shared(session, finding, quotes)
    found = []
    for quote in quotes:
        label, sentence = _place_of(quote, parts)
        quoted = Quoted(
            text=quote.text, outcome=finding.outcome, direction=finding.direction, phase=finding.phase,
            substances=(taken,) if taken else (), location=quote.location, label=label, sentence=sentence,
            shared_with=shared[quote.id],
        )  # fmt: skip
        found += [Caution(one.code, one.field, one.message, quote.text) for one in cautions(quoted)]
    return found


def _on_names(quoted: Quoted) -> Iterator[Caution]:
    if quoted.outcome and not names_outcome(quoted.text, quoted.outcome):
        label = vocabulary().outcomes[quoted.outcome].label
        message = (
            f"The words do not name {label} or a synonym of it. Quote the sentence that does, or check the outcome."
        )
        yield Caution("outcome_not_named", "outcome", message)
    if not names_substance(quoted.text, *quoted.substances):
        message = "The words do not name what was taken. Is it clear from them alone? If not, quote one sentence more."
        yield Caution("substance_not_named", "exposure_id", message)


def _on_direction(quoted: Quoted) -> Iterator[Caution]:
    """Only where the outcome is named, and a finding of no direction needs no word for one."""
    wanted = quoted.direction
    if wanted in (None, "unclear") or not names_outcome(quoted.text, quoted.outcome):
        return
    said = directions_said(quoted.text, quoted.outcome or "")
    if wanted in said or (wanted != "no_change" and "unclear" in said) or (wanted == "mixed" and len(said) > 1):
        return
    label, known = vocabulary().outcomes[quoted.outcome or ""].label, vocabulary()
    sure = [known.label("direction", each) for each in SURE if each in said]
    finding = f"the finding says “{known.label('direction', wanted)}”"
    if sure and wanted != "mixed":
        message = f"Of {label} the words seem to say “{'” and “'.join(sure)}”; {finding}. Read the sentence again."
        yield Caution("direction_contradicted", "direction", message)
    else:
        yield Caution("direction_not_named", "direction", f"No word of the quote gives {label} a direction; {finding}.")


def _on_place(quoted: Quoted) -> Iterator[Caution]:
    if quoted.location == "title":
        message = "A title seldom says what was found. Quote the sentence that does."
        yield Caution("from_title", "location", message)
    if quoted.location != "abstract" or quoted.sentence is None:
        return
    kind = kind_of(quoted.sentence, quoted.label)
    if kind != RESULT:
        where = f", under “{quoted.label}”" if quoted.label else ""
        message = f"The sentence seems to be {_SEEMS[kind]}{where}. Quote the sentence that reports the result."
        yield Caution("not_a_result", "text", message)


def _on_phase(quoted: Quoted) -> Iterator[Caution]:
    groups = vocabulary().groups["phase"]
    own = {group for group, members in groups.items() if quoted.phase in members}
    named = set(phases_named(quoted.text, but_for=quoted.outcome))
    if not own or not named or own & named:
        return
    spoken = {"during_use": "use that goes on", "withdrawal": "stopping or withdrawal"}[named.pop()]
    label = vocabulary().label("phase", quoted.phase)
    message = f"The words speak of {spoken}; the finding is on “{label}”. Is it another finding?"
    yield Caution("phase_contradicted", "phase", message)


def _on_sharing(quoted: Quoted) -> Iterator[Caution]:
    if not quoted.shared_with:
        return
    named = ", ".join(public(FINDING, number) for number in quoted.shared_with[:_MOST_NAMED])
    more = len(quoted.shared_with) - _MOST_NAMED
    message = (
        f"The same words are quoted for {named}{f' and {more} more' if more > 0 else ''}. Do they say each of these?"
    )
    yield Caution("shared_quote", "text", message)


def _parts_of(session: Session, quotes: Sequence[Quote]) -> dict[tuple[int, int], tuple[str | None, str]]:
    columns = (CitationText.citation_id, CitationText.position, CitationText.label, CitationText.text)
    rows = session.execute(
        select(*columns).where(among(session, CitationText.citation_id, {quote.citation_id for quote in quotes}))
    )
    return {(row.citation_id, row.position): (row.label, row.text) for row in rows}


def _place_of(
    quote: Quote, parts: dict[tuple[int, int], tuple[str | None, str]]
) -> tuple[str | None, str | None]:  # fmt: skip
    """Label of the part and the whole sentence, for words that stand in the stored abstract now."""
    part = parts.get((quote.citation_id, -1 if quote.text_position is None else quote.text_position))
    if part is None or quote.state != "verified":
        return None, None
    return part[0], around(part[1], Span(quote.starts_at or 0, quote.ends_at or 0))


def _shared(session: Session, finding: Finding, quotes: Sequence[Quote]) -> dict[int, tuple[int, ...]]:
    """Quote → the other findings that somebody still works on or relies on, and that quote the same words of the citation."""
    query = (
        select(Quote.citation_id, Quote.text, Quote.finding_id)
        .join(Finding, Finding.id == Quote.finding_id)
        .where(among(session, Quote.citation_id, {quote.citation_id for quote in quotes}))
        .where(Quote.finding_id != finding.id, Finding.status.not_in(_GONE))
    )
    others: dict[tuple[int, str], set[int]] = {}
    for row in session.execute(query):
        others.setdefault((row.citation_id, fold(row.text).text.strip()), set()).add(row.finding_id)
    return {
        quote.id: tuple(sorted(others.get((quote.citation_id, fold(quote.text).text.strip()), ()))) for quote in quotes
    }
