"""The words of studies and findings themselves: title and population of a study, outcome and summary of a finding.

Plain and exact for the thousands of findings that curators write, which are
few beside the records of the bibliographic store; those have a text index
(``app.citations.index``).
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.citations.words import Phrase, read_phrases
from app.kit.tokens import fold
from app.models.finding import Finding
from app.models.study import Study
from app.search.spec import PUBLIC
from app.vocabulary.words import vocabulary


def matching_own_text(session: Session, asked: str, *, statuses: Sequence[str]) -> tuple[set[int], set[int]]:
    """Studies and findings in whose own text every word and phrase of ``asked`` stands.

    A finding matches by its own words together with those of its study, and a
    study by its own or through one of its findings. Only what may be seen under
    ``statuses`` is looked at.
    """
    phrases = read_phrases(asked)
    columns = select(Study.id, Study.title, Study.population).where(Study.status.in_({*statuses, *PUBLIC}))
    studies = {row.id: _document(row[1:]) for row in session.execute(columns)}
    found, findings = {study_id for study_id, document in studies.items() if _holds(document, phrases)}, set()
    for finding_id, study_id, outcome, summary in session.execute(
        select(Finding.id, Finding.study_id, Finding.outcome, Finding.summary).where(
            Finding.status.in_(statuses), Finding.study_id.in_(studies)
        )
    ):
        named = vocabulary().outcomes.get(outcome or "")
        own = _document((named.label if named else None, summary))
        if _holds(f"{own}{studies[study_id]}", phrases):
            findings.add(finding_id)
            found.add(study_id)
    return found, findings


def _document(texts: Iterable[str | None]) -> str:
    """The folded texts, each between spaces, so that a phrase never spans two."""
    return "".join(f" {fold(text)} \n" for text in texts if text)


def _holds(document: str, phrases: Sequence[Phrase]) -> bool:
    return all(f" {' '.join(phrase.words)}{'' if phrase.truncated else ' '}" in document for phrase in phrases)
