"""The words of studies and findings themselves: title and population of a study, outcome and summary of a finding.

Plain and exact for the thousands of findings that curators write, which are
few beside the records of the bibliographic store; those have a text index
(``app.citations.folded``).
"""

from collections.abc import Collection
from weakref import WeakKeyDictionary

from msgspec import Struct
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.citations.queries import stored
from app.history import events
from app.models.finding import Finding
from app.models.study import Study, StudyReport
from app.search.document_sets import DocumentSets
from app.search.documents import catalogued
from app.search.spec import PUBLIC
from app.search.syntax import Document, Tree
from app.vocabulary.words import vocabulary


class OwnText(Struct, frozen=True):
    """What may be searched of one study or finding, and who may see it."""

    status: str
    author: str
    study_id: int
    document: Document

    def is_seen(self, statuses: Collection[str], author: str | None) -> bool:
        """Whether it has one of ``statuses`` and, where only an ``author``'s own work is seen before it is public, is that."""
        return self.status in statuses and (author is None or self.status in PUBLIC or self.author == author)


class _Texts:
    """All of them at a data revision."""

    def __init__(self, revision: int, studies: dict[int, OwnText], findings: dict[int, OwnText]) -> None:
        self.revision, self.studies, self.findings = revision, studies, findings
        self.of_studies = DocumentSets({number: own.document for number, own in studies.items()})
        self.of_findings = DocumentSets({number: own.document for number, own in findings.items()})


_KEPT: WeakKeyDictionary[Engine, _Texts] = WeakKeyDictionary()
"""The newest collection of each store: the texts change with a data revision and never without."""


def matching_own_text(
    session: Session, tree: Tree, *, statuses: Collection[str], author: str | None
) -> tuple[set[int], set[int]]:
    """Studies and findings whose own text, as one document, is what ``tree`` asks for.

    A finding's document holds its own words together with those of its study.
    A study matches by its own document or through one of its findings. Both
    carry the years, names and identifiers of the reports behind them, so that
    ``NOT review[pt]`` leaves out what it names. Only what may be seen under
    ``statuses`` is looked at, and with an ``author`` nobody else's drafts.
    """
    collection = _collection(session)
    of_studies = {*statuses, *PUBLIC}
    seen = {number for number, own in collection.studies.items() if own.is_seen(of_studies, author)}
    found = seen.intersection(collection.of_studies.matching(tree))
    findings = set()
    for number in collection.of_findings.matching(tree):
        own = collection.findings[number]
        if own.is_seen(statuses, author) and own.study_id in seen:
            findings.add(number)
    return found | {collection.findings[number].study_id for number in findings}, findings


def _collection(session: Session) -> _Texts:
    engine = session.get_bind().engine
    revision = events.latest(session)
    kept = _KEPT.get(engine)
    if kept is None or kept.revision != revision:
        kept = _KEPT[engine] = _read(session, revision)
    return kept


def _read(session: Session, revision: int) -> _Texts:
    reports: dict[int, list[int]] = {}
    for study_id, citation_id in session.execute(select(StudyReport.study_id, StudyReport.citation_id)):
        reports.setdefault(study_id, []).append(citation_id)
    drafts = {
        number: each.draft for number, each in stored(session, [i for own in reports.values() for i in own]).items()
    }
    studies = {
        row.id: OwnText(
            row.status,
            row.created_by,
            row.id,
            {"title": [row.title] if row.title else [], "own": [row.population] if row.population else []}
            | catalogued(drafts[each] for each in reports.get(row.id, ())),
        )
        for row in session.execute(select(Study.id, Study.status, Study.created_by, Study.title, Study.population))
    }
    columns = (Finding.id, Finding.status, Finding.created_by, Finding.study_id, Finding.report_id, Finding.outcome,
               Finding.summary)  # fmt: skip
    findings = {}
    for row in session.execute(select(*columns)):
        named = vocabulary().outcomes.get(row.outcome or "")
        own = [text for text in (named.label if named else None, row.summary) if text]
        above = studies[row.study_id].document
        facts = catalogued((drafts[row.report_id],)) if row.report_id in drafts else {}
        document = {**above, **facts, "own": [*above["own"], *own]}
        findings[row.id] = OwnText(row.status, row.created_by, row.study_id, document)
    return _Texts(revision, studies, findings)
