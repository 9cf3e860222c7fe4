"""The smallest things a search text is made of: its tokens, and the term, years or identifier that some of them make.

What no term can hold is refused here with its position. Nothing here joins
terms; that is ``language``.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

from app.errors import MalformedQuery
from app.kit.identifiers import MalformedIdentifierError, parse_doi, parse_pmid
from app.kit.tokens import words
from app.search.syntax import EVERYWHERE, FIELDS, NO_END, TAGS, Term, Years

SHORTEST_PREFIX = 3
"""Letters or digits before ``*``: a search with twenty shorter ones took seconds among 300,000 citations."""
_SHORTEST_FOREIGN = 2
"""The same where not all are of ASCII: two characters are a word in some scripts, and begin few words here."""
OPERATORS = ("AND", "OR", "NOT")

_TYPED = str.maketrans(
    "“”„‟＂（）［］＊∗：\u200b\u200e\u200f\u2060\ufeff", '"""""()[]**:     '
)  # what editors and keyboards make of them
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_DATE = r'"?[0-9][0-9/]*"?'
_DP = r"\[\s*(?i:dp|pdat|date\s*-\s*publication|publication\s+date)\s*\]"
_DOI = r'(?:https?://(?:dx\.)?doi\.org/|doi:)?10\.[0-9]{4,9}(?:\.[0-9]+)*/(?:[^\s"\[\]()]|\([^\s"\[\]()]*\))+'
DOI = re.compile(_DOI)
"""A DOI as it is typed, also as an address; one pair of parentheses within it is its own."""
_TOKEN = re.compile(
    rf"""(?P<space>\s+)
    |(?P<range>{_DATE}\s*(?:{_DP}\s*)?:\s*{_DATE}\s*{_DP})
    |"(?P<quoted>[^"]*)"
    |\[(?P<tag>[^\[\]]*)\]
    |(?P<open>\()|(?P<close>\))
    |(?P<word>{_DOI}|[^\s()"\[\]]+)
    |(?P<stray>.)""",
    re.VERBOSE,
)
_FOREIGN = (
    (re.compile(r"#[0-9]+"), "Earlier searches are not kept under numbers here; write the search itself."),
    (re.compile(r"[-−–—!].*"), "A sign before a word means nothing here; write NOT to leave it out, or put it in quotes."),
    (re.compile(r"[0-9]{4}(?:/[0-9/]*)?:[0-9]{4}(?:/[0-9/]*)?"), "A range of years is followed by [dp], like 2015:2024[dp]."),
    (re.compile(r"(?i:near|adj)/?[0-9]+|(?i:near/)"), "Words near each other cannot be asked for; use a phrase, or AND."),
    (re.compile(r"[^/]*\w[?^~$]\w.*"), "Inside a word only letters count; the one wildcard is * at its end, or use quotes."),
)  # fmt: skip
"""What other systems understand, and what would silently be another search here."""


class Token(NamedTuple):
    """A piece of the text. ``kind`` is a group of the pattern above, or ``operator``; ``position`` a code point."""

    kind: str
    text: str
    position: int


def refuse(message: str, position: int) -> NoReturn:
    """Raise :class:`MalformedQuery`."""
    raise MalformedQuery(message, position=position)


def shown(text: str) -> str:
    """``text`` in quotation marks, cut to what a message has room for."""
    return f"“{text if len(text) <= 40 else text[:39] + '…'}”"


def read_tokens(text: str) -> Iterator[Token]:
    """Cut a text into words, phrases, tags, ranges of years, operators and parentheses.

    Raises :class:`MalformedQuery` for what is none of these.
    """
    if bad := _UNPRINTABLE.search(text):
        refuse(f"The search holds the character U+{ord(bad[0]):04X}, which is no text; remove it.", bad.start())
    for match in _TOKEN.finditer(text.translate(_TYPED)):
        kind, position = match.lastgroup or "", match.start()
        said = match[kind]
        if kind == "stray":
            refuse(_UNPAIRED[said], position)
        if kind == "word" and said in OPERATORS:
            kind = "operator"
        elif kind == "word":
            _check_word(said, position)
        if kind != "space":
            yield Token(kind, said, position)


_UNPAIRED = {
    '"': "This quotation mark has no partner; close the phrase or remove it.",
    "[": "This bracket is not closed; a tag looks like kratom[ti]. Put text with brackets in quotes.",
    "]": "This bracket was not opened; a tag looks like kratom[ti]. Put text with brackets in quotes.",
}


