"""The article's claims, each with the findings that speak to it and what these amount to. Computed when asked, never stored.

Candidates are findings with evidence=effect and the claim's outcomes (with
narrower), phase and contrast and, where it names one, substance group. A claim
outside the scope of the collection has none: what is not collected cannot
speak. The rules are in ``verdicts``, the words in ``claim_words``.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct, structs
from sqlalchemy.orm import Session

from app.findings.flat import SettledFinding
from app.search.pages import Counts, every_finding
from app.search.spec import Search
from app.synthesis import claim_words
from app.synthesis.claim_words import Overstated
from app.synthesis.contrast import TAKING
from app.synthesis.counting import count
from app.synthesis.evidence import Collection, collected, empty_text
from app.synthesis.nearest import Neighbour, neighbours
from app.synthesis.verdicts import Weighed, says_people_differ, weigh
from app.vocabulary import resolve
from app.vocabulary.resolve import Meant


class ClaimAnswer(Struct, frozen=True):
    """A claim weighed: the verdict with its sides, the sentence, and what the claim says beyond its evidence.

    ``asked`` are the parameters of the list of findings that holds the
    candidates; None where a claim has none to ask for. ``nearest`` is filled
    where nothing was found.
    """

    claim: dict[str, Any]
    asked: dict[str, tuple[str, ...]] | None
    rows: tuple[SettledFinding, ...]
    counts: Counts
    weighed: Weighed
    sentence: str
    overstated: Overstated | None
    nearest: tuple[Neighbour, ...]


def answers(session: Session, claims: Iterable[dict[str, Any]]) -> Iterator[ClaimAnswer]:
    """Each of ``claims``, lines of the vocabulary, over the findings as they are now."""
    collection = collected(session)
    for claim in claims:
        yield _answer(session, claim, collection)


def _answer(session: Session, claim: dict[str, Any], collection: Collection) -> ClaimAnswer:
    asked = _asked(claim)
    search = _search(asked)
    found = list(every_finding(session, search)) if search else []
    weighed = weigh(claim, found)
    rows = _of_pairs(weighed, found) if says_people_differ(claim) else tuple(found)
    near = _nearest(session, claim, search) if search and weighed.verdict == "nothing_found" else ()
    return ClaimAnswer(
        claim=claim,
        asked=asked,
        rows=rows,
        counts=count(rows),
        weighed=weighed,
        sentence=claim_words.sentence(claim, weighed, rows, empty=empty_text(collection, near)),
        overstated=claim_words.overstated(claim, weighed),
        nearest=near,
    )


def _asked(claim: dict[str, Any]) -> dict[str, tuple[str, ...]] | None:
    if claim["scope"] != "inside":
        return None
    if says_people_differ(claim):
        return {"contrast": (TAKING,), "subject": ("human",)}
    named = ("phase", "contrast", "substance_group")
    return {"outcome": tuple(claim["outcomes"])} | {name: (claim[name],) for name in named if claim[name]}


def _search(asked: dict[str, tuple[str, ...]] | None) -> Search | None:
    if asked is None:
        return None
    chosen = {name: values for name, values in asked.items() if name != "outcome"}
    return Search(chosen=chosen, outcomes=tuple(resolve.outcome(each) for each in asked.get("outcome", ())))


def _of_pairs(weighed: Weighed, found: list[SettledFinding]) -> tuple[SettledFinding, ...]:
    """That people differ is met by opposite findings alone; every other finding on kratom is no candidate for it."""
    paired = {each for pair in weighed.pairs for each in pair.finding_ids}
    return tuple(row for row in found if row.id in paired)


def _nearest(session: Session, claim: dict[str, Any], search: Search) -> tuple[Neighbour, ...]:
    if not search.outcomes:
        return ()
    return tuple(neighbours(session, _together(search.outcomes), search, (claim["contrast"],)))


def _together(meant: tuple[Meant, ...]) -> Meant:
    """Several outcomes as one question, so that what is nearest to any of them is offered once."""
    pairs = tuple(dict.fromkeys(pair for each in meant for pair in each.pairs))
    return structs.replace(meant[0], pairs=pairs)
