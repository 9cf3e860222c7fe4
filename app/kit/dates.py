"""Partial dates as ISO text: ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``. Nothing here guesses a missing part."""

import re
from calendar import monthrange

_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)

MONTHS: dict[str, int] = (
    {name: number for number, name in enumerate(_NAMES, 1)}
    | {name[:3]: number for number, name in enumerate(_NAMES, 1)}
    | {"sept": 9}
    | {spelling: number for number in range(1, 13) for spelling in (str(number), f"{number:02d}")}
)
"""Every spelling of a month seen in records, in lower case, with its number."""

_YEAR = re.compile(r"(?<![0-9])(1[4-9][0-9]{2}|20[0-9]{2})(?![0-9])")
_ONE_MONTH = re.compile(r"([0-9]{4})\s+([A-Za-z]+)\.?(?:\s+([0-9]{1,2})(\s*[-–/]\s*[0-9]{1,2})?)?")


def partial_date(year: str | None, month: str | None = None, day: str | None = None) -> str | None:
    """Join the parts a source gave as far as they hold; a month or day that cannot be is left out, never mended.

    ``month`` may be a name or a number. ``("2019", "Feb", "30")`` → ``2019-02``.
    """
    if year is None or len(year) != 4 or not (year.isascii() and year.isdigit()) or year == "0000":
        return None
    number = MONTHS.get(month.lower()) if month else None
    if number is None:
        return year
    if day is None or not (day.isascii() and day.isdigit() and len(day) <= 2):
        return f"{year}-{number:02d}"
    if not 1 <= int(day) <= monthrange(int(year), number)[1]:
        return f"{year}-{number:02d}"
    return f"{year}-{number:02d}-{int(day):02d}"


def is_partial_date(text: object) -> bool:
    """Whether ``text`` is a partial date as it is stored, of a year that can be that of a publication."""
    if not isinstance(text, str) or not 4 <= len(text) <= 10 or not "1000" <= text[:4] <= "2999":
        return False
    return partial_date(*text.split("-")[:3]) == text


def date_from_words(text: str) -> str | None:
    """Return what a free date certainly says: its first year, and its month where only one is meant.

    ``2000 Dec 23-30`` → ``2000-12``; ``2010 Sep-Oct``, ``2000 Spring`` → year
    alone; ``1965 Dec-1966 Jan`` → ``1965``, the year PubMed files it under.
    """
    text = text.strip()
    whole = _ONE_MONTH.fullmatch(text)
    if whole:
        year, month, day, until = whole.groups()
        return partial_date(year, month, None if until else day)
    found = _YEAR.search(text)
    return found[1] if found else None
