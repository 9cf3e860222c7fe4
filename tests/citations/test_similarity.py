"""Comparing two records, by a gold table written before the comparison was run."""

from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from app.citations.likenesses import keys_of, likenesses
from app.citations.similarity import Comparison, compare
from app.database import Store
from app.schema import migrate
from tests.citations.drafts import take_in
from tests.citations.duplicate_pairs import PAIRS, Pair

_numbers = count(1)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path: Path = tmp_path_factory.mktemp("similarity") / "scratch.db"
    with closing(Store(f"sqlite:///{path}")) as store:
        migrate(store)
        yield store


def _compared(store: Store, pair: Pair) -> tuple[Comparison | None, bool]:
    """What comes of the pair, and whether the two share a key."""
    ids = [outcome.citation_id for each in (pair.first, pair.second) for outcome in take_in(store, each)]
    with store.reading() as session:
        found = likenesses(session, ids)
    first, second = (found[number] for number in ids)
    return compare(first, second), bool(keys_of(first) & keys_of(second))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_a_pair_of_the_gold_table_comes_out_as_written(store: Store, pair: Pair) -> None:
    comparison, meets = _compared(store, pair)
    became = "nothing" if comparison is None else "blocked" if comparison.block else comparison.offer

    assert pair.wanted == became, comparison
    assert meets or pair.wanted == "nothing"
