"""Facets of lists of studies and of findings: a few thousand rows, read once for all facets that leave out the same filter.

What is counted are the rows of the list: findings, or studies that have a finding
on which everything holds. Facets of citations stand in ``citation_facets``.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from pyroaring import BitMap
from sqlalchemy import ColumnElement, Row, and_, func, select
from sqlalchemy.orm import Session

from app.findings.queries import flat_rows, year_of_study
from app.models.citation import Citation
from app.models.finding import Finding
from app.models.study import Exposure, Study
from app.search.conditions import about_findings, matching_findings, matching_studies
from app.search.facet import Facet, Value, most_frequent, of_years, united
from app.search.filters import FILTERS
from app.search.pages import reported_in
from app.search.spec import PUBLIC, Search
from app.vocabulary.words import vocabulary

NAMES = (
    "outcome", "effect", "direction", "phase", "contrast", "basis_group", "basis", "substance_group", "substance",
    "subject", "design", "country", "year", "decade", "standing", "review_level", "status",
)  # fmt: skip
"""The facets of studies and of findings."""

_OF_STUDIES = ("subject", "design", "country", "year", "decade")
_ONE_BY_ONE = ("standing", "status")
"""In lists of studies these hold on a report, or on both study and finding, and a status that is not public brings other
rows than the public ones: each of their few values is asked for. So is each of every filter of findings beside
``outcome_all``, whose findings must have the value too."""

_COLUMNS: dict[str, Any] = {
    "phase": Finding.phase, "contrast": Finding.contrast, "direction": Finding.direction, "basis": Finding.basis,
    "basis_group": Finding.basis, "substance": Exposure.substance, "substance_group": Exposure.substance,
    "subject": Study.subject, "design": Study.design, "country": Study.country, "standing": Citation.standing,
    "status": Finding.status, "outcome": Finding.outcome,
}  # fmt: skip


class Asking(Struct, frozen=True):
    """A list whose facets are wanted: ``of`` is ``studies`` or ``findings``.

    ``narrower`` is what the reader asked of outcomes, ``among`` narrows studies to those that one of these citations reports.
    """

    of: str
    search: Search
    narrower: bool = True
    among: tuple[int, ...] | None = None


def facets(session: Session, asking: Asking, names: Sequence[str]) -> dict[str, Facet]:
    """The facets ``names`` of a list, in this order."""
    rows: dict[tuple[bool, Search], list[Row[Any]]] = {}
    found = {}
    for name in names:
        left = _without(asking.search, name)
        if _is_asked_one_by_one(asking, name):
            found[name] = _facet_one_by_one(session, asking, left, name)
            continue
        of_studies = asking.of == "studies" and name in _OF_STUDIES
        key = (of_studies, left)
        if key not in rows:
            rows[key] = _rows(session, asking, left, of_studies=of_studies)
        found[name] = _facet(name, asking, _having(name, rows[key]))
    return found


def _is_asked_one_by_one(asking: Asking, name: str) -> bool:
    if asking.search.outcome_all and name in FILTERS and FILTERS[name].level == "finding":
        return True
    return name in _ONE_BY_ONE and (asking.of == "studies" or not asking.search.sees_only_public)


def _without(search: Search, name: str) -> Search:
    """``search`` without the facet's own filter."""
    if name == "outcome":
        return search.about()
    return search.without_years() if name in ("year", "decade") else search.asking(**{name: ()})


def _rows(session: Session, asking: Asking, search: Search, *, of_studies: bool) -> list[Row[Any]]:
    year = year_of_study(Study.id).label("year")
    if of_studies:
        columns = (Study.id, Study.subject, Study.design, Study.country, year)
        return list(session.execute(select(*columns).where(_studies(session, asking, search))))
    number = Study.id if asking.of == "studies" else Finding.id
    held = [matching_findings(session, search)]
    if asking.of == "studies":
        # A value of a finding is found by the studies that have a finding with it on which all else holds.
        held = [_studies(session, asking, search), about_findings(search)]
    columns = tuple(dict.fromkeys(_COLUMNS.values()))
    more = (Study.status.label("study_status"), year)
    return list(session.execute(flat_rows().where(*held).with_only_columns(number, *columns, *more)))


