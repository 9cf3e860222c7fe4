"""What tables say of studies and exposures beyond a flat finding: population, assay. Two selects for the rows shown."""

from collections.abc import Sequence

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.findings.flat import SettledFinding
from app.models.study import Exposure, Study


class StudyDetail(Struct, frozen=True):
    """Who took part, and in which circumstances."""

    population: str | None
    population_contexts: tuple[str, ...]


class Details(Struct, frozen=True):
    """Details by study, and by exposure whether what was taken was analysed."""

    studies: dict[int, StudyDetail]
    assays: dict[int, str]


def details_of(session: Session, rows: Sequence[SettledFinding]) -> Details:
    """The details behind ``rows``."""
    if not rows:
        return Details({}, {})
    studies = select(Study.id, Study.population, Study.population_contexts).where(
        Study.id.in_({row.study_id for row in rows})
    )
    taken = select(Exposure.id, Exposure.assay_confirmed).where(
        Exposure.id.in_({row.exposure_id for row in rows if row.exposure_id})
    )
    return Details(
        studies={
            study: StudyDetail(population, tuple(contexts or ()))
            for study, population, contexts in session.execute(studies)
        },
        assays={exposure: assay for exposure, assay in session.execute(taken)},  # noqa: C416 - rows are not a mapping for mypy
    )
