"""From what a reader writes to the outcomes meant. A word that fits two outcomes is asked back, never guessed."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache

from msgspec import Struct
from msgspec.structs import replace

from app.errors import AmbiguousWord, UnknownValue
from app.kit.tokens import fold
from app.vocabulary.words import vocabulary


class Meant(Struct, frozen=True):
    """What an outcome word stands for.

    ``pairs`` holds (outcome, direction or None): one pair for each outcome
    included, or the list of a named effect. ``search_also`` are neighbours to
    offer; they are never counted in.
    """

    asked: str
    id: str
    label: str
    pairs: tuple[tuple[str, str | None], ...]
    direction: str | None = None
    contrast: str | None = None
    search_also: tuple[str, ...] = ()

    @property
    def outcomes(self) -> tuple[str, ...]:
        """The outcomes included, each once, in the order of the tree."""
        return tuple(dict.fromkeys(outcome for outcome, _ in self.pairs))


def outcome(word: str, *, narrower: bool = True) -> Meant:
    """What ``word`` means: an id, a group, a named effect, a label or a synonym, in any case and spelling of spaces.

    Raises :class:`AmbiguousWord` with the choices when it fits several
    outcomes, :class:`UnknownValue` with the nearest words when it fits none.
    """
    words = vocabulary()
    key = word.strip().lower()
    if key in words.named_effects:
        effect = words.named_effects[key]
        also = _also(outcome_id for outcome_id, _ in effect.any_of)
        return Meant(word, key, effect.label, effect.any_of, contrast=effect.contrast, search_also=also)
    if key in words.outcomes:
        return _meant(word, key, narrower=narrower)
    candidates = _names().get(fold(key), ())
    if len(candidates) == 1:
        found, implied = candidates[0]
        if found in words.named_effects:
            return replace(outcome(found), asked=word)
        return _meant(word, found, direction=implied, narrower=narrower)
    if candidates:
        raise _ambiguous(word, tuple(each for each, _ in candidates))
    raise _unknown(word)


def _meant(word: str, outcome_id: str, *, direction: str | None = None, narrower: bool) -> Meant:
    words = vocabulary()
    included = words.narrower(outcome_id) if narrower else (outcome_id,)
    return Meant(
        asked=word,
        id=outcome_id,
        label=words.outcomes[outcome_id].label,
        pairs=tuple((each, direction) for each in included),
        direction=direction,
        search_also=_also(included),
    )


def _also(included: Iterable[str]) -> tuple[str, ...]:
    inside = tuple(included)
    near = (also for each in inside for also in vocabulary().outcomes[each].search_also)
    return tuple(dict.fromkeys(each for each in near if each not in inside))


@cache
def _names() -> dict[str, tuple[tuple[str, str | None], ...]]:
    """Folded word → every (outcome or named effect, implied direction) that it may mean."""
    words = vocabulary()
    names: dict[str, dict[str, str | None]] = {}
    for name, effect in words.named_effects.items():
        for text in (name, effect.label):
            names.setdefault(fold(text), {})[name] = None
    for each in words.outcomes.values():
        for text in (each.id, each.label):
            names.setdefault(fold(text), {})[each.id] = None
        for synonym in each.synonyms:
            names.setdefault(fold(synonym.text), {}).setdefault(each.id, synonym.implies)
    return {text: tuple(found.items()) for text, found in names.items()}


def _ambiguous(word: str, choices: tuple[str, ...]) -> AmbiguousWord:
    labels = vocabulary().outcomes
    named = " or ".join(f"{each} ({labels[each].label})" for each in choices)
    return AmbiguousWord(f"{word!r} may mean {named}; ask for one of them.", field="outcome", choices=choices)


def _unknown(word: str) -> UnknownValue:
    words = vocabulary()
    near = get_close_matches(fold(word)[:100], list(_names()), n=5, cutoff=0.6)
    meant = tuple(dict.fromkeys(each for text in near for each, _ in _names()[text]))
    hint = f"; did you mean {', '.join(meant)}?" if meant else "; see /api/v1/vocabulary/outcomes for all of them."
    choices = meant or (*words.outcomes, *words.named_effects)
    return UnknownValue(f"{word[:100]!r} is not an outcome, a group, a named effect or a synonym{hint}", field="outcome",
                        choices=choices)  # fmt: skip
