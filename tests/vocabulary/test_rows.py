"""The vocabulary's rows in the store."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models.tables import METADATA
from app.models.vocabulary import Claim, Outcome, VocabularyRelease, VocabularyTerm
from app.vocabulary import rows
from app.vocabulary.words import vocabulary
from tests.factories import opened

TABLES = ("outcome", "phase", "contrast", "basis", "design", "subject", "substance", "vocabulary_term", "claim",
          "vocabulary_release")  # fmt: skip


def _everything(session: Session) -> dict[str, list[tuple[Any, ...]]]:
    tables = (METADATA.tables[name] for name in TABLES)
    return {t.name: [tuple(row) for row in session.execute(select(t).order_by(*t.primary_key))] for t in tables}


def test_the_rows_are_the_words(vocabulary_url: str) -> None:
    words = vocabulary()
    with opened(vocabulary_url) as store, store.reading() as session:
        counts = {table: session.scalar(select(func.count()).select_from(METADATA.tables[table])) for table in TABLES}

        assert (73, 33, 1) == (counts["outcome"], counts["claim"], counts["vocabulary_release"])
        assert all(len(words.ids(axis)) == counts[axis] for axis in TABLES[1:7])
        assert words.version == rows.loaded_version(session)
        stored = {row.id: row.polarity for row in session.execute(select(Outcome.id, Outcome.polarity))}
        assert {each.id: each.polarity for each in words.outcomes.values()} == stored


def test_loading_twice_does_nothing(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.reading() as session:
            before = _everything(session)
        with store.writing() as session:
            again = rows.load(session)
        with store.reading() as session:
            assert (False, before) == (again, _everything(session))


def test_a_changed_word_is_brought_back_and_a_word_in_use_is_kept(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.reading() as session:
            before = _everything(session)
        with store.writing() as session:
            session.get_one(VocabularyRelease, vocabulary().version).sha256 = "0" * 64
            session.get_one(Outcome, "insomnia").label = "Sleeplessness"
            session.get_one(Claim, "C01").text = "?"
            session.add(VocabularyTerm(axis="old_axis", id="old", position=1, label="old", attributes={}))
        with store.writing() as session:
            assert rows.load(session)
        with store.reading() as session:
            after = _everything(session)

    assert before["outcome"] == after["outcome"]
    assert before["claim"] == after["claim"]
    assert 1 == len(after["vocabulary_term"]) - len(before["vocabulary_term"])
