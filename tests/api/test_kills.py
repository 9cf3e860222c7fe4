"""``kill -9`` under writers, in short; ``scripts/bench kills`` does it 200 times."""

import os
from statistics import median

import pytest

from tests.api.kills import kill_often

RUNS = 10 if os.environ.get("CI") else 3
"""On each database: 20 in CI."""


@pytest.mark.slow
def test_what_was_acknowledged_outlives_a_kill_and_the_history_holds(starter_copy_url: str) -> None:
    fought = kill_often(starter_copy_url, runs=RUNS, longest_s=1.5)

    assert ([], [], []) == (fought.lost, fought.bad, fought.unsound)
    assert fought.kills == RUNS
    assert fought.acknowledged > 0
    # How long a start takes, the bench judges on a machine of its own. Here: a kill leaves nothing behind that makes it longer.
    first, *again = fought.ready_cpu_s
    assert median(again) <= 1.5 * first + 0.5
