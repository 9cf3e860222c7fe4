"""A search in English, so that every answer says what question it answers."""

from app.search.filters import FILTERS
from app.search.language import unparse
from app.search.spec import Search
from app.search.syntax import in_english
from app.vocabulary.resolve import Meant

_EVIDENCE = {
    "effect": "evidence of effects",
    "reason": "reasons for use and bare conclusions (no evidence of effect)",
    "context": "context only: secondary literature, detections, other substances, retracted reports",
    "all": "everything recorded, evidence or not",
}


def in_words(search: Search, *, of: str = "findings") -> str:
    """One sentence that says what ``search`` asks of ``of`` (findings, studies or citations)."""
    parts = [_outcome(meant) for meant in search.outcomes[:1]]
    parts += [f"or {_outcome(meant)}" for meant in search.outcomes[1:]]
    parts += [f"with a finding on {_outcome(meant)}" for meant in search.outcome_all]
    parts += [each.in_words(search.values(name)) for name, each in FILTERS.items() if search.values(name)]
    parts += ["with a quote"] if search.has_quote else []
    parts += [f"with {' or '.join(search.report_has)}"] if search.report_has else []
    parts += [f"matching {in_english(search.q.tree)}"] if search.q else []
    parts += _years(search)
    parts += [_as_of(search.as_of)] if search.as_of else []
    shown = "; ".join(parts) or "all"
    kind = f" ({_EVIDENCE[search.evidence]})" if of == "findings" or search.evidence_asked else ""
    return f"{of.capitalize()}: {shown}{kind}."


def _outcome(meant: Meant) -> str:
    narrower = len(meant.outcomes) - 1 if meant.id == meant.outcomes[0] else 0
    words = meant.label + (f", {meant.direction}" if meant.direction else "")
    return f"{words} (with {narrower} narrower)" if narrower else words


def _years(search: Search) -> list[str]:
    if search.year_from and search.year_to:
        return [f"first reported {search.year_from} to {search.year_to}"]
    if search.year_from:
        return [f"first reported in {search.year_from} or later"]
    return [f"first reported in {search.year_to} or earlier"] if search.year_to else []


def _as_of(asked: str) -> str:
    return f"as of data revision {asked}" if asked.isdigit() else f"as of {asked}"


def expanded(search: Search) -> dict[str, object]:
    """What the search was opened to: outcomes with their narrower ones, groups with their members, neighbours not counted."""
    outcomes = [
        {
            "asked": meant.asked,
            "id": meant.id,
            "label": meant.label,
            "included": [list(pair) if pair[1] else pair[0] for pair in meant.pairs],
            "contrast": meant.contrast,
            "search_also": list(meant.search_also),
        }
        for meant in (*search.outcomes, *search.outcome_all)
    ]
    opened = {
        name: list(each.opened(search.values(name)))
        for name, each in FILTERS.items()
        if search.values(name) and tuple(each.opened(search.values(name))) != search.values(name)
    }
    defaults = {} if search.values("status") else {"status": list(search.statuses)}
    words = {"q": _asked_in_words(search)} if search.q else {}
    return {"outcomes": outcomes, "groups": opened, "defaults": defaults | {"evidence": search.evidence}, **words}


def _asked_in_words(search: Search) -> dict[str, object]:
    """How the search text was read, and the synonyms of its words, whether they were searched or only could be."""
    query = search.q
    return {
        "read_as": unparse(query.tree) if query else "",
        "notes": [{"message": note.message, "position": note.position} for note in query.notes] if query else [],
        "synonyms_used": search.with_synonyms,
        "synonyms": [{"term": each.term, "also": list(each.also)} for each in search.expansions],
    }
