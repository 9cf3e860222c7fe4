"""Sentences of a report that might be quoted for a finding: suggested by the machine, made a quote by a person alone.

Worked out when asked, from the text as it stands; nothing is stored, so a
suggestion is never older than its abstract. How a sentence is read is
``wording`` and ``sentences``; what a second reader would ask of it, ``lint``.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.findings.flat import FlatFinding
from app.findings.lint import Caution, Quoted, cautions
from app.findings.quotes import LONGEST
from app.findings.sentences import RESULT, kind_of, sentences, windows
from app.findings.wording import directions_said, names_outcome, names_substance
from app.kit.verbatim import Span
from app.models.citation import CitationText
from app.models.finding import Quote

MOST = 10


class Candidate(Struct, frozen=True, kw_only=True):
    """Words of the abstract with their place as a quote would have it, what they name, and what they seem to say.

    ``whole_sentence`` is false where the sentence is too long to be quoted
    and these are the words of it that name most.
    """

    text: str
    citation_id: int
    location: str = "abstract"
    text_position: int
    label: str | None
    starts_at: int
    ends_at: int
    text_sha256: str
    whole_sentence: bool
    names_substance: bool
    says: list[str]
    names_direction: bool
    warnings: tuple[Caution, ...]
    suggested_by: str = "machine"

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """Those that say the direction of the finding first, then those that name the substance, then as they stand."""
        return -self.names_direction, -self.names_substance, self.text_position, self.starts_at


class _Part(Struct, frozen=True):
    citation_id: int
    position: int
    label: str | None
    text: str
    sha256: str


def candidates_for(session: Session, finding: FlatFinding) -> list[Candidate]:
    """Sentences of the abstract of the finding's report that name its outcome and may report a result, the fullest first.

    What is quoted for the finding already is left out.
    """
    if finding.report_id is None or finding.outcome is None:
        return []
    quoted = select(Quote.text_position, Quote.starts_at, Quote.ends_at).where(
        Quote.finding_id == finding.id, Quote.citation_id == finding.report_id, Quote.state == "verified"
    )
    taken = [(row.text_position, row.starts_at, row.ends_at) for row in session.execute(quoted)]
    found = [
        one
        for part in _parts_of(session, finding.report_id)
        for one in _in_part(finding, part)
        if not any(one.text_position == at and one.starts_at < end and start < one.ends_at for at, start, end in taken)
    ]
    return sorted(found, key=lambda each: each.rank)[:MOST]


def _parts_of(session: Session, citation_id: int) -> Sequence[_Part]:
    columns = (CitationText.citation_id, CitationText.position, CitationText.label, CitationText.text)
    query = select(*columns, CitationText.sha256).where(
        CitationText.citation_id == citation_id, CitationText.part == "abstract"
    )
    return [_Part(*row) for row in session.execute(query.order_by(CitationText.position))]


def _in_part(finding: FlatFinding, part: _Part) -> Iterator[Candidate]:
    for sentence in sentences(part.text):
        words = part.text[sentence.start : sentence.end]
        if not names_outcome(words, finding.outcome) or kind_of(words, part.label) != RESULT:
            continue
        cut = [_candidate(finding, part, each, sentence) for each in windows(part.text, sentence, most=LONGEST)]
        named = [each for each in cut if names_outcome(each.text, finding.outcome)]
        if named:
            yield min(named, key=lambda each: each.rank)


def _candidate(finding: FlatFinding, part: _Part, span: Span, sentence: Span) -> Candidate:
    words = part.text[span.start : span.end]
    said = directions_said(words, finding.outcome or "")
    substances = (finding.substance_name,) if finding.substance_name else ()
    quoted = Quoted(
        text=words, outcome=finding.outcome, direction=finding.direction, phase=finding.phase, substances=substances,
        label=part.label, sentence=part.text[sentence.start : sentence.end],
    )  # fmt: skip
    return Candidate(
        text=words,
        citation_id=part.citation_id,
        text_position=part.position,
        label=part.label,
        starts_at=span.start,
        ends_at=span.end,
        text_sha256=part.sha256,
        whole_sentence=span == sentence,
        names_substance=names_substance(words, *substances),
        says=sorted(said),
        names_direction=finding.direction in said,
        warnings=tuple(cautions(quoted)),
    )
