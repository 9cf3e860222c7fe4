import itertools
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app import errors
from app.importing.pubmed.pacing import NoTurn, Pace
from tests.importing.pubmed.eutils_server import EutilsServer, a_record

ROOT = Path(__file__).resolve().parents[3]

ASK = """
import sys, threading
from pathlib import Path
from app.importing.pubmed.client import ClientOptions, EutilsClient

url, file, key, threads, each = sys.argv[1:]
options = ClientOptions(url, "tests", None, api_key=key or None, pacing_file=Path(file), batch_size=1)
with EutilsClient(options) as client:
    def ask():
        for batch in client.fetch(["30000001"] * int(each)):
            assert batch.failure is None, batch.failure
    asking = [threading.Thread(target=ask) for _ in range(int(threads))]
    for thread in asking: thread.start()
    for thread in asking: thread.join()
"""


def most_in_a_second(times: list[float]) -> int:
    return max(sum(1 for other in times if start <= other <= start + 1.0) for start in times)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "each", "limit", "rate"), [("", 1, 3, 2.5), ("a-key", 3, 10, 8.0)], ids=["without a key", "with a key"]
)
def test_four_processes_together_stay_under_the_rate(
    tmp_path: Path, key: str, each: int, limit: int, rate: float
) -> None:
    with EutilsServer({"30000001": a_record("30000001")}, limit=limit) as server:
        command = [sys.executable, "-c", ASK, server.base_url, str(tmp_path / "pace"), key, "2", str(each)]
        asking = [subprocess.Popen(command, cwd=ROOT) for _ in range(4)]
        try:
            codes = [process.wait(timeout=20) for process in asking]
        finally:
            for process in asking:
                process.kill()
                process.wait()
        times = sorted(request.at for request in server.log)

    assert [0] * 4 == codes
    assert 8 * each == len(times)
    assert most_in_a_second(times) <= limit
    assert times[-1] - times[0] >= (8 * each - 1) / rate - 0.2


def test_ncbi_is_asked_two_and_a_half_times_a_second_or_eight_times_with_a_key(tmp_path: Path) -> None:
    without, with_key = (Pace.of_ncbi(tmp_path / "pace", with_key=key) for key in (False, True))

    assert (3, 0.4, 10, 0.125) == (without.limit, without.spacing_s, with_key.limit, with_key.spacing_s)


def take(pace: Pace, *, within_s: float = 5.0, stop: threading.Event | None = None) -> float:
    with pace.turn(deadline=time.monotonic() + within_s, stop=stop or threading.Event()):
        return time.monotonic()


def test_turns_are_spaced_and_never_more_than_the_limit_in_a_window(tmp_path: Path) -> None:
    pace = Pace(tmp_path / "pace", limit=2, spacing_s=0.02, window_s=0.2)
    times = [take(pace) for _ in range(6)]

    assert all(later - earlier >= 0.02 for earlier, later in itertools.pairwise(times))
    assert all(later - earlier >= 0.2 for earlier, later in zip(times, times[2:], strict=False))


def test_threads_take_turns_one_at_a_time(tmp_path: Path) -> None:
    pace = Pace(tmp_path / "pace", limit=16, spacing_s=0.01, window_s=0.01)
    times: list[float] = []
    threads = [threading.Thread(target=lambda: times.extend(take(pace) for _ in range(3))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.sort()

    assert 12 == len(times)
    assert all(later - earlier >= 0.01 for earlier, later in itertools.pairwise(times))


def test_a_turn_counts_from_its_end(tmp_path: Path) -> None:
    pace = Pace(tmp_path / "pace", limit=3, spacing_s=0.1, window_s=0.1)
    with pace.turn(deadline=time.monotonic() + 5, stop=threading.Event()):
        time.sleep(0.2)
        ended = time.monotonic()

    assert take(pace) - ended >= 0.1


def test_a_turn_that_would_come_after_the_deadline_is_not_waited_for(tmp_path: Path) -> None:
    pace = Pace(tmp_path / "pace", limit=1, spacing_s=60, window_s=60)
    take(pace)
    started = time.monotonic()

    with pytest.raises(NoTurn, match="used up the rate"):
        take(pace, within_s=30)
    assert time.monotonic() - started < 1


def test_waiting_for_a_turn_can_be_called_off(tmp_path: Path) -> None:
    pace = Pace(tmp_path / "pace", limit=1, spacing_s=60, window_s=60)
    take(pace)
    stop = threading.Event()
    timer = threading.Timer(0.1, stop.set)
    timer.start()
    started = time.monotonic()

    with pytest.raises(NoTurn, match="called off"):
        take(pace, within_s=120, stop=stop)
    timer.join()
    assert time.monotonic() - started < 1


def test_a_holder_that_stands_still_does_not_outlast_the_deadline_of_others(tmp_path: Path) -> None:
    pace = Pace(tmp_path / "pace", limit=3, spacing_s=0, window_s=0.01)
    with pace.turn(deadline=time.monotonic() + 5, stop=threading.Event()), pytest.raises(NoTurn):
        take(pace, within_s=0.1)


@pytest.mark.parametrize("content", [b"x", b"1.0\n", b"\x00" * 336, b"\xff" * 336, b"1" * 5_000])
def test_a_file_nobody_here_wrote_counts_as_a_rate_used_up(tmp_path: Path, content: bytes) -> None:
    pace = Pace(tmp_path / "pace", limit=3, spacing_s=0.0, window_s=0.1)
    pace.file.write_bytes(content)
    started = time.monotonic()

    assert take(pace) - started >= 0.1


def test_times_of_an_earlier_start_of_the_machine_do_not_hold_anyone_up(tmp_path: Path) -> None:
    pace = Pace(tmp_path / "pace", limit=3, spacing_s=0.4)
    pace.file.write_bytes(b"".join(f"{time.monotonic() + 1e6:020.6f}\n".encode() for _ in range(16)))
    started = time.monotonic()

    assert take(pace) - started < 0.2


def test_the_file_and_its_folder_are_made_and_never_grow(tmp_path: Path) -> None:
    pace = Pace(tmp_path / "var" / "ncbi" / "pace", limit=16, spacing_s=0, window_s=0.001)
    for _ in range(40):
        take(pace)

    assert 336 == pace.file.stat().st_size


def test_a_file_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")

    with pytest.raises(errors.StoreFull, match=f"{os.sep}taken{os.sep}pace that paces requests .* cannot be used"):
        take(Pace(tmp_path / "taken" / "pace", limit=3, spacing_s=0))


def test_a_pace_cannot_count_more_than_it_keeps(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="between 1 and 16"):
        Pace(tmp_path / "pace", limit=17, spacing_s=0)
