"""Publication types, languages and journals of citations as sets of ids, found as the text index finds them: by any spelling.

Each spelling is a token (``app.citations.folded.tag``), and a set of a token is
exactly what a search for ``"the name"[tag]`` finds. Beside them stands under which
name a record is offered to readers. Nothing here knows a search.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from pyroaring import BitMap

from app.citations.draft import Journal, Term
from app.citations.folded import journal_names, tag
from app.kit.languages import names_of

FIELDS = ("pt", "la", "ta")
"""Tags of the query language whose names are kept, in the order in which ``holdings`` reads their columns."""


def shown(field: str) -> str:
    """The axis of the names that readers are offered."""
    return f"{field} as shown"


def by_name(spelled: Mapping[str, Mapping[str | None, BitMap]]) -> dict[str, dict[Any, BitMap]]:
    """Axes of what columns hold: field → JSON as it is stored → the citations that have it."""
    axes: dict[str, dict[Any, BitMap]] = {}
    for field, records in spelled.items():
        found, offered = axes.setdefault(field, {}), axes.setdefault(shown(field), {})
        for text, ids in records.items():
            named = _names(field, text) if text else []
            for token in {tag(field, name) for names in named for name in names} - {""}:
                _add(found, token, ids)
            for names in named:
                _add(offered, names[0], ids)
    return axes


def _add(axis: dict[Any, BitMap], value: str, ids: BitMap) -> None:
    known = axis.get(value)
    if known is None:
        axis[value] = ids.copy()  # further records are added to it in place
    else:
        known |= ids


def _names(field: str, text: str) -> list[Sequence[str]]:
    """The spellings of each name in a column; the first is shown."""
    if field == "pt":
        return [(term.name,) for term in msgspec.json.decode(text, type=list[Term])]
    if field == "la":
        return [names_of(code) for code in msgspec.json.decode(text, type=list[str])]
    names = tuple(journal_names(msgspec.json.decode(text, type=Journal)))
    return [names] if names else []
