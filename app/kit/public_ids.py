"""Public ids: a letter that says what it is, and the store's number. ``S12`` study, ``F345`` finding, ``R678`` citation."""

import re

from app.errors import NotFound

STUDY, FINDING, CITATION, EXPOSURE, RUN, SEARCH, DUPLICATE = "S", "F", "R", "E", "I", "L", "D"
FLAG, DIFFERENCE, PROPOSAL, QUOTE = "G", "V", "P", "Q"
_NAMES = {STUDY: "study", FINDING: "finding", CITATION: "citation", EXPOSURE: "exposure", RUN: "import run",
          SEARCH: "living search", DUPLICATE: "pair of possible duplicates", FLAG: "flag", DIFFERENCE: "difference",
          PROPOSAL: "proposal", QUOTE: "quote"}  # fmt: skip
_GREATEST = 2**31 - 1  # of the databases; what checks input says it too, and loads much that an export has no use for
_SHAPE = re.compile(r"([A-Z])([1-9][0-9]{0,9})")


def public(letter: str, number: int) -> str:
    """``S12`` for study 12."""
    return f"{letter}{number}"


def number_of(letter: str, public_id: str) -> int:
    """The store's number in a public id; anything else names nothing here, so it is :class:`NotFound`."""
    match = _SHAPE.fullmatch(public_id)
    number = int(match[2]) if match and match[1] == letter else 0
    if not 0 < number <= _GREATEST:
        kind = _NAMES[letter]
        raise NotFound(f"{public_id[:40]!r} is not the id of a {kind}; {kind} ids look like {letter}12.")
    return number
