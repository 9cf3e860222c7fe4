"""What every test may ask for: a database, the starter corpus; and what every run reports about itself.

A test that takes ``database_url`` or ``starter_url`` runs twice: on SQLite and on PostgreSQL.
"""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter
from hypothesis import HealthCheck, settings

from tests import postgres
from tests.databases import Databases, worker_name

RUN = "TEST_RUN_FOLDER"
"""Environment variable from the run to its workers: the folder they share."""
OWNER = "TEST_RUN_PROCESS"
SHARED = "SHARED_FILES"
"""Environment variable: the folder with the files that ``shared`` tests need; by default ``shared`` beside the checkout."""
BESIDE = Path(__file__).resolve().parents[2] / "shared"
NOT_RUN = "not run: "
"""How the reason of a skip begins when a part of the suite could not run; a failure with ``CI=true``."""

DATABASES = [
    pytest.param("sqlite", marks=pytest.mark.sqlite),
    pytest.param("postgresql", marks=pytest.mark.postgresql),
]

# No deadline: two cores shared by workers make single examples slow without a cause in the code.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keep every test away from the developer's settings and from ``var/``."""
    for name in [name for name in os.environ if name.upper().startswith("EVIDENCE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("EVIDENCE_VAR_DIR", str(tmp_path / "var"))


@pytest.fixture(scope="session")
def databases() -> Databases:
    """Makes, copies and drops databases."""
    return Databases(Path(os.environ[RUN]), worker=worker_name(), owner=int(os.environ[OWNER]))


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """A migrated, empty database of this test's own."""
    yield from _copy(databases, request.param, "empty")


@pytest.fixture(params=DATABASES)
def vocabulary_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """A database of this test's own with the agreed words and nothing else: studies and findings can be added."""
    yield from _copy(databases, request.param, "vocabulary")


@pytest.fixture(params=DATABASES)
def starter_copy_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """The starter corpus in a database of this test's own, to be written to."""
    yield from _copy(databases, request.param, "starter")


@pytest.fixture(scope="session", params=DATABASES)
def starter_url(request: pytest.FixtureRequest, databases: Databases) -> str:
    """The starter corpus in one database for the whole run: read it, never write to it."""
    with _skipping_without_postgres():
        return databases.shared(request.param, "starter")


@pytest.fixture
def shared_files() -> Path:
    """The folder with files outside the repository; for tests marked ``shared``."""
    return Path(os.environ[SHARED])


def _copy(databases: Databases, kind: str, template: str) -> Iterator[str]:
    with _skipping_without_postgres():
        url = databases.copy(kind, template)
    yield url
    databases.drop(url)


@contextmanager
def _skipping_without_postgres() -> Iterator[None]:
    try:
        yield
    except postgres.NotHere as error:
        pytest.skip(f"{NOT_RUN}{error}")


def pytest_configure(config: pytest.Config) -> None:
    """Make the folder that the workers of this run share; workers inherit it."""
    if not hasattr(config, "workerinput"):
        os.environ[RUN] = tempfile.mkdtemp(prefix="evidence-tests-")
        os.environ[OWNER] = str(os.getpid())
        _compile_once(Path(os.environ[RUN]))
        if BESIDE.is_dir():
            os.environ.setdefault(SHARED, str(BESIDE))


def _compile_once(run: Path) -> None:
    """Where nothing compiled may be kept, let what tests start be compiled once a run: a start took 4 s instead of one."""
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        os.environ["PYTHONPYCACHEPREFIX"] = str(run / "compiled")


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what the run started, whatever happened in it."""
    if not hasattr(config, "workerinput"):
        run = Path(os.environ.pop(RUN))
        postgres.stop_server_of(run)
        shutil.rmtree(run, ignore_errors=True)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs files outside the repository where they are not."""
    if item.get_closest_marker("shared") and not os.environ.get(SHARED):
        pytest.skip(f"only reported: needs files outside the repository; {SHARED} names no folder")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With ``CI=true`` a part that could not run is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and os.environ.get("CI") in {"1", "true"} and _reasons(reporter, NOT_RUN) and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say how each part of the suite went; ``scripts/test`` shows these lines again."""
    terminalreporter.section("parts of the suite")
    for part in ("sqlite", "postgresql"):
        counts = Counter(
            {outcome: _count(terminalreporter, outcome, part) for outcome in ("passed", "failed", "error", "skipped")}
        )
        told = ", ".join(f"{number} {outcome}" for outcome, number in counts.items() if number)
        terminalreporter.write_line(f"tests on {part}: {told or 'none selected'}")
    for beginning, word in ((NOT_RUN, "NOT RUN"), ("only reported: ", "ONLY REPORTED")):
        for reason, number in _reasons(terminalreporter, beginning).items():
            terminalreporter.write_line(f"{word} {number} tests: {reason}")


def _count(reporter: TerminalReporter, outcome: str, part: str) -> int:
    return sum(part in getattr(report, "keywords", {}) for report in reporter.stats.get(outcome, []))


def _reasons(reporter: TerminalReporter, beginning: str) -> Counter[str]:
    texts = (str(report.longrepr[2]) for report in reporter.stats.get("skipped", []))
    return Counter(text.partition(beginning)[2] for text in texts if beginning in text)
