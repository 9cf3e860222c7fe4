"""What LaTeX prints of a text: accents and signs as Unicode, groups and harmless commands gone. Nothing is run.

A command that is not known here stays as it stands, so that nobody takes what is left for the whole.
"""

import re
import unicodedata

_ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328", "b": "\u0331",
}  # fmt: skip
_SIGNS = {
    "ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "o": "ø", "O": "Ø", "aa": "å", "AA": "Å", "l": "ł", "L": "Ł",
    "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "dj": "đ", "DJ": "Đ", "textbackslash": "\\",
    "textbraceleft": "{", "textbraceright": "}", "textasciitilde": "~", "textasciicircum": "^", "textendash": "–",
    "textemdash": "—", "textquoteright": "’", "textquoteleft": "‘", "textquotedblleft": "“", "textquotedblright": "”",
    "textregistered": "®", "texttrademark": "™", "textcopyright": "©", "textdegree": "°", "textmu": "μ", "ldots": "…",
    "dots": "…", "textellipsis": "…", "times": "×", "pm": "±", "leq": "≤", "geq": "≥", "textgreater": ">", "textless": "<",
    "textbar": "|", "textunderscore": "_", "textquotesingle": "'", "beta": "β",
} | {
    name.lower(): unicodedata.lookup(f"GREEK SMALL LETTER {name}")
    for name in ("ALPHA", "GAMMA", "DELTA", "EPSILON", "ETA", "THETA", "KAPPA", "MU", "PI", "SIGMA", "TAU", "OMEGA")
}  # fmt: skip
_SILENT = frozenset(
    {"emph", "textit", "textbf", "textsc", "textrm", "textsf", "texttt", "textup", "textnormal", "mathrm", "mathit", "it", "bf",
     "em", "sc", "rm", "url", "enquote", "textsuperscript", "textsubscript", "ensuremath", "mbox", "text", "relax", "protect"}
)  # fmt: skip
_TOKEN = re.compile(
    r"""\\(?P<accent>["'`^~=.]|[uHvcdbkr](?![A-Za-z]))\s*(?:\{\s*\\?(?P<braced>[^\W\d_])?\s*\}|\\?(?P<bare>[^\W\d_]))"""
    r"|\\(?P<word>[A-Za-z]+)(?:\{\}|[ \t]+)?"
    r"|\\(?P<sign>[^A-Za-z])"
    r"|(?P<drop>[{}$])|(?P<tie>~)"
)


def plain(text: str) -> str:
    r"""``text`` as LaTeX prints it: ``M{\"u}ller \& S{\o}n`` becomes *Müller & Søn*."""
    if "\\" not in text and "{" not in text and "~" not in text and "$" not in text and "``" not in text:
        return text
    if "``" in text:
        text = text.replace("``", "“").replace("''", "”")
    return _TOKEN.sub(_meant, text)


def _meant(found: re.Match[str]) -> str:
    if accent := found["accent"]:
        letter = found["braced"] or found["bare"] or ""
        return unicodedata.normalize("NFC", letter + _ACCENTS[accent]) if letter else ""
    if word := found["word"]:
        return _SIGNS.get(word) or ("" if word in _SILENT else found[0])
    if sign := found["sign"]:
        return " " if sign in "\\, ;:!~" and sign != "!" else sign
    return " " if found["tie"] else ""
