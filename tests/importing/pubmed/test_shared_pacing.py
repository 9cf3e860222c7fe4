"""The pace of several machines that share a PostgreSQL: each has a file of its own, the row alone holds them together."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.importing.pubmed.pacing import NoTurn, Pace
from app.importing.pubmed.shared_pacing import SharedPace
from tests.databases import Databases
from tests.factories import opened
from tests.importing.pubmed.eutils_server import EutilsServer, a_record
from tests.importing.pubmed.test_pacing import ROOT, most_in_a_second

ASK = """
import sys, threading
from pathlib import Path
from app.database import Store
from app.importing.pubmed.client import ClientOptions, EutilsClient
from app.importing.pubmed.pacing import Pace
from app.importing.pubmed.shared_pacing import SharedPace

url, database, file, key, each = sys.argv[1:]
options = ClientOptions(url, "tests", None, api_key=key or None, pacing_file=Path(file), batch_size=1)
store = Store(database)
pace = SharedPace(store, Pace.of_ncbi(Path(file), with_key=bool(key)), service="ncbi")
with EutilsClient(options, pace=pace) as client:
    for batch in client.fetch(["30000001"] * int(each)):
        assert batch.failure is None, batch.failure
store.close()
"""

pytestmark = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


@pytest.mark.slow
@pytest.mark.parametrize(("key", "each", "limit"), [("", 2, 3), ("a-key", 5, 10)], ids=["without a key", "with a key"])
def test_four_machines_together_stay_under_the_rate(
    database_url: str, tmp_path: Path, key: str, each: int, limit: int
) -> None:
    with EutilsServer({"30000001": a_record("30000001")}, limit=limit) as server:
        command = [sys.executable, "-c", ASK, server.base_url, database_url]
        asking = [
            subprocess.Popen([*command, str(tmp_path / f"machine{n}"), key, str(each)], cwd=ROOT) for n in range(4)
        ]
        try:
            codes = [process.wait(timeout=120) for process in asking]
        finally:
            for process in asking:
                process.kill()
                process.wait()
        times = sorted(request.at for request in server.log)

    assert [0] * 4 == codes
    assert 4 * each == len(times)
    assert most_in_a_second(times) <= limit


def test_a_turn_of_another_machine_is_waited_for_and_not_beyond_the_deadline(database_url: str, tmp_path: Path) -> None:
    with opened(database_url) as store:
        one, other = (
            SharedPace(store, Pace(tmp_path / name, limit=1, spacing_s=60, window_s=60), service="ncbi")
            for name in "ab"
        )
        stop = threading.Event()
        with one.turn(deadline=time.monotonic() + 5, stop=stop):
            pass
        with pytest.raises(NoTurn, match="used up the rate"), other.turn(deadline=time.monotonic() + 5, stop=stop):
            pass


def test_a_holder_that_died_leaves_the_lock_and_its_request_counted(
    database_url: str, tmp_path: Path, databases: Databases
) -> None:
    pace = "SharedPace(store, Pace(Path(sys.argv[2]), limit=16, spacing_s=0.5, window_s=0.5), service='ncbi')"
    died = (
        "import os, sys, threading, time\nfrom pathlib import Path\nfrom app.database import Store\n"
        "from app.importing.pubmed.pacing import Pace\nfrom app.importing.pubmed.shared_pacing import SharedPace\n"
        f"store = Store(sys.argv[1])\nwith {pace}.turn(deadline=time.monotonic() + 30, stop=threading.Event()):\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", died, database_url, str(tmp_path / "a")], cwd=ROOT, timeout=60, check=False)
    ended = time.monotonic()
    with opened(database_url) as store:
        mine = SharedPace(store, Pace(tmp_path / "b", limit=16, spacing_s=0.5, window_s=0.5), service="ncbi")
        with store.reading() as session:
            kept = session.connection().exec_driver_sql("SELECT json_array_length(sent_at) FROM request_pace").scalar()
        with mine.turn(deadline=time.monotonic() + 10, stop=threading.Event()):
            waited = time.monotonic() - ended

    assert 1 == kept
    assert waited < 10
