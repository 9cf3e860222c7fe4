"""MathML as one readable line: ``VO₂max``, ``³He/¹²⁹Xe``, ``(a + b)/2``. Nothing here evaluates or keeps layout."""

from collections.abc import Callable

from lxml import etree

MATHML = "{http://www.w3.org/1998/Math/MathML}"

Shift = Callable[[str, str], str]
_Reader = Callable[[list[etree._Element], Shift], str]

_SPACED = frozenset("=<>≤≥≈≠±→∼~≡≪≫×")
_UNSEEN = frozenset("\u2061\u2062\u2063\u2064")  # function application and invisible operators
_SKIPPED = frozenset({"annotation", "annotation-xml", "mprescripts", "none", "mphantom"})


def read_formula(element: etree._Element, shift: Shift) -> str:
    """Return the formula on one line; ``shift`` puts a text above or below the line (``sup``, ``sub``)."""
    name = _name(element)
    if name in _SKIPPED:
        return ""
    children = [child for child in element if isinstance(child.tag, str)]
    if not children:
        return _symbol(element.text or "", name)
    reader = _READERS.get(name)
    if reader is not None:
        return reader(children, shift)
    if name == "mfenced":
        inner = f"{element.get('separators', ',')[:1]} ".join(read_formula(child, shift) for child in children)
        return f"{element.get('open', '(')}{inner}{element.get('close', ')')}"
    return _row(children, shift)


def _name(element: etree._Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _symbol(text: str, name: str) -> str:
    if name in {"mspace"}:
        return " "
    if name == "mtext":
        return text.replace("\n", " ")
    symbol = "".join(character for character in text.strip() if character not in _UNSEEN)
    return f" {symbol} " if name == "mo" and symbol in _SPACED else symbol


def _row(children: list[etree._Element], shift: Shift) -> str:
    return "".join(read_formula(child, shift) for child in children)


def _lowered(children: list[etree._Element], shift: Shift) -> str:
    return read_formula(children[0], shift) + shift(_row(children[1:], shift), "sub")


def _raised(children: list[etree._Element], shift: Shift) -> str:
    return read_formula(children[0], shift) + _above(_row(children[1:], shift), shift)


def _both(children: list[etree._Element], shift: Shift) -> str:
    lowered = shift(_row(children[1:2], shift), "sub")
    return read_formula(children[0], shift) + lowered + _above(_row(children[2:], shift), shift)


def _above(text: str, shift: Shift) -> str:
    """A power must not run into its base: ``xᵃ⁺ᵇ`` has no Unicode form, and ``xa+b`` would say something else."""
    text = text.strip()
    above = shift(text, "sup")
    if above != text or not text or not text.isalnum():
        return above if above != text or len(text) < 2 else f"^({text})"
    return f"^{text}"


def _fraction(children: list[etree._Element], shift: Shift) -> str:
    return "/".join(_grouped(read_formula(child, shift)) for child in children)


def _grouped(text: str) -> str:
    text = text.strip()
    return text if len(text) < 2 or text.isalnum() else f"({text})"


def _root(children: list[etree._Element], shift: Shift) -> str:
    return f"√{_grouped(_row(children, shift))}"


def _nth_root(children: list[etree._Element], shift: Shift) -> str:
    return f"{_above(_row(children[1:], shift), shift)}√{_grouped(read_formula(children[0], shift))}"


def _accented(children: list[etree._Element], shift: Shift) -> str:
    """A dot, bar or hat over a symbol is left out when it is only a mark: ``V̇O₂`` is written and searched as VO₂."""
    mark = _row(children[1:], shift).strip()
    base = read_formula(children[0], shift)
    return base if mark in _MARKS else f"{base}{_above(mark, shift)}"


_MARKS = frozenset({".", "˙", "¯", "‾", "-", "_", "^", "ˆ", "~", "˜", "→", "⃗", "̇", "̄", "̂", "·", "¨", "⋅", "―", "−"})


def _table(children: list[etree._Element], shift: Shift) -> str:
    rows = (", ".join(read_formula(cell, shift).strip() for cell in row) for row in children)
    return "; ".join(rows)


def _scripts(children: list[etree._Element], shift: Shift) -> str:
    """``mmultiscripts``: base, then sub and sup in turn; after ``mprescripts`` those that stand before the base."""
    names = [_name(child) for child in children]
    cut = names.index("mprescripts") if "mprescripts" in names else len(children)
    before = _pairs(children[cut + 1 :], shift)
    return before + read_formula(children[0], shift) + _pairs(children[1:cut], shift)


def _pairs(children: list[etree._Element], shift: Shift) -> str:
    texts = [read_formula(child, shift).strip() for child in children]
    return "".join(shift(text, "sup" if place % 2 else "sub") if text else "" for place, text in enumerate(texts))


_READERS: dict[str, _Reader] = {
    "msub": _lowered,
    "munder": _lowered,
    "msup": _raised,
    "msubsup": _both,
    "munderover": _both,
    "mfrac": _fraction,
    "msqrt": _root,
    "mroot": _nth_root,
    "mover": _accented,
    "mtable": _table,
    "mmultiscripts": _scripts,
}
