"""``/vocabulary``: the agreed words with their version, and how often each is used by public findings and studies."""

from typing import Annotated, Any

from sqlalchemy import ColumnElement, distinct, func, select
from sqlalchemy.orm import Session

from app.api.answers import Answer, one
from app.api.asking import Reading, only
from app.api.documented import in_path
from app.api.guarding import Door, Guarded
from app.api.shapes import One
from app.errors import NotFound
from app.history import events
from app.models.citation import Citation
from app.models.finding import Finding
from app.models.study import Exposure, Study
from app.search.conditions import matching_findings
from app.search.spec import Search
from app.vocabulary.words import AXES, vocabulary

router = Door(prefix="/vocabulary", tags=["vocabulary"], route_class=Guarded)

_COUNTED: dict[str, Any] = {
    "phase": Finding.phase, "contrast": Finding.contrast, "direction": Finding.direction, "basis": Finding.basis,
    "design": Study.design, "subject": Study.subject, "substance": Exposure.substance, "standing": Citation.standing,
    "read_depth": Study.read_depth, "status": Finding.status, "reading": Finding.reading, "outcome": Finding.outcome,
}  # fmt: skip
_SPECIAL = ("outcomes", "named_effects", "groups", "effect_table")
NAMES = {name: axis for axis, name in AXES.items()} | {"subjects": "subject", "substances": "substance"}
"""Path → axis; the paths are the names in the vocabulary's own file."""
Part = Annotated[str, in_path("phases", "a part of the vocabulary", enum=[*_SPECIAL, *NAMES])]


@router.get("", dependencies=[only()], response_model=One[dict[str, Any]])
def get_vocabulary(session: Reading) -> Answer:
    """Everything of the vocabulary, with counts: how many findings that are evidence of effects use each word."""
    data: dict[str, Any] = {"version": vocabulary().version, "sha256": vocabulary().sha256}
    for name in (*_SPECIAL, *NAMES):
        data[name] = _entries(session, name)
    return one(data, revision=events.latest(session))


@router.get("/{name}", dependencies=[only()], response_model=One[Any])
def get_vocabulary_part(name: Part, session: Reading) -> Answer:
    """One part of the vocabulary: ``outcomes``, ``phases``, ``designs`` …"""
    if name not in (*_SPECIAL, *NAMES):
        raise NotFound(f"There is no vocabulary {name[:60]!r}; there are {', '.join((*_SPECIAL, *NAMES))}.")
    return one(_entries(session, name), revision=events.latest(session), version=vocabulary().version)


def _entries(session: Session, name: str) -> Any:
    words = vocabulary()
    if name == "outcomes":
        return _outcomes(session)
    if name == "named_effects":
        return {key: words.enumerations["named_effects"][key] | {"id": key} for key in words.named_effects}
    if name == "groups":
        return words.groups
    if name == "effect_table":
        return words.enumerations["effect_table"]
    axis = NAMES[name]
    counts = _counts(session, axis)
    return [
        {"id": value.id, "label": value.label, "definition": value.definition, **value.attributes}
        | (counts.get(value.id, _NONE) if axis in _COUNTED else {})
        for value in words.axes[axis].values()
    ]


def _outcomes(session: Session) -> list[dict[str, Any]]:
    counts = _counts(session, "outcome")
    wider = _wider_counts(session)
    return [
        {
            "id": word.id, "label": word.label, "parent": word.parent, "kind": word.kind, "definition": word.definition,
            "polarity": word.polarity, "search_also": word.search_also, "codes": word.codes,
            "synonyms": [{"text": s.text, "implies": s.implies, "ambiguous": s.ambiguous} for s in word.synonyms],
            "narrower": [each for each in vocabulary().narrower(word.id) if each != word.id],
            **counts.get(word.id, _NONE), "with_narrower": wider[word.id],
        }
        for word in vocabulary().outcomes.values()
    ]  # fmt: skip


_NONE = {"findings": 0, "studies": 0}


def _counts(session: Session, axis: str) -> dict[str, dict[str, int]]:
    """Findings that are evidence of effects, and their studies, by value."""
    if axis not in _COUNTED:
        return {}
    column: ColumnElement[str] = _COUNTED[axis]
    query = _evidence(session, column, func.count(), func.count(distinct(Finding.study_id))).group_by(column)
    return {value: {"findings": n, "studies": studies} for value, n, studies in session.execute(query)}


def _wider_counts(session: Session) -> dict[str, dict[str, int]]:
    """The same for each outcome with everything below it; studies are a union."""
    pairs = session.execute(_evidence(session, Finding.outcome, Finding.study_id)).all()
    found = {}
    for each in vocabulary().outcomes:
        below = set(vocabulary().narrower(each))
        studies = [study_id for outcome, study_id in pairs if outcome in below]
        found[each] = {"findings": len(studies), "studies": len(set(studies))}
    return found


def _evidence(session: Session, *columns: Any) -> Any:
    return (
        select(*columns)
        .select_from(Finding)
        .join(Study, Study.id == Finding.study_id)
        .outerjoin(Exposure, Exposure.id == Finding.exposure_id)
        .outerjoin(Citation, Citation.id == Finding.report_id)
        .where(matching_findings(session, Search()))
    )
