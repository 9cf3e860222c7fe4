"""Dates as reference files write them, as far as they certainly hold. Nothing here guesses a missing part."""

import re

from app.kit.dates import MONTHS, date_from_words, partial_date

_NUMBERS = re.compile(r"([0-9]{4})(?:\s*[/.-]\s*([0-9]{0,2})(?:\s*[/.-]\s*([0-9]{0,2})(?:[/ T].*)?)?)?")
_COMPACT = re.compile(r"([12][0-9]{3})([01][0-9])([0-3][0-9])")
_MONTH_DAY = re.compile(r"([A-Za-z]+)\.?(?:\s+([0-9]{1,2}))?")


def reference_date(text: str, *, year: str | None = None) -> str | None:
    """``2021/05/04/``, ``2019///``, ``2019-03``, ``20190128``, ``2019 Jan 11``; ``SEP`` and ``JUN 8`` with the ``year`` beside.

    Of anything else the first year stands, if there is one.
    """
    text = text.strip()
    found = _NUMBERS.fullmatch(text) or _COMPACT.fullmatch(text)
    if found:
        first, month, day = found.groups()
        return partial_date(first, month or None, day or None)
    alone = _MONTH_DAY.fullmatch(text)
    if alone and year:
        return partial_date(year, alone[1], alone[2]) if alone[1].lower() in MONTHS else partial_date(year)
    return date_from_words(text) or (partial_date(year) if year else None)