def _studies(session: Session, asking: Asking, search: Search) -> ColumnElement[bool]:
    return and_(matching_studies(session, search), reported_in(asking.among))


def _having(name: str, rows: Sequence[Row[Any]]) -> dict[Any, BitMap]:
    """Value → the rows of the list that have it."""
    found: dict[Any, BitMap] = {}
    for row in rows:
        value = _value(name, row)
        if value is not None:
            found.setdefault(value, BitMap()).add(row[0])
    return found


def _value(name: str, row: Row[Any]) -> Any:
    if name == "effect":
        return vocabulary().effect(row.direction, row.outcome) if row.direction and row.outcome else None
    if name == "review_level":
        return "two_readers" if row.status == row.study_status == "accepted" else "one_reader"
    return getattr(row, "year" if name == "decade" else _COLUMNS[name].key if name in _COLUMNS else name)


def _facet_one_by_one(session: Session, asking: Asking, search: Search, name: str) -> Facet:
    """A facet whose every value is asked for; a group too, for of ``outcome_all`` its members may each meet a part."""
    asked = asking.search.values(name)
    offered = dict.fromkeys((*_offered(name, {}), *asked))
    counts = {value: _number(session, asking, search.asking(**{name: (value,)})) for value in offered}
    return most_frequent((name,), [_counted(name, asked, value, n) for value, n in counts.items()])


def _number(session: Session, asking: Asking, search: Search) -> int:
    """How many rows the list under ``search`` has."""
    if asking.of == "findings":
        rows = flat_rows().where(matching_findings(session, search)).with_only_columns(Finding.id)
    else:
        rows = select(Study.id).where(_studies(session, asking, search))
    return session.scalar(select(func.count()).select_from(rows.subquery())) or 0


def _facet(name: str, asking: Asking, having: dict[Any, BitMap]) -> Facet:
    if name in ("year", "decade"):
        counts = {year: len(rows) for year, rows in having.items()}
        return of_years(counts, asking.search.year_from, asking.search.year_to, width=10 if name == "decade" else 1)
    return _outcomes(asking, having) if name == "outcome" else _filter_facet(name, asking, having)


def _outcomes(asking: Asking, having: dict[Any, BitMap]) -> Facet:
    """Every outcome with those below it, as the filter includes them."""
    words = vocabulary()
    selected = {meant.id for meant in asking.search.outcomes}
    values = [
        Value(
            each,
            word.label,
            len(united(having, words.narrower(each) if asking.narrower else (each,))),
            each in selected,
            {"outcome": [each]},
        )
        for each, word in words.outcomes.items()
        if each not in words.named_effects
    ]
    return most_frequent(("outcome",), values)


def _filter_facet(name: str, asking: Asking, having: dict[Any, BitMap]) -> Facet:
    each, asked = FILTERS[name], asking.search.values(name)
    offered = dict.fromkeys((*_offered(name, having), *asked))
    counts = {value: len(united(having, each.opened((value,)))) for value in offered}
    return most_frequent((name,), [_counted(name, asked, value, n) for value, n in counts.items()])


def _counted(name: str, asked: tuple[str, ...], value: str, count: int) -> Value:
    each = FILTERS[name]
    selected = bool(asked) and set(each.opened(asked)).issuperset(each.opened((value,)))
    return Value(value, each.label(value), count, selected, {name: [value]})


def _offered(name: str, having: dict[Any, BitMap]) -> Sequence[str]:
    """The values that can be asked for: what stands in no vocabulary, as it was found."""
    each = FILTERS[name]
    if name == "status":
        return PUBLIC
    if not each.allowed:
        return sorted(value for value in having if len(value) == 2 and value.isascii() and value.isalpha())
    return each.allowed if each.groups_only else vocabulary().ids(each.axis or "")