def _check_word(said: str, position: int) -> None:
    prefix, colon, rest = said.partition(":")
    if colon and rest and prefix.casefold() in TAGS:
        refuse(f"A tag stands after its word: write {rest}[{prefix}].", position)
    for pattern, message in _FOREIGN:
        if pattern.fullmatch(said) and words(said):
            refuse(f"{shown(said)} cannot be read. {message}", position)


def read_field(tag: Token) -> str | None:
    """The field that a tag names, None for all of them."""
    name = " ".join(tag.text.casefold().split())
    if name not in TAGS:
        known = " ".join(f"[{each}]" for each in (*FIELDS, EVERYWHERE.tag))
        refuse(
            f"There is no tag {shown(f'[{tag.text}]')}. Known: {known}. Put text with brackets in quotes.",
            tag.position,
        )
    return TAGS[name]


def read_term(said: list[Token], field: str | None) -> Term:
    """The term that ``said`` (the words before one tag, or one phrase) makes in ``field``."""
    first = said[0]
    if field in {"pmid", "doi"}:
        return _identifier(first, field)
    heads = [_head(each) for each in said]
    for token, (_, truncated) in list(zip(said, heads, strict=True))[:-1]:
        if truncated:
            refuse("Within a phrase only the last word may end in *; write AND between the words.", token.position)
    text = " ".join(" ".join(head for head, _ in heads).split())
    found, truncated = tuple(words(text)), heads[-1][1]
    return Term(found, text, truncated, first.kind == "quoted" or len(found) > 1, field, first.position)


def _head(said: Token) -> tuple[str, bool]:
    """What stands before ``*``, and whether there is one."""
    head, star, tail = said.text.partition("*")
    at = said.position + len(head) + (said.kind == "quoted")
    if not words(said.text):
        if star:
            refuse("* stands alone; write the beginning of a word before it, like insomn*.", at)
        refuse(_NOTHING[said.kind].format(shown(said.text)), said.position)
    if not star:
        return head, False
    if words(tail) or "*" in tail:
        refuse('* can only end a word or a phrase, like insomn* or "sleep qual*".', at)
    if words(head + "x")[:-1] == words(head):
        refuse("Write the beginning of a word right before *, like insomn*.", at)
    begun = words(head)[-1]
    if len(begun) < (SHORTEST_PREFIX if begun.isascii() else _SHORTEST_FOREIGN):
        refuse(f"At least {SHORTEST_PREFIX} letters or digits must stand before *.", at)
    return head, True


_NOTHING = {
    "quoted": "Between these quotation marks stands no letter or digit to search for; fill them or remove them.",
    "word": "{} holds no letter or digit to search for; remove it, write AND, OR or NOT, or put the whole name in quotes.",
}


def _identifier(said: Token, field: str) -> Term:
    try:
        value: str = parse_pmid(said.text) if field == "pmid" else parse_doi(said.text)
    except MalformedIdentifierError:
        example = "32887187[pmid]" if field == "pmid" else '"10.1111/dar.13038"[doi]'
        refuse(
            f"{shown(said.text)} is not a {field.upper()}; write one before each tag, like {example}.", said.position
        )
    return Term((value,), value, field=field, position=said.position)


_DAY = re.compile(r"(?P<year>[0-9]{4})(?:/(?P<month>[0-9]{1,2})(?:/(?P<day>[0-9]{1,2}))?)?")
_STARTS = {("1", None), ("1", "1"), (None, None)}
_ENDS = {("12", None), ("12", "31"), (None, None)}


def read_years(said: Token) -> Years:
    """One year or a range; days may be given where they bound whole years, because only years can be compared."""
    bare = re.sub(rf"{_DP}|[\s\"]", "", said.text)
    first_text, colon, last_text = bare.partition(":")
    first, last = _DAY.fullmatch(first_text), _DAY.fullmatch(last_text if colon else first_text)
    if not first or not last:
        refuse(
            f"{shown(said.text)} is no year and no range; write 2021[dp] or 2015:2024[dp], 3000 for no end.",
            said.position,
        )
    asked = Years(int(first["year"]), int(last["year"]), said.position)
    if not 1000 <= asked.first <= asked.last <= NO_END or asked.first == NO_END:
        refuse(
            f"{shown(said.text)} runs backwards or lies outside 1000 to 2999; write it like 2015:2024[dp].",
            said.position,
        )
    if _month_and_day(first) not in _STARTS or not (_month_and_day(last) in _ENDS or asked.last == NO_END):
        refuse("Only whole years can be asked for; write it like 2015:2024[dp].", said.position)
    return asked


def _month_and_day(date: re.Match[str]) -> tuple[str | None, str | None]:
    month, day = (date[each] and date[each].lstrip("0") for each in ("month", "day"))
    return month, day
