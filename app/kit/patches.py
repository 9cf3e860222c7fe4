"""JSON merge patch (RFC 7396). Nothing here knows a field."""

from typing import Any


def merged(held: Any, patch: Any) -> Any:
    """What ``patch`` makes of ``held``: objects are merged name by name, ``None`` takes a name away, all else replaces.

    >>> merged({"title": "Sleep", "issn": "1"}, {"title": "Slaap", "issn": None})
    {'title': 'Slaap'}
    """
    if not isinstance(patch, dict):
        return patch
    found = dict(held) if isinstance(held, dict) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found
