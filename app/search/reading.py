"""From parameters to a search. An unknown name or value is an error that says what is allowed; nothing is ignored."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from app.errors import Invalid, UnknownParameter, UnknownValue
from app.kit.draft import storable
from app.search.filters import FILTERS, OTHER_PARAMETERS
from app.search.language import LONGEST, parse
from app.search.spec import EVIDENCE, HAS, SORTS, Search
from app.search.synonyms import Expansion, expanded
from app.search.syntax import Query, Tree
from app.vocabulary import resolve

PARAMETERS = (*OTHER_PARAMETERS, *FILTERS)
_LONGEST = 1_000
_MOST_VALUES = 100


def read(parameters: Mapping[str, Sequence[str]], *, also: Sequence[str] = ()) -> Search:
    """Make the search that ``parameters`` ask for; ``also`` names parameters that the caller reads itself.

    Raises :class:`UnknownParameter` or :class:`UnknownValue` naming what was
    wrong and what is allowed.
    """
    for name, values in parameters.items():
        _check_known(name, also)
        _check_size(name, values)
    given = {name: tuple(v for v in values if v.strip()) for name, values in parameters.items() if name not in also}
    narrower = with_narrower(given)
    sort = _one("sort", given) or "relevance"
    evidence = _one("evidence", given)
    with_synonyms = _flag("synonyms", given, default=False)
    q, q_asked, expansions = _query(_one("q", given), with_synonyms=with_synonyms)
    return Search(
        chosen={name: _checked(name, given[name]) for name in FILTERS if given.get(name)},
        has=tuple(_among("has", value, HAS) for value in given.get("has", ())),
        outcomes=tuple(resolve.outcome(word, narrower=narrower) for word in given.get("outcome", ())),
        outcome_all=tuple(resolve.outcome(word, narrower=narrower) for word in given.get("outcome_all", ())),
        q=q,
        q_asked=q_asked,
        expansions=expansions,
        with_synonyms=with_synonyms,
        year_from=_year("year_from", given),
        year_to=_year("year_to", given),
        evidence=_among("evidence", evidence or "effect", EVIDENCE),
        evidence_asked=evidence is not None,
        sort=_among("sort", sort.removeprefix("-"), SORTS),
        descending=sort.startswith("-"),
        as_of=_as_of(parameters),
    )


def _query(text: str | None, *, with_synonyms: bool) -> tuple[Query | None, Tree | None, tuple[Expansion, ...]]:
    """What to find, what the reader wrote, and the synonyms."""
    if text is None:
        return None, None, ()
    query = parse(text)
    tree, expansions = expanded(query.tree)
    return (Query(tree, query.notes) if with_synonyms else query), query.tree, expansions


def with_narrower(parameters: Mapping[str, Sequence[str]]) -> bool:
    """Whether the outcomes below those named are asked for too, as they are unless ``narrower=false``."""
    return _flag("narrower", {"narrower": tuple(v for v in parameters.get("narrower", ()) if v.strip())}, default=True)


def _check_known(name: str, also: Sequence[str]) -> None:
    known = (*PARAMETERS, *also)
    if name in known:
        return
    near = get_close_matches(name[:100], known, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise UnknownParameter(
        f"There is no parameter {name[:100]!r}.{hint} Known: {', '.join(sorted(known))}.", field=name[:100]
    )


def _check_size(name: str, values: Sequence[str]) -> None:
    if len(values) > _MOST_VALUES:
        raise Invalid(f"{name} is given {len(values)} times; at most {_MOST_VALUES} are read.", field=name)
    longest = LONGEST if name == "q" else _LONGEST
    for value in values:
        if len(value) > longest:
            raise Invalid(f"A value of {name} has {len(value)} characters; at most {longest} are read.", field=name)
        try:
            storable(value)
        except ValueError as error:
            raise Invalid(f"The value of {name} {error}.", field=name) from None


def _checked(name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    allowed = FILTERS[name].allowed
    if name == "country":
        return tuple(_country(value) for value in values)
    return tuple(_among(name, value, allowed) if allowed else value for value in values)


def _country(value: str) -> str:
    """As studies are kept: facets count under the letters that are stored."""
    if not (len(value) == 2 and value.isascii() and value.isalpha()):
        raise UnknownValue(
            f"{value[:40]!r} is not a country; write its two letters (ISO 3166), like TH.", field="country"
        )
    return value.upper()


def _among(name: str, value: str, allowed: Sequence[str]) -> str:
    if value in allowed:
        return value
    raise UnknownValue(
        f"{value[:100]!r} is not a value of {name}. Allowed: {', '.join(allowed)}.", field=name, choices=tuple(allowed)
    )


def _one(name: str, given: Mapping[str, tuple[str, ...]]) -> str | None:
    values = given.get(name, ())
    if len(values) > 1:
        raise Invalid(f"{name} is given {len(values)} times; give it once.", field=name)
    return values[0] if values else None


_OF_TODAY = {"q": "the text index is that of today", "facets": "facets are counted of today"}


def _as_of(parameters: Mapping[str, Sequence[str]]) -> str | None:
    """The state asked for. Words are indexed as they are today, so they cannot be searched, nor facets counted, as of then."""
    given = {name: tuple(v for v in parameters.get(name, ()) if v.strip()) for name in ("as_of", *_OF_TODAY)}
    value = _one("as_of", given)
    clash = next((name for name in _OF_TODAY if given[name]), None)
    if value and clash:
        raise Invalid(
            f"as_of and {clash} cannot be asked together: {_OF_TODAY[clash]}. Leave one of them out.", field=clash
        )
    return value


def _year(name: str, given: Mapping[str, tuple[str, ...]]) -> int | None:
    value = _one(name, given)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit() and len(value) == 4 and 1000 <= int(value) <= 2999):
        raise UnknownValue(f"{value[:20]!r} is not a year; write four digits, like 2021.", field=name)
    return int(value)


def _flag(name: str, given: Mapping[str, tuple[str, ...]], *, default: bool) -> bool:
    value = _one(name, given)
    return default if value is None else _among(name, value.lower(), ("true", "false")) == "true"
