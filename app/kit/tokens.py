"""The one tokeniser: both databases index and search what :func:`fold` returns. Nothing here knows a database.

Native tokenisers differ (PostgreSQL keeps ``kratom/tramadol`` as one token and
splits ``IL-6`` into ``il`` and ``-6``), so text is folded here to plain words
separated by single spaces: compatibility forms and case folded, marks
stripped, Greek letters spelled out (``α`` → ``alpha``), everything that is not
a letter or a digit a separator. No stemming: readers have ``trunc*``.
"""

import unicodedata

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "ο": "omicron", "π": "pi", "ρ": "rho",
    "ς": "sigma", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip
# An apostrophe inside a word joins it ("don't" → "dont"), so that it is one word however it is typed.
_JOINERS = {"'", "’", "‘", "ʼ", "′", "\u00ad"}


class _Folding(dict[int, str]):
    """Code point → folded text, filled as characters are met; ``str.translate`` asks it once per character."""

    def __missing__(self, point: int) -> str:
        folded = self[point] = _fold_character(chr(point))
        return folded


def _fold_character(character: str) -> str:
    parts = []
    for piece in unicodedata.normalize("NFKD", character).casefold():
        base = unicodedata.normalize("NFKD", piece)
        for point in base:
            if point in _GREEK:
                parts.append(_GREEK[point])
            elif point in _JOINERS:
                continue
            elif point.isalnum():
                parts.append(point)
            elif not unicodedata.combining(point):
                parts.append(" ")
    return "".join(parts)


_FOLDING = _Folding()


def fold(text: str) -> str:
    """Return ``text`` as searchable words separated by spaces.

    >>> fold("α-Synuclein and TP53/MDM2: don't!")
    'alpha synuclein and tp53 mdm2 dont'
    """
    return " ".join(text.translate(_FOLDING).split())


def words(text: str) -> list[str]:
    """The tokens of ``text`` in order."""
    return text.translate(_FOLDING).split()
