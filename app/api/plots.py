"""``/plots``: the pictures of the field as SVG, and the same data as JSON without ``.svg``. All filters of every list apply.

A picture that is opened by itself has a policy of its own: its style sheet,
named by its hash, and nothing else.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response
from msgspec import Struct
from sqlalchemy.orm import Session

from app.api.answers import one
from app.api.asking import Reading, chosen, parameters_of, search_of
from app.api.documented import documented
from app.api.guarding import Door, Guarded
from app.api.shapes import API, One, fields_of, moment_out, shape_of
from app.errors import Invalid
from app.history import asof, events
from app.kit.public_ids import STUDY, public
from app.search import english
from app.search.spec import Search
from app.synthesis.contrast import TAKING, contrasts_of
from app.synthesis.drawing import effect_direction as draw_effect_direction
from app.synthesis.drawing import matrix as draw_matrix
from app.synthesis.drawing import prisma as draw_prisma
from app.synthesis.drawing import timeline as draw_timeline
from app.synthesis.drawing.sheet import LAYOUTS, WIDE, Sheet
from app.synthesis.drawing.style import POLICY
from app.synthesis.plots.effect_direction import EffectDirection, effect_direction
from app.synthesis.plots.matrix import Matrix, matrix
from app.synthesis.plots.prisma import Flow, flow
from app.synthesis.plots.timeline import Timeline, timeline
from app.vocabulary.words import vocabulary

router = Door(prefix="/plots", tags=["plots"], route_class=Guarded)

_NO_ORDER = ("sort",)
_LIVE = (*_NO_ORDER, asof.PARAMETER)
"""The flow re-adds only with the runs as they are now: what a run had brought half-way is not kept."""
_LAYOUT = {
    "name": "layout", "in": "query", "description": "wide, or narrow for telephones",
    "schema": {"type": "string", "enum": list(LAYOUTS), "default": WIDE},
}  # fmt: skip
_DATA = documented(paged=False, without=_NO_ORDER)
_PICTURE = {"parameters": [*_DATA["parameters"], _LAYOUT]}
_LIVE_DATA = documented(paged=False, without=_LIVE)
_LIVE_PICTURE = {"parameters": [*_LIVE_DATA["parameters"], _LAYOUT]}
_SVG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}}

MatrixOut = shape_of(Matrix, "MatrixOut")
EffectDirectionOut = shape_of(EffectDirection, "EffectDirectionOut")
TimelineOut = shape_of(Timeline, "TimelineOut")
FlowOut = shape_of(Flow, "FlowOut", adds_up=(bool, ...), last_search=(dict[str, Any] | None, ...))


class Links:
    """Where the marks of a picture lead: lists under the same filters, some of them set anew."""

    def __init__(self, plot: str, asked: dict[str, list[str]], search: Search) -> None:
        self._plot = plot
        self._asked = asked
        self._search = search

    def findings(self, *, outcome: str | None = None, group: str | None = None, **asked: str | None) -> str:
        """Findings of one ``outcome`` without the narrower ones, or of an outcome ``group`` as far as the question reaches."""
        more = dict(asked)
        if outcome:
            more |= {"outcome": outcome, **self._exactly(outcome)}
        elif group and "outcome" not in self._asked:
            more |= {"outcome": group}
        return self._to("findings", more)

    def _exactly(self, outcome: str) -> dict[str, str]:
        """What keeps narrower outcomes out, and the direction that a named effect implied."""
        pairs = {pair for meant in self._search.outcomes for pair in meant.pairs if pair[0] == outcome}
        directions = [direction for _, direction in pairs if direction]
        has_narrower = len(vocabulary().narrower(outcome)) > 1 and not self._search.outcome_all
        kept = {"direction": directions[0]} if len(pairs) == len(directions) == 1 else {}
        return kept | ({"narrower": "false"} if has_narrower else {})

    def citations(self, **asked: str | None) -> str:
        """Citations."""
        return self._to("citations", asked)

    def studies(self) -> str:
        """Studies."""
        return self._to("studies", {})

    def imports(self) -> str:
        """Import runs, which no filter reaches."""
        return f"{API}/imports"

    def study(self, study_id: int) -> str:
        """One study."""
        return f"{API}/studies/{public(STUDY, study_id)}"

    def data(self) -> str:
        """The data of the picture."""
        return self._to(f"plots/{self._plot}", {})

    def _to(self, path: str, changed: dict[str, str | None]) -> str:
        kept = [(name, each) for name, values in self._asked.items() if name not in changed for each in values]
        query = urlencode([*kept, *((name, value) for name, value in changed.items() if value is not None)])
        return f"{API}/{path}?{query}" if query else f"{API}/{path}"


class Plot(Struct, frozen=True):
    """A picture: how its data are found, how they are drawn, what its question is about, and their outgoing form."""

    find: Callable[[Session, Search], Any]
    draw: Callable[[Any, Sheet], bytes]
    of: str
    out: Callable[[Any], dict[str, Any]] = fields_of
    narrowed: Callable[[Search], Search] = lambda search: search
    without: tuple[str, ...] = _NO_ORDER


def _flow_out(found: Flow) -> dict[str, Any]:
    body = fields_of(found)
    if found.last_search:
        body["last_search"]["at"] = moment_out(found.last_search.at)
    return body | {"adds_up": found.adds_up}


PLOTS = {
    "matrix": Plot(matrix, draw_matrix.draw, "findings", narrowed=lambda s: s.asking(contrast=contrasts_of(s))),
    "effect-direction": Plot(
        effect_direction, draw_effect_direction.draw, "findings", narrowed=lambda s: s.asking(contrast=(TAKING,))
    ),
    "timeline": Plot(timeline, draw_timeline.draw, "citations"),
    "prisma": Plot(flow, draw_prisma.draw, "citations", out=_flow_out, without=_LIVE),
}
"""Every picture by the name in its address."""


def _data(request: Request, session: Session, name: str) -> Response:
    plot = PLOTS[name]
    search = search_of(request, without=plot.without, paged=False)
    found = plot.find(session, search)
    query = urlencode(request.query_params.multi_items())
    meta: dict[str, Any] = {
        "query": english.in_words(plot.narrowed(search), of=plot.of),
        "expanded": english.expanded(search),
        "svg": f"{API}/plots/{name}.svg" + (f"?{query}" if query else ""),
    }
    answer = one(plot.out(found), revision=events.latest(session), **meta, **asof.told(session))
    answer.headers["ETag"] = _tag(answer.body)
    return answer


def _picture(request: Request, session: Session, name: str) -> Response:
    plot = PLOTS[name]
    search = search_of(request, "layout", without=plot.without, paged=False)
    asked = {each: values for each, values in parameters_of(request).items() if each != "layout"}
    question = english.in_words(plot.narrowed(search), of=plot.of)
    sheet = Sheet(question=question, to=Links(name, asked, search), layout=_layout(request))
    body = plot.draw(plot.find(session, search), sheet)
    headers = {"Content-Security-Policy": POLICY, "ETag": _tag(body)}
    return Response(body, media_type="image/svg+xml", headers=headers)


def _layout(request: Request) -> str:
    values = chosen(request, "layout", tuple(LAYOUTS)) or (WIDE,)
    if len(values) > 1:
        raise Invalid("layout is given twice; give it once.", field="layout")
    return values[0]


def _tag(body: bytes | memoryview) -> str:
    """By the content: a picture shows runs, studies and readings, and no one version says when any of them moved."""
    return f'"{sha256(body).hexdigest()[:32]}"'


@router.get("/matrix.svg", response_class=Response, responses=_SVG, openapi_extra=_PICTURE)
def draw_evidence_matrix(request: Request, session: Reading) -> Response:
    """Outcome × design as a picture: independent units by effect, and four kinds of empty cell."""
    return _picture(request, session, "matrix")


@router.get("/matrix", response_model=One[MatrixOut], openapi_extra=_DATA)  # type: ignore[valid-type]  # made at run time
def get_evidence_matrix(request: Request, session: Reading) -> Response:
    """Outcome × design: independent units by effect, and what each empty cell means."""
    return _data(request, session, "matrix")


@router.get("/effect-direction.svg", response_class=Response, responses=_SVG, openapi_extra=_PICTURE)
def draw_effect_directions(request: Request, session: Reading) -> Response:
    """Which way findings under *taking* point, as a picture: one arrow per unit, outcome group and phase."""
    return _picture(request, session, "effect-direction")


@router.get("/effect-direction", response_model=One[EffectDirectionOut], openapi_extra=_DATA)  # type: ignore[valid-type]  # made at run time
def get_effect_directions(request: Request, session: Reading) -> Response:
    """One direction per unit, outcome group and phase, with sign tests, and what has no arrow."""
    return _data(request, session, "effect-direction")


@router.get("/timeline.svg", response_class=Response, responses=_SVG, openapi_extra=_PICTURE)
def draw_timeline_of_reports(request: Request, session: Reading) -> Response:
    """Reports by year and design as a picture, with their standing marked."""
    return _picture(request, session, "timeline")


@router.get("/timeline", response_model=One[TimelineOut], openapi_extra=_DATA)  # type: ignore[valid-type]  # made at run time
def get_timeline_of_reports(request: Request, session: Reading) -> Response:
    """Reports by year, design and standing; those of unknown year apart."""
    return _data(request, session, "timeline")


@router.get("/prisma.svg", response_class=Response, responses=_SVG, openapi_extra=_LIVE_PICTURE)
def draw_flow_of_records(request: Request, session: Reading) -> Response:
    """The PRISMA 2020 flow as a picture."""
    return _picture(request, session, "prisma")


@router.get("/prisma", response_model=One[FlowOut], openapi_extra=_LIVE_DATA)  # type: ignore[valid-type]  # made at run time
def get_flow_of_records(request: Request, session: Reading) -> Response:
    """The PRISMA 2020 flow from the log: every number re-adds."""
    return _data(request, session, "prisma")
