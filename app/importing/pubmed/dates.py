"""PubMed's date elements as partial dates, beside the words the source used. Nothing here guesses a missing part."""

from functools import lru_cache

from lxml import etree

from app.importing.pubmed.building import Building, Reader
from app.importing.pubmed.markup import tidy
from app.kit.dates import date_from_words, partial_date

_PARTS = {"Year": 0, "Month": 1, "Day": 2, "Season": 3, "MedlineDate": 4, "Hour": 5, "Minute": 5, "Second": 5}


def read_date(element: etree._Element, building: Building) -> tuple[str | None, str | None]:
    """Return the partial date and the source's words: ``("1990", "1990 Spring")``; a season is no month."""
    parts: list[str | None] = [None, None, None, None, None, None]
    for child in element:
        place = _PARTS.get(child.tag)
        if place is None:
            building.miss(child)
        else:
            parts[place] = child.text
    return _settle(*parts[:5])


@lru_cache(maxsize=1 << 15)  # a file repeats its dates: the time for them fell to a third
def _settle(
    year: str | None, month: str | None, day: str | None, season: str | None, words: str | None
) -> tuple[str | None, str | None]:
    year, month, day, season, words = (part and tidy(part) for part in (year, month, day, season, words))
    raw = " ".join(part for part in (year, season, month, day, words) if part) or None
    if not year and words:
        return date_from_words(words), raw
    return partial_date(year, month, day), raw


def date_into(field: str, raw_field: str | None = None) -> Reader:
    """Make a reader that puts a date into a field, and its words into another where the draft has one."""

    def read(element: etree._Element, building: Building) -> None:
        on, raw = read_date(element, building)
        if on:
            building.fields[field] = on
        if raw and raw_field:
            building.fields[raw_field] = raw

    return read


def date_into_extras(name: str) -> Reader:
    """Make a reader that keeps a date under ``name``; one that cannot be read is kept in its own words."""

    def read(element: etree._Element, building: Building) -> None:
        on, raw = read_date(element, building)
        building.keep(name, on or raw)

    return read


def read_history(element: etree._Element, building: Building) -> None:
    """Keep each date as ``received:2001-02-03``; the time of day is left out, it is that of NCBI's machines."""
    for child in element:
        if child.tag == "PubMedPubDate":
            on, raw = read_date(child, building)
            building.keep("History", f"{child.get('PubStatus', '')}:{on or raw or ''}")
        else:
            building.miss(child)


def read_article_date(element: etree._Element, building: Building) -> None:
    """Read the date of electronic publication (``DateType="Electronic"``, the only one the DTD allows)."""
    on, raw = read_date(element, building)
    if element.get("DateType", "Electronic") != "Electronic":
        building.keep("ArticleDate", f"{element.get('DateType')}:{on or raw or ''}")
        return
    if on:
        building.fields.setdefault("electronic_on", on)
    if raw:
        building.fields.setdefault("electronic_raw", raw)
