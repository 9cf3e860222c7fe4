"""Names of people and groups as reference files write them. Nothing here decides who wrote what."""

import re

from app.citations.draft import Author

OTHERS = frozenset({"et al", "others", "and others", "et. al", "…"})
"""What stands at the end of a list of authors that is not complete."""

_INITIALS = re.compile(r"(?:[^\W\d_a-zß-ÿ]\.?[\s-]*){1,4}")
_POINTED = re.compile(r"(?P<family>.+?),?\s+(?P<initials>(?:[^\W\d_]\.[\s-]*){1,5})")
_BARE = re.compile(r"(?P<family>[^\W\d_](?:[^\d,]*[^\W\d_])?)\s+(?P<initials>[^\W\d_]{1,3})")
_SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV|2nd|3rd|4th)\.?", re.IGNORECASE)
_SEPARATED = re.compile(r"[\s.-]+")


def person(text: str) -> Author | None:
    """A name as lists write it: ``Family, Given, Suffix``, ``Family, KE``, ``Family K.E.``, ``Family KE``.

    A name without a comma and without initials is that of a group, as in RIS and
    EndNote, and so is one that ends in a comma. None when there is no letter in it.
    """
    text = " ".join(text.split())
    if not any(each.isalnum() for each in text):
        return None
    if text.endswith(","):
        return Author(collective=text.rstrip(", "))
    if "," not in text:
        bare = _BARE.fullmatch(text)
        found = _POINTED.fullmatch(text) or (bare if bare and bare["initials"].isupper() else None)
        return (
            Author(family=found["family"], initials=_letters(found["initials"])) if found else Author(collective=text)
        )
    family, given, *rest = (part.strip() for part in text.split(","))
    suffix = ", ".join(part for part in rest if part) or None
    if suffix and _SUFFIX.fullmatch(given) and not _SUFFIX.fullmatch(suffix):
        given, suffix = suffix, given  # BibTeX: Family, Suffix, Given
    if not family:
        return Author(collective=given)
    return with_given(family, given, suffix)


def with_given(family: str, given: str | None, suffix: str | None = None) -> Author:
    """A person by parts; where only initials are given they are no given name, and of given names they are derived."""
    if not given:
        return Author(family=family, suffix=suffix)
    if _INITIALS.fullmatch(given + " "):
        return Author(family=family, initials=_letters(given), suffix=suffix)
    letters = "".join(part[0].upper() for part in _SEPARATED.split(given) if part)
    return Author(family=family, given=given, initials=letters or None, suffix=suffix)


def _letters(initials: str) -> str:
    return "".join(each for each in initials if each.isalpha())
