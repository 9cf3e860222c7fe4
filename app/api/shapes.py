"""What goes out: the shapes of answers, made from the structs of the rooms below so that nothing is spelled twice.

Numbers of the store become public ids (``S12``, ``F345``, ``R678``) here and
nowhere else.
"""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Generic, TypeVar, get_args, get_origin

from msgspec import Struct, structs
from pydantic import BaseModel, ConfigDict, Field, create_model

from app.citations.notices import Notice
from app.findings.flat import FlatFinding
from app.kit.public_ids import CITATION, EXPOSURE, FINDING, QUOTE, RUN, STUDY, public
from app.search.facet import Facet
from app.search.pages import Counts
from app.search.snippets import Snippet
from app.studies.queries import WholeStudy
from app.vocabulary.words import vocabulary

API = "/api/v1"

_LETTERS = {"study_id": STUDY, "finding_id": FINDING, "report_id": CITATION, "citation_id": CITATION,
            "exposure_id": EXPOSURE, "quote_id": QUOTE, "run_id": RUN}  # fmt: skip
_LISTS = {f"{name}s": letter for name, letter in _LETTERS.items()}


def outgoing(value: Any) -> Any:
    """``value`` as plain data with public ids: fields named ``study_id``, ``finding_ids`` … carry their letter."""
    if isinstance(value, Struct):
        return fields_of(value)
    if isinstance(value, dict):
        return {key: outgoing(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [outgoing(each) for each in value]
    return value


def fields_of(struct: Struct) -> dict[str, Any]:
    """The fields of ``struct`` as plain data with public ids."""
    return {name: _named(name, each) for name, each in structs.asdict(struct).items()}


def named(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields by name as they go out."""
    return {name: _named(name, each) for name, each in fields.items()}


def _named(name: str, value: Any) -> Any:
    if name in _LETTERS and isinstance(value, int):
        return public(_LETTERS[name], value)
    if name in _LISTS:
        return [public(_LISTS[name], each) for each in value]
    return outgoing(value)


def shape_of(struct: type[Struct], name: str, **more: Any) -> type[BaseModel]:
    """The pydantic shape of ``struct`` after :func:`outgoing`; ``more`` adds or replaces fields."""
    fields: dict[str, Any] = {}
    for field in structs.fields(struct):
        annotation = _outgoing_type(field.name, field.type, f"{name}{field.name.title().replace('_', '')}")
        fields[field.name] = (annotation, ...)
    return create_model(name, __doc__=struct.__doc__, **(fields | more))


def _outgoing_type(field: str, annotation: Any, name: str) -> Any:
    if field in _LETTERS:
        return str | None if type(None) in get_args(annotation) else str
    if field in _LISTS:
        return list[str]
    return _without_structs(annotation, name)


def _without_structs(annotation: Any, name: str) -> Any:
    """``annotation`` with every struct in it replaced by its shape, tuples by lists."""
    if isinstance(annotation, type) and issubclass(annotation, Struct):
        return shape_of(annotation, annotation.__name__ + "Out")
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is tuple:
        return list[_without_structs(arguments[0], name)]  # type: ignore[misc]  # a type computed at run time
    if origin is dict:
        return dict[arguments[0], _without_structs(arguments[1], name)]  # type: ignore[misc,valid-type]  # computed at run time
    if type(None) in arguments:
        (inner,) = (each for each in arguments if each is not type(None))
        return _without_structs(inner, name) | None
    return annotation


class Shape(BaseModel):
    """The base of hand-written shapes."""

    model_config = ConfigDict(from_attributes=True)


CountsOut = shape_of(Counts, "CountsOut")
SnippetOut = shape_of(Snippet, "SnippetOut")
NoticeOut = shape_of(Notice, "NoticeOut")
Notices = Mapping[int, Sequence[Notice]]
"""Citation → the notices on it."""
_NOTICES = (list[NoticeOut], Field(description="why the report does not stand as it was, the worst first"))  # type: ignore[valid-type]  # made at run time
_MOMENTS = ("created_at", "edited_at", "reviewed_at")
_MISSING = (list[str], Field(description="what a submitted one needs and this one lacks"))
FindingOut = shape_of(
    FlatFinding, "FindingOut", id=(str, Field(examples=["F44"])), url=(str, ...), counts_as_evidence=(bool, ...),
    report_notices=_NOTICES, missing=_MISSING, **dict.fromkeys(_MOMENTS, (str | None, ...)),
    snippets=(list[SnippetOut], []),  # type: ignore[valid-type]  # made at run time
)  # fmt: skip


def finding_out(row: FlatFinding, notices: Notices = MappingProxyType({})) -> dict[str, Any]:
    """A finding as it goes out, with the notices on its report."""
    finding_id = public(FINDING, row.id)
    body = fields_of(row)
    return body | {
        "id": finding_id,
        "url": f"{API}/findings/{finding_id}",
        "counts_as_evidence": row.counts_as_evidence,
        "report_notices": outgoing(notices.get(row.report_id or 0, ())),
        "missing": row.missing,
        **{name: moment_out(getattr(row, name)) for name in _MOMENTS},
    }


class ReportOut(Shape):
    """A report of a study, with what is needed to cite it."""

    id: str = Field(examples=["R11"])
    role: str
    source_type: str
    title: str | None
    citation_text: str | None
    authors: list[dict[str, Any]]
    journal: str | None
    year: int | None
    volume: str | None
    issue: str | None
    pages: str | None
    standing: str
    notices: list[NoticeOut]  # type: ignore[valid-type]  # made at run time
    identifiers: dict[str, list[str]]
    identified: bool
    url: str


class ExposureOut(Shape):
    """What was taken, as reported."""

    id: str = Field(examples=["E9"])
    substance: str
    substance_group: str | None
    substance_name: str | None
    preparation: str
    product_label: str | None
    dose: str | None
    route: str | None
    frequency: str | None
    duration: str | None
    co_exposures: list[str]
    co_interventions: list[str]
    assay_confirmed: str


class StudyOut(Shape):
    """An investigation with its reports, exposures and the ids of its findings; ``year`` is that of its earliest report.

    ``standing`` is the worst among the reports and not a judgement of the
    study: each report tells its own, ``report_standings`` counts them, and
    ``findings_left`` says how many of its public findings left the counts
    because their own report was retracted or withdrawn.
    """

    id: str = Field(examples=["S7"])
    title: str
    design: str | None
    design_label: str
    subject: str | None
    population: str | None
    population_contexts: list[str]
    n_total: int | None
    n_unit: str | None
    country: str | None
    recruitment: str | None
    period_start: str | None
    period_end: str | None
    registrations: list[Any]
    funding: str | None
    funder_classes: list[str]
    coi_classes: list[str]
    overlap_group: str | None
    overlap_status: str
    read_depth: str | None
    outcome_groups_checked: list[str]
    notes: str | None
    status: str
    review_level: str
    standing: str
    report_standings: dict[str, int]
    findings_left: int
    year: int | None
    reports: list[ReportOut]
    exposures: list[ExposureOut]
    finding_ids: list[str]
    counts: CountsOut  # type: ignore[valid-type]  # made at run time
    missing: list[str] = Field(description="what a submitted one needs and this one lacks")
    created_at: str
    created_by: str
    edited_at: str | None
    reviewed_at: str | None
    reviewed_by: str | None
    version: int
    url: str
    snippets: list[SnippetOut] = []  # type: ignore[valid-type]  # made at run time


class WholeStudyOut(StudyOut):
    """A study with its findings in full."""

    findings: list[FindingOut]  # type: ignore[valid-type]  # made at run time


_COPIED = tuple(
    name
    for name in StudyOut.model_fields
    if name not in {"id", "design_label", "review_level", "standing", "report_standings",
                    "findings_left", "year", "reports", "exposures", "finding_ids", "counts",
                    "url", "missing", "snippets", *_MOMENTS}
)  # fmt: skip


def study_out(
    whole: WholeStudy, findings: Iterable[FlatFinding], counts: Counts, *, notices: Notices, left: Mapping[int, int]
) -> dict[str, Any]:
    """A study as it goes out, with the ids of ``findings``; ``left`` says of each study how many of its findings left."""
    study, words = whole.study, vocabulary()
    study_id = public(STUDY, study.id)
    standings = [report.standing for report in whole.reports] or ["current"]
    return {name: getattr(study, name) for name in _COPIED} | {
        "id": study_id,
        "design_label": words.label("design", study.design) if study.design else "not entered",
        "review_level": "two_readers" if study.status == "accepted" else "one_reader",
        "standing": min(standings, key=words.ids("standing").index),
        "report_standings": {each: standings.count(each) for each in words.ids("standing") if each in standings},
        "findings_left": left.get(study.id, 0),
        "year": whole.year,
        "reports": [_report_out(report, notices) for report in whole.reports],
        "exposures": [_exposure_out(exposure) for exposure in whole.exposures],
        "finding_ids": [public(FINDING, row.id) for row in findings],
        "counts": outgoing(counts),
        "missing": list(whole.missing),
        **{name: moment_out(getattr(study, name)) for name in _MOMENTS},
        "url": f"{API}/studies/{study_id}",
    }


def _report_out(report: Any, notices: Notices) -> dict[str, Any]:
    body: dict[str, Any] = structs.asdict(report)
    citation_id = public(CITATION, body.pop("citation_id"))
    return body | {
        "id": citation_id,
        "identified": report.identified,
        "notices": outgoing(notices.get(report.citation_id, ())),
        "url": f"{API}/citations/{citation_id}",
    }


def _exposure_out(exposure: Any) -> dict[str, Any]:
    names = [name for name in ExposureOut.model_fields if name not in {"id", "substance_group"}]
    group = vocabulary().substance_group_of.get(exposure.substance)
    return {name: getattr(exposure, name) for name in names} | {
        "id": public(EXPOSURE, exposure.id),
        "substance_group": group,
    }


def moment_out(value: Any) -> str | None:
    """A moment as it goes out: ISO 8601 in UTC."""
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z") if value else None


Row = TypeVar("Row")


class PageInfo(Shape):
    """Where this page stands: ``total`` counts rows exactly, ``next`` is the cursor behind the last one."""

    limit: int
    next: str | None
    total: int


class AsOfOut(Shape):
    """The earlier state that was read: its data revision, the moment seen, and what of it is today's."""

    data_revision: int
    at: str | None
    note: str


FacetOut = shape_of(Facet, "FacetOut")


class ListMeta(Shape):
    """What was asked, in English; what it was opened to; what stands behind it; the facets that were asked for, by name."""

    query: str
    expanded: dict[str, Any]
    counts: CountsOut  # type: ignore[valid-type]  # made at run time
    by_review_level: dict[str, int]
    data_revision: int
    as_of: AsOfOut | None = None
    facets: dict[str, FacetOut] = {}  # type: ignore[valid-type]  # made at run time


class Many(BaseModel, Generic[Row]):
    """The envelope of a list."""

    data: list[Row]
    page: PageInfo
    meta: ListMeta


class ReviewOut(Shape):
    """What a second person decided about a record: ``comment`` is for its author, ``interest`` the reviewer's own."""

    decision: str
    reviewer: str
    comment: str | None
    interest: str | None
    at: str


class OneMeta(Shape):
    """The data revision that the answer was read at; of a study, finding or proposal its last ``review``, if it had one."""

    model_config = ConfigDict(extra="allow")
    data_revision: int
    review: ReviewOut | None = None
    as_of: AsOfOut | None = None


class One(BaseModel, Generic[Row]):
    """The envelope of one thing."""

    data: Row
    meta: OneMeta


class WholeMeta(Shape):
    """The data revision that the list was read at."""

    data_revision: int
    as_of: AsOfOut | None = None


class Whole(BaseModel, Generic[Row]):
    """The envelope of a list that has one page."""

    data: list[Row]
    page: PageInfo
    meta: WholeMeta
