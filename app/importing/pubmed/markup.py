"""An element's text as people read it: inline markup as characters, white space as single spaces.

Formulas are read in ``formula``. Nothing here knows which field a text belongs to.
"""

import html
import re

from lxml import etree

from app.importing.pubmed.formula import MATHML, read_formula

_SPACES = re.compile(r"[ \t\r\n]+")
_CONTROLS = re.compile(r"[\x7f-\x9f]")

_RAISED = str.maketrans("0123456789+-−–=()in", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁱⁿ")
_LOWERED = str.maketrans("0123456789+-−–=()aehijklmnoprstuvxəβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓₔᵦᵧᵨᵩᵪ")
_SHIFTED = {"sup": _RAISED, "sub": _LOWERED}
_UNSHIFTED_ALIKE = frozenset(map(ord, " \u00a0\u2009\u202f"))


def text_of(element: etree._Element) -> str | None:
    """Return the element's text with its markup read, or None where there is none.

    Thin and non-breaking spaces stay, because they are the author's; white
    space of the file's layout becomes one space.
    """
    text = _marked_up(element) if len(element) else element.text
    if not text:
        return None
    if "  " not in text and text.isprintable():
        return text.strip(" ") or None  # nearly always; one look at each character, in C
    return tidy(text) or None


def tidy(text: str) -> str:
    """Collapse the white space XML may add (space, tab, line ends) and drop control characters."""
    if text.isascii():
        return " ".join(text.split())
    if _CONTROLS.search(text):  # remains of other encodings, in the middle of words
        text = _CONTROLS.sub("", text.replace("\x85", " "))
    if "\n" in text or "  " in text or "\t" in text or "\r" in text:
        text = _SPACES.sub(" ", text)
    return text.strip(" ")


def shifted(text: str, table: dict[int, int]) -> str | None:
    """Raise or lower every character by ``table``, or return None where one of them has no such form in Unicode."""
    if all(ord(character) in table or ord(character) in _UNSHIFTED_ALIKE for character in text):
        return text.translate(table)
    return None


def raised_or_lowered(text: str, kind: str) -> str:
    """Return ``sup`` or ``sub`` text in Unicode's own characters where all exist, else plain: ``⁻³``, ``₂``, ``1A``."""
    return shifted(text, _SHIFTED[kind]) or text


def _marked_up(element: etree._Element) -> str:
    parts = [element.text or ""]
    for child in element:
        parts.append(_inline(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _inline(child: etree._Element) -> str:
    tag = child.tag
    if not isinstance(tag, str):
        # An entity of the DTD that was never loaded; HTML knows the same names.
        return html.unescape(child.text or "")
    if tag in _SHIFTED:
        return raised_or_lowered(_marked_up(child), tag)
    if tag.startswith(MATHML):
        return read_formula(child, raised_or_lowered)
    return _marked_up(child)
