"""Names of people and groups as reference files write them. Nothing here decides who wrote what."""

import re
from collections.abc import Sequence

from app.citations.draft import Author

OTHERS = frozenset({"et al", "others", "and others", "et. al", "…"})
"""What stands at the end of a list of authors that is not complete."""

_INITIALS = re.compile(r"(?:[^\W\d_]\.?[\s-]*){1,4}")
_POINTED = re.compile(r"(?P<family>.+?),?\s+(?P<initials>(?:[^\W\d_]\.[\s-]*){1,5})")
_BARE = re.compile(r"(?P<family>[^\W\d_](?:[^\d,]*[^\W\d_])?)\s+(?P<initials>[^\W\d_]{1,3})")
_SUFFIX = re.compile(r"(?:(?:Jn?r|Sn?r|[2-9]th|2nd|3rd)\.?|[IVX]{1,4})", re.IGNORECASE)
_DEGREES = frozenset({
    "BA", "BS", "BSc", "BPharm", "DDS", "DMD", "DNP", "DO", "DPhil", "DPM", "DrPH", "DSc", "DVM", "EdD", "EdM", "Esq", "FACP",
    "FRCP", "JD", "LLM", "MA", "MBA", "MBBS", "MBBCh", "MBChB", "MD", "MEd", "MPA", "MPH", "MPharm", "MPhil", "MRCP", "MS",
    "MSc", "MSN", "MSPH", "MSW", "NP", "OD", "PA", "PharmD", "PhD", "PsyD", "RN", "RPh", "ScD",
})  # fmt: skip
_LAST_WORDS = re.compile(r".*[^\W\d_]\s(?P<initials>(?:[^\W\d_]\.?[\s-]*){1,4})")
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
    if suffix and _SUFFIX.fullmatch(given) and not is_suffix(suffix):
        given, suffix = suffix, given  # BibTeX: Family, Suffix, Given
    if not family:
        return Author(collective=given)
    return with_given(family, given, suffix)


def are_several(text: str) -> bool:
    """Whether what has more than one comma may be several names: ``Kruegel, Grundmann, Hassan``; not with ``Jr`` or ``PhD``."""
    return not text.rstrip().endswith(",") and are_parts_of_several(text.split(","))


def are_parts_of_several(parts: Sequence[str]) -> bool:
    """Likewise, of what stands between the commas."""
    _, *others = [part.strip() for part in parts if part.strip()] or [""]
    return len(others) > 1 and not all(map(is_suffix, others[1:])) and not (len(others) == 2 and is_suffix(others[0]))


def are_two(text: str) -> bool:
    """Whether a list with one comma may be two names: ``John Smith, Jane Doe``, ``Smith J, Doe``.

    ``Garcia Marquez, Gabriel Jose`` is not told from those; ``van der Berg, Jan Willem`` and ``Garcia Marquez, G. J.`` are.
    """
    first, comma, second = (part.strip() for part in text.partition(","))
    if not comma or not second or " " not in first or first[0].islower() or _are_initials(second):
        return False
    last = _LAST_WORDS.fullmatch(first)
    return " " in second or (last is not None and _are_initials(last["initials"]))


def is_suffix(text: str) -> bool:
    """Whether a part of a name is one like ``Jr``, ``III`` or ``Ph.D.``"""
    return _SUFFIX.fullmatch(text) is not None or text.replace(".", "").replace(" ", "") in _DEGREES


def with_given(family: str, given: str | None, suffix: str | None = None) -> Author:
    """A person by parts; where only initials are given they are no given name, and of given names they are derived."""
    if not given:
        return Author(family=family, suffix=suffix)
    if _are_initials(given):
        return Author(family=family, initials=_letters(given), suffix=suffix)
    letters = "".join(part[0].upper() for part in _SEPARATED.split(given) if part)
    return Author(family=family, given=given, initials=letters or None, suffix=suffix)


def _are_initials(text: str) -> bool:
    """Whether ``text`` is a few capitals: ``Ał`` is a name, and so is ``小明``, whose letters are neither great nor small."""
    return _INITIALS.fullmatch(text) is not None and all(each.isupper() for each in text if each.isalpha())


def _letters(initials: str) -> str:
    return "".join(each for each in initials if each.isalpha())
