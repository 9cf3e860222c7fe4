"""The vocabulary's rows: a finding with an unknown word cannot be stored. The files decide, the rows follow."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kit.canonical import now
from app.models.vocabulary import (
    Basis,
    Claim,
    Contrast,
    Design,
    Outcome,
    Phase,
    Subject,
    Substance,
    VocabularyRelease,
    VocabularyTerm,
)
from app.vocabulary.words import Value, Vocabulary, vocabulary

_TABLES: dict[str, type[Any]] = {
    "phase": Phase, "contrast": Contrast, "basis": Basis, "design": Design, "subject": Subject, "substance": Substance,
}  # fmt: skip
_CLAIM_COLUMNS = (
    "id", "text", "scope", "strength", "claim_type", "outcomes", "direction", "phase", "contrast", "substance_group",
)  # fmt: skip


def load(session: Session) -> bool:
    """Bring the rows to the shipped vocabulary; True when anything was done. Words in use are never removed."""
    words = vocabulary()
    stored = session.get(VocabularyRelease, words.version)
    if stored and stored.sha256 == words.sha256:
        return False
    _merge_outcomes(session, words)
    for axis, values in words.axes.items():
        for position, value in enumerate(values.values()):
            session.merge(_term(axis, position, value))
    session.flush()
    for position, claim in enumerate(words.claims):
        details = {key: value for key, value in claim.items() if key not in _CLAIM_COLUMNS}
        session.merge(Claim(position=position, details=details, **{key: claim.get(key) for key in _CLAIM_COLUMNS}))
    session.merge(
        VocabularyRelease(version=words.version, sha256=words.sha256, loaded_at=now(), body=words.enumerations)
    )
    session.flush()
    return True


def _merge_outcomes(session: Session, words: Vocabulary) -> None:
    # Parents first: each row refers to the one above it.
    tops = [outcome.id for outcome in words.outcomes.values() if outcome.parent is None]
    order = [each for top in tops for each in words.narrower(top)]
    positions = {each: position for position, each in enumerate(words.outcomes)}
    for each in order:
        word = words.outcomes[each]
        session.merge(
            Outcome(
                id=each, position=positions[each], label=word.label, parent=word.parent, kind=word.kind,
                definition=word.definition, polarity=word.polarity, search_also=list(word.search_also),
                synonyms=[{"text": s.text, "implies": s.implies, "ambiguous": s.ambiguous} for s in word.synonyms],
                codes=list(word.codes),
            )
        )  # fmt: skip
        session.flush()


def _term(axis: str, position: int, value: Value) -> Any:
    row = {"id": value.id, "position": position, "label": value.label, "definition": value.definition,
           "attributes": value.attributes}  # fmt: skip
    return _TABLES[axis](**row) if axis in _TABLES else VocabularyTerm(axis=axis, **row)


def loaded_version(session: Session) -> str | None:
    """The newest vocabulary version in the store."""
    newest = select(VocabularyRelease.version).order_by(VocabularyRelease.loaded_at.desc()).limit(1)
    return session.scalar(newest)
