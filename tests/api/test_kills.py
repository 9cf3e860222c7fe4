"""``kill -9`` under writers, in short; ``scripts/bench kills`` does it 200 times."""

import pytest

from tests.api.kills import kill_often

RUNS = 5


@pytest.mark.slow
def test_what_was_acknowledged_outlives_a_kill_and_the_history_holds(starter_copy_url: str) -> None:
    fought = kill_often(starter_copy_url, runs=RUNS, longest_s=1.5)

    assert ([], [], []) == (fought.lost, fought.bad, fought.unsound)
    assert fought.kills == RUNS
    assert fought.acknowledged > 0
