"""The filters as options: made from the parameters of every list, so that the terminal and the service cannot drift.

What a filter means stands in ``app.search``; here a name gets its dashes.
"""

from collections.abc import Callable, Iterable
from functools import wraps
from inspect import Parameter, signature
from typing import Annotated, Any

import typer

from app.search.filters import FILTERS, OTHER_PARAMETERS
from app.search.reading import PARAMETERS

ASKED = "asked"
"""The argument through which a verb gets the filters: ``{"outcome": ["insomnia"], …}``, only those that were used."""
_FEW = 6


def with_filters(verb: Callable[..., int], *, without: Iterable[str] = ()) -> Callable[..., int]:
    """``verb``, with an option for each filter but ``without`` in place of its argument ``asked``."""
    names = [name for name in PARAMETERS if name not in without]

    @wraps(verb)
    def filtered(**named: Any) -> int:
        given = {name: named.pop(name) for name in names}
        return verb(**named, **{ASKED: {name: values for name, values in given.items() if values}})

    own = [each for each in signature(verb).parameters.values() if each.name != ASKED]
    own = [each.replace(kind=Parameter.KEYWORD_ONLY) for each in own]
    # Typer reads the options of a verb from its signature.
    filtered.__signature__ = signature(verb).replace(parameters=[*own, *map(_option, names)])  # type: ignore[attr-defined]  # set on purpose
    return filtered


def _option(name: str) -> Parameter:
    option = typer.Option(f"--{name.replace('_', '-')}", help=_help(name), metavar="VALUE", show_default=False)
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[list[str] | None, option])


def _help(name: str) -> str:
    if name not in FILTERS:
        return OTHER_PARAMETERS[name]
    allowed = FILTERS[name].allowed
    shown = ", ".join(allowed[:_FEW]) + (", …" if len(allowed) > _FEW else "")
    return FILTERS[name].doc + (f": {shown}" if allowed else "")
