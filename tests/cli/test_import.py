import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app.database import Store
from tests.cli.terminal import evidence, started
from tests.importing.pubmed.eutils_server import EutilsServer, Found, a_record, server_error, stalled

PMIDS = ["30000001", "30000002"]
FATES = ("added", "changed", "unchanged", "repeated")


@pytest.fixture
def server() -> Iterator[EutilsServer]:
    with EutilsServer({pmid: a_record(pmid) for pmid in PMIDS}) as server:
        server.searches["kratom"] = Found(PMIDS, translation="kratom[All Fields]")
        yield server


def _citations(url: str) -> int:
    store = Store(url)
    with store.reading() as session:
        number = session.scalar(text("SELECT count(*) FROM citation")) or 0
    store.close()
    return int(number)


def _file(folder: Path, *records: str) -> str:
    path = folder / "records.xml"
    path.write_text(f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>")
    return str(path)


def test_a_search_of_pubmed_is_imported_and_reported(database_url: str, server: EutilsServer) -> None:
    ended = evidence("import", "pubmed", "--query", "kratom", database_url=database_url, eutils_url=server.base_url)

    assert 0 == ended.code, ended.stderr
    assert [
        "PubMed found 2 records for: kratom[All Fields]",
        "Import run I1: complete.",
        "2 asked for: 2 added, 0 changed, 0 unchanged, 0 repeated, 0 rejected, 0 not returned; 0 deletions.",
    ] == ended.stdout.splitlines()
    assert 2 == _citations(database_url)


def test_missing_pmids_are_named_and_the_rest_is_done_in_part(database_url: str, server: EutilsServer) -> None:
    asked = "30000001,30000009,30000002"
    ended = evidence(
        "import", "pubmed", "--pmid", asked, "--json", database_url=database_url, eutils_url=server.base_url
    )
    report = json.loads(ended.stdout)

    assert 3 == ended.code
    assert (3, 2, ["30000009"], "I1") == (report["asked"], report["added"], report["not_returned"], report["run_id"])
    assert report["asked"] == sum(report[fate] for fate in FATES) + len(report["rejected"]) + len(
        report["not_returned"]
    )


def test_a_dry_run_says_the_same_and_writes_nothing(database_url: str, server: EutilsServer) -> None:
    ended = evidence(
        "import", "pubmed", "--pmid", PMIDS[0], "--dry-run", database_url=database_url, eutils_url=server.base_url
    )

    assert (0, 0) == (ended.code, _citations(database_url))
    assert "Dry run, nothing was written: complete." == ended.stdout.splitlines()[0]


def test_a_source_that_is_not_there_has_its_own_exit_code(database_url: str) -> None:
    ended = evidence(
        "import", "pubmed", "--pmid", "1", "--json", database_url=database_url, eutils_url="http://127.0.0.1:1/"
    )

    assert 4 == ended.code
    assert ("SourceUnavailable", 4) == tuple(json.loads(ended.stdout)["error"][name] for name in ("kind", "exit_code"))
    assert ended.stderr.endswith("Check the network connection and try again.\n")


@pytest.mark.parametrize(
    "arguments",
    [["pubmed"], ["pubmed", "--query", "a", "--pmid", "1"], ["pubmed", "--pmid", "one"], ["file"], ["other"]],
    ids=" ".join,
)
def test_a_wrong_use_is_told_before_anything_is_done(database_url: str, arguments: list[str]) -> None:
    ended = evidence("import", *arguments, database_url=database_url, eutils_url="http://127.0.0.1:1/")

    assert (2, "") == (ended.code, ended.stdout)
    assert "Traceback" not in ended.stderr


def test_a_file_is_imported_and_known_the_second_time(database_url: str, tmp_path: Path) -> None:
    path = _file(tmp_path, a_record("30000001"), a_record("30000002"))
    first = evidence("import", "file", path, "--json", database_url=database_url)
    second = evidence("import", "file", path, "--json", database_url=database_url)

    assert (0, 0) == (first.code, second.code), first.stderr
    assert (2, 0) == (json.loads(first.stdout)["added"], json.loads(second.stdout)["added"])
    assert 2 == json.loads(second.stdout)["unchanged"]


def test_a_record_that_cannot_be_kept_is_named_with_its_line(database_url: str, tmp_path: Path) -> None:
    broken = "\n<PubmedArticle><MedlineCitation><Article/></MedlineCitation></PubmedArticle>"
    ended = evidence("import", "file", _file(tmp_path, a_record("30000001"), broken), database_url=database_url)

    assert 3 == ended.code, ended.stderr
    assert "rejected: record 2, line " in ended.stdout


def test_a_file_that_cannot_be_read_is_a_failure(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" * 100)
    for name in ("photo.jpg", "missing.xml"):
        ended = evidence("import", "file", str(tmp_path / name), database_url=database_url)

        assert (1, "") == (ended.code, ended.stdout)
        assert name in ended.stderr


def test_the_api_key_is_in_no_message(database_url: str, server: EutilsServer) -> None:
    server.always(server_error())
    settings = {"database_url": database_url, "eutils_url": server.base_url, "ncbi_api_key": "key-0123456789"}
    with started("import", "pubmed", "--query", "kratom", **settings) as process:
        while not server.log:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=30)

    assert "key-0123456789" not in "".join(said)


def test_ctrl_c_says_what_was_kept(database_url: str, server: EutilsServer) -> None:
    server.script(None, stalled())
    settings = {"database_url": database_url, "eutils_url": server.base_url}
    with started("import", "pubmed", "--query", "kratom", **settings) as process:
        while len(server.log) < 2:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)

    assert 130 == process.returncode
    assert (
        "Stopped: 0 records were done and what they brought is kept. Run the same command again to go on; "
        "nothing is stored twice.\n"
    ) == told
