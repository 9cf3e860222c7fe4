"""Names of authors in the ways that formats and styles want them. Nothing here knows where they come from."""

import re

from app.export.references import Person, Reference

_SEPARATED = re.compile(r"[\s.-]+")
_MOST_INITIALS = 3
_ORDINALS = {"2nd": "II", "3rd": "III", "4th": "IV"}


def authors_of(reference: Reference) -> list[Person]:
    """Who is to be named: persons and groups in order, without names that NLM marks as corrected since."""
    return [each for each in reference.authors if each.valid and (each.family or each.collective)]


def editor(listed: str) -> Person:
    """A person from the form ``Family, Given, Suffix``, in which editors of books are kept."""
    family, _, rest = listed.partition(", ")
    given, _, suffix = rest.partition(", ")
    if given.isupper() and given.isalpha() and len(given) <= _MOST_INITIALS:
        return Person(family=family, initials=given, suffix=suffix or None)
    return Person(family=family, given=given or None, suffix=suffix or None)


def initials_of(person: Person) -> str:
    """Initials without points, as the source gives them or else from the given names: ``JP`` for Jean-Paul."""
    if person.initials:
        return person.initials.replace(".", "").replace(" ", "")
    return "".join(part[0].upper() for part in _SEPARATED.split(person.given or "") if part)


def short(person: Person) -> str:
    """A name as NLM prints it: ``Smith KE``, ``King ML Jr``; a group by its name."""
    if not person.family:
        return person.collective or ""
    return " ".join(part for part in (person.family, initials_of(person), person.suffix) if part)


def listed(person: Person) -> str:
    """A name as lists write it: ``Family, Given, Suffix``, with a point behind each initial where only these are known."""
    if not person.family:
        return person.collective or ""
    given = person.given or " ".join(f"{letter}." for letter in initials_of(person))
    return ", ".join(part for part in (person.family, given, person.suffix) if part)


def in_apa(person: Person) -> str:
    """A name as APA 7 (9.8) prints it in a list: ``Smith, K. E.``, ``Sartre, J.-P.``, ``King, M. L., Jr.``."""
    if not person.family:
        return person.collective or ""
    suffix = _ORDINALS.get(person.suffix or "", person.suffix or "")
    suffix = f"{suffix}." if suffix in ("Jr", "Sr") else suffix
    return ", ".join(part for part in (person.family, pointed(person), suffix) if part)


def pointed(person: Person) -> str:
    """Initials with points: ``K. E.``; hyphens of given names stay, where those agree with the initials."""
    letters = initials_of(person)
    parts = [
        "-".join(f"{each[0].upper()}." for each in part.split("-") if each) for part in (person.given or "").split()
    ]
    spelt = " ".join(parts)
    if spelt and re.sub(r"[^\w]", "", spelt) == letters:
        return spelt
    return " ".join(f"{letter}." for letter in letters)
