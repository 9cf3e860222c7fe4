"""The parameters of the routes as OpenAPI describes them, made from the filters themselves. Nothing here reads a request."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Path

from app.kit.public_ids import CITATION, DIFFERENCE, EXPOSURE, FINDING, FLAG, PROPOSAL, QUOTE, RUN, STUDY
from app.search.filters import FILTERS, OTHER_PARAMETERS
from app.search.language import LONGEST
from app.search.reading import PARAMETERS
from app.search.spec import EVIDENCE, HAS, SORTS

MOST_ROWS = 100
FEW_ROWS = 20

_YEAR = {"type": "integer", "minimum": 1000, "maximum": 2999}
_WORDS = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 1_000}}
_SCHEMAS: dict[str, dict[str, Any]] = {
    "q": {"type": "string", "maxLength": LONGEST},
    "synonyms": {"type": "boolean", "default": False},
    "outcome": _WORDS,
    "outcome_all": _WORDS,
    "narrower": {"type": "boolean", "default": True},
    "evidence": {"type": "string", "enum": list(EVIDENCE), "default": "effect"},
    "has": {"type": "array", "items": {"type": "string", "enum": list(HAS)}},
    "year_from": _YEAR,
    "year_to": _YEAR,
    "as_of": {"type": "string", "maxLength": 40},
    "sort": {"type": "string", "enum": [sign + name for name in SORTS for sign in ("", "-")], "default": "relevance"},
}
_EXAMPLES = {"q": '"opioid withdrawal" insomn*', "outcome": ["insomnia"], "year_from": 2015, "has": ["quote"],
             "phase": ["active_use"], "subject": ["human"], "country": ["MY"]}  # fmt: skip
_FACETS = "count the values of these in `meta.facets`, exactly; joined by commas or repeated"
PAGE = {
    "limit": ({"type": "integer", "minimum": 1, "maximum": MOST_ROWS, "default": FEW_ROWS}, "rows on a page"),
    "cursor": ({"type": "string", "maxLength": 1_000}, "`page.next` of the page before; the filters must be the same"),
}


def documented(
    *,
    paged: bool = True,
    also: dict[str, str] | None = None,
    without: Sequence[str] = (),
    facets: Sequence[str] = (),
) -> dict[str, Any]:
    """What OpenAPI says of a route that takes the filters.

    ``also`` names further parameters of text, with their meaning, ``facets`` the facets that may be asked for.
    """
    names = [name for name in PARAMETERS if name not in without]
    found = [_parameter(name, *_described(name)) for name in names]
    found += [_parameter(name, _WORDS, meaning) for name, meaning in (also or {}).items()]
    found += [among("facets", facets, _FACETS) | {"explode": False}] if facets else []
    return {"parameters": found + (paging() if paged else [])}


def paging() -> list[dict[str, Any]]:
    """The parameters of a page."""
    return [_parameter(name, schema, meaning) for name, (schema, meaning) in PAGE.items()]


def among(name: str, values: Sequence[str], meaning: str) -> dict[str, Any]:
    """A parameter that may be repeated and takes these values."""
    return _parameter(name, {"type": "array", "items": {"type": "string", "enum": list(values)}}, meaning)


def text_parameter(name: str, meaning: str) -> dict[str, Any]:
    """A parameter that may be repeated and takes any text."""
    return _parameter(name, _WORDS, meaning)


def _described(name: str) -> tuple[dict[str, Any], str]:
    if name not in FILTERS:
        return _SCHEMAS[name], OTHER_PARAMETERS[name]
    each = FILTERS[name]
    items = {"type": "string", "enum": list(each.allowed)} if each.allowed else {"type": "string", "maxLength": 1_000}
    return {"type": "array", "items": items}, f"{each.doc}; must hold on the same {_LEVELS[each.level]}"


_LEVELS = {"finding": "finding", "study": "study", "citation": "report"}


def _parameter(name: str, schema: dict[str, Any], meaning: str) -> dict[str, Any]:
    parameter = {"name": name, "in": "query", "description": meaning, "schema": schema}
    return parameter | ({"example": _EXAMPLES[name]} if name in _EXAMPLES else {})


def in_path(example: str, meaning: str, **schema: Any) -> Any:
    """A parameter in a path with the schema that OpenAPI shows; what does not fit it is the route's to answer, with 404."""
    return Path(description=meaning, json_schema_extra=schema, examples=[example])


def _id(letter: str, example: str, kind: str) -> Any:
    return in_path(example, f"the id of {kind}", pattern=f"^{letter}[1-9][0-9]{{0,9}}$")


StudyId = Annotated[str, _id(STUDY, "S7", "a study")]
FindingId = Annotated[str, _id(FINDING, "F44", "a finding")]
CitationId = Annotated[str, _id(CITATION, "R11", "a citation")]
QuoteId = Annotated[str, _id(QUOTE, "Q1", "a quote")]
ExposureId = Annotated[str, _id(EXPOSURE, "E9", "an exposure")]
RunId = Annotated[str, _id(RUN, "I1", "an import run")]
ProposalId = Annotated[str, _id(PROPOSAL, "P1", "a proposal")]
FlagId = Annotated[str, _id(FLAG, "G1", "a flag")]
DifferenceId = Annotated[str, _id(DIFFERENCE, "V1", "a difference")]
