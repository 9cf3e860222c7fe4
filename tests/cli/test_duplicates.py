import json
from contextlib import closing

from app.database import Store
from tests.citations.drafts import take_in
from tests.citations.duplicate_pairs import PAIRS
from tests.cli.terminal import evidence


def _filled(url: str) -> int:
    with closing(Store(url)) as store:
        for pair in PAIRS:
            take_in(store, pair.first)
            take_in(store, pair.second)
    return sum(pair.wanted in ("merge", "link") for pair in PAIRS)


def test_possible_duplicates_are_found_once_and_shown(database_url: str) -> None:
    wanted = _filled(database_url)
    first = evidence("duplicates", "find", database_url=database_url)
    again = evidence("duplicates", "find", "--json", database_url=database_url)
    shown = evidence("duplicates", "list", "--limit", "1000", database_url=database_url)

    assert 0 == first.code, first.stderr
    assert " pairs to look at" in first.stdout
    assert {"looked_at": 0, "opened": 0, "blocked": 0, "gone": 0} == json.loads(again.stdout)
    assert sum(line.startswith("D") for line in shown.stdout.splitlines()) >= wanted
    assert "same title; same first author" in shown.stdout


def test_pairs_set_aside_are_listed_with_the_rule(database_url: str) -> None:
    _filled(database_url)
    evidence("duplicates", "find", database_url=database_url)
    shown = evidence("duplicates", "list", "--state", "blocked", database_url=database_url)
    pairs = json.loads(evidence("duplicates", "list", "--state", "blocked", "--json", database_url=database_url).stdout)

    assert "set aside: parts of a series: 1 and 2." in shown.stdout
    assert {"blocked"} == {pair["state"] for pair in pairs}


def test_a_state_that_is_none_is_refused_with_those_there_are(database_url: str) -> None:
    ended = evidence("duplicates", "list", "--state", "new", database_url=database_url)

    assert 2 == ended.code
    assert "open, blocked, merged, kept, linked" in ended.stderr
