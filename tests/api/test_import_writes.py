"""``POST /imports``: files, PMIDs and searches come in by an editor's hand, and every fate is told."""

import gzip
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import select, update
from starlette.testclient import TestClient

from app.database import Store
from app.importing import uploads
from app.importing.pubmed import sync
from app.importing.resuming import Wanted
from app.importing.uploads import Upload, UploadRun
from app.jobs.holders import holder
from app.kit.public_ids import CITATION, public
from app.models.citation import Citation, CitationIdentifier
from app.models.imports import ImportRun, Job
from tests.api.people import signed_in
from tests.api.serving import API, problem, serving
from tests.factories import opened
from tests.importing.articles import an_article
from tests.importing.pubmed.eutils_index import Found
from tests.importing.pubmed.eutils_server import EutilsServer

RIS = "TY  - JOUR\nTI  - Kratom and {}\nAU  - Doe, Ada\nPY  - 2020\nSP  - 11\nDO  - 10.1000/{}\nER  - \n"
GONE = holder().rpartition(":")[0] + ":999999999"
"""A process of this machine that is no more."""


class Editor:
    """The service as an editor uses it, and the store beside it."""

    def __init__(self, client: TestClient, store: Store, var_dir: Path) -> None:
        self.client = client
        self.store = store
        self.uploads = var_dir / uploads.FOLDER
        self.who = signed_in(store, "editor", name="ines")

    def sends(self, *files: tuple[str, bytes | str], key: str | None = None, **fields: str) -> Response:
        """The answer to files in a form."""
        headers = self.who | ({"Idempotency-Key": key} if key else {})
        form = [("file", (name, content)) for name, content in files]
        return self.client.post(f"{API}/imports", files=form, data=fields, headers=headers)

    def asks(self, body: dict[str, Any], **headers: str) -> Response:
        """The answer to a request to ask PubMed."""
        return self.client.post(f"{API}/imports", json=body, headers=self.who | headers)

    def run(self, url: str) -> dict[str, Any]:
        """A run once it has ended."""
        until = time.monotonic() + 20
        while True:
            run: dict[str, Any] = self.client.get(url).json()["data"]
            if run["state"] != "running" or time.monotonic() > until:
                return run
            time.sleep(0.02)

    @property
    def runs(self) -> list[dict[str, Any]]:
        """All runs, newest first."""
        runs: list[dict[str, Any]] = self.client.get(f"{API}/imports").json()["data"]
        return runs


@pytest.fixture
def server() -> Iterator[EutilsServer]:
    with EutilsServer({pmid: an_article(pmid) for pmid in ("101", "102")}) as server:
        server.searches["kratom"] = Found(["101", "102"], translation="kratom")
        yield server


@contextmanager
def served(url: str, var_dir: Path, eutils_url: str) -> Iterator[Editor]:
    with opened(url) as store, serving(url, var_dir=var_dir, eutils_url=eutils_url) as client:
        yield Editor(client, store, var_dir)


@pytest.fixture
def editor(database_url: str, tmp_path: Path, server: EutilsServer) -> Iterator[Editor]:
    with served(database_url, tmp_path / "var", server.base_url) as editor:
        yield editor


def test_a_file_comes_in_as_one_run_with_its_report(editor: Editor) -> None:
    answer = editor.sends(("Kratom library.ris", RIS.format("sleep", 1) + RIS.format("pain", 2)))
    report = answer.json()["data"]

    assert (201, f"{API}/imports/I1", "complete", 2, 2) == (
        answer.status_code, answer.headers["location"], report["state"], report["asked"], report["added"],
    )  # fmt: skip
    run = editor.run(report["url"])
    assert ("Kratom library.ris", "ines", "file", 2) == (run["asked_for"], run["actor"], run["kind"], run["added"])
    assert [] == list(editor.uploads.iterdir())


def test_only_what_matches_is_taken_and_unusual_columns_are_named(editor: Editor) -> None:
    matching = editor.sends(("a.ris", RIS.format("sleep", 1) + RIS.format("pain", 2)), match="sleep[ti]").json()["data"]
    table = editor.sends(("b.csv", "Was,Wo\nA title,10.1000/9\n"), columns="title=Was,doi=Wo").json()["data"]

    assert (1, 1) == (matching["added"], matching["not_matching"])
    assert 1 == table["added"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("photo.png", b"\x89PNG\r\n\x1a\n\x00\x00"),
        ("empty.ris", b""),
        ("zipped.ris", b"PK\x03\x04 and so on"),
        ("cut.ris.gz", gzip.compress(RIS.format("sleep", 1).encode() * 50)[:-20]),
        ("half.xml", f"<PubmedArticleSet>{an_article('7')}<PubmedArticle>".encode()),
    ],
)
def test_what_cannot_be_read_is_refused_by_name_and_nothing_is_kept(editor: Editor, name: str, content: bytes) -> None:
    answer = editor.sends(("good.ris", RIS.format("sleep", 1)), (name, content))

    assert (415, "UnreadableFile") == problem(answer)
    assert name in answer.json()["detail"]
    assert 0 == editor.client.get(f"{API}/citations").json()["page"]["total"]
    assert [] == list(editor.uploads.iterdir())


def test_a_bomb_is_refused_before_it_is_unpacked(database_url: str, tmp_path: Path) -> None:
    with opened(database_url) as store, serving(database_url, var_dir=tmp_path, max_import_mb=1) as client:
        bomb = gzip.compress(RIS.format("sleep", 1).encode() + b"\n" * 3_000_000)
        answer = Editor(client, store, tmp_path).sends(("bomb.ris.gz", bomb))

        assert (415, "UnreadableFile") == problem(answer)
        assert "bomb.ris.gz: The file holds more than 1,048,576 bytes once unpacked" in answer.json()["detail"]


def test_more_than_may_be_uploaded_is_refused(database_url: str, tmp_path: Path) -> None:
    with opened(database_url) as store, serving(database_url, var_dir=tmp_path, max_upload_mb=1) as client:
        answer = Editor(client, store, tmp_path).sends(("big.ris", b"x" * 1_100_000))

        assert (413, "TooLarge") == problem(answer)


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"colour": "blue"}, "colour"), ({"match": "(kratom"}, "q"), ({"dry_run": "perhaps"}, "dry_run")],
)
def test_a_field_of_the_form_that_cannot_be_is_named(editor: Editor, fields: dict[str, str], field: str) -> None:
    answer = editor.sends(("a.ris", RIS.format("sleep", 1)), **fields)

    assert 422 == answer.status_code, answer.text
    assert field == answer.json()["errors"][0]["field"]
    assert [] == editor.runs


@pytest.mark.parametrize(
    "body", [{}, {"pmids": []}, {"pmids": ["x"]}, {"pmids": ["1"], "query": "kratom"}, {"url": "http://x/"}]
)
def test_a_request_that_asks_nothing_or_too_much_is_refused(editor: Editor, body: dict[str, Any]) -> None:
    assert (422, "Invalid") == problem(editor.asks(body))
    assert [] == editor.runs


def test_a_dry_run_says_what_would_be_and_leaves_nothing(editor: Editor) -> None:
    answer = editor.sends(("a.ris", RIS.format("sleep", 1)), dry_run="true")

    assert (200, None, 1) == (answer.status_code, answer.json()["data"]["id"], answer.json()["data"]["added"])
    assert [] == editor.runs
    assert [] == list(editor.uploads.iterdir())


def test_pmids_and_searches_are_asked_of_pubmed(editor: Editor) -> None:
    named = editor.asks({"pmids": ["101", "999"]}).json()["data"]
    found = editor.asks({"query": "kratom"}).json()["data"]

    assert (1, ["999"]) == (named["added"], named["not_returned"])
    assert (2, 1, 1, "kratom") == (found["hit_count"], found["added"], found["unchanged"], found["translation"])


def test_a_source_that_does_not_answer_is_a_503_that_says_when_to_come_back(database_url: str, tmp_path: Path) -> None:
    with served(database_url, tmp_path, "http://127.0.0.1:1/") as editor:
        editor.client.app.state.importers.patience_s = 60  # type: ignore[attr-defined]  # our own application
        answer = editor.asks({"query": "kratom"})

        assert (503, "SourceUnavailable") == problem(answer)
        assert "60" == answer.headers["retry-after"]
        assert "failed" == editor.runs[0]["state"]


def test_a_long_import_goes_on_when_the_answer_has_left(editor: Editor) -> None:
    editor.client.app.state.importers.patience_s = 0  # type: ignore[attr-defined]  # our own application
    answer = editor.asks({"query": "kratom"})

    assert (202, f"{API}/imports/I1") == (answer.status_code, answer.headers["location"])
    run = editor.run(answer.headers["location"])
    assert ("complete", 2) == (run["state"], run["added"])


def test_imports_that_are_switched_off_are_refused_with_the_reason(editor: Editor) -> None:
    admin = signed_in(editor.store, "admin")
    editor.client.patch(f"{API}/admin/flags", json={"no_imports": True, "reason": "Moving house."}, headers=admin)
    answer = editor.sends(("a.ris", RIS.format("sleep", 1)))

    assert (503, "Paused") == problem(answer)
    assert "Moving house." in answer.json()["detail"]
    assert [] == editor.runs


def test_a_request_sent_twice_is_one_import(editor: Editor) -> None:
    first, again = (editor.sends(("a.ris", RIS.format("sleep", 1)), key="k") for _ in range(2))
    other = editor.sends(("a.ris", RIS.format("pain", 2)), key="k")

    assert (201, first.json(), "true") == (again.status_code, again.json(), again.headers["idempotency-replayed"])
    assert (422, "Invalid") == problem(other)
    assert 1 == len(editor.runs)


def test_a_key_whose_import_came_to_nothing_can_be_used_again(editor: Editor) -> None:
    broken = gzip.compress(RIS.format("sleep", 1).encode() * 50)[:-20]

    assert 415 == editor.sends(("a.ris.gz", broken), key="k").status_code
    assert 201 == editor.sends(("a.ris", RIS.format("sleep", 1)), key="k").status_code


def test_pmids_whose_process_was_killed_are_gone_on_with_at_the_next_start(
    database_url: str, tmp_path: Path, server: EutilsServer
) -> None:
    with opened(database_url) as store:
        run = sync.run_of_pmids(store, ["101", "102"], actor="ines")
        run.begin()
        run.want([Wanted(1, "101"), Wanted(2, "102")])
        _kill(store)
        with served(database_url, tmp_path, server.base_url) as editor:
            done = _ended(editor, f"{API}/imports/I1")

    assert ("complete", 2, "ines") == (done["state"], done["added"], done["actor"])


def test_files_whose_process_was_killed_are_taken_up_at_the_next_start(
    database_url: str, tmp_path: Path, server: EutilsServer
) -> None:
    upload = Upload(str(tmp_path / uploads.FOLDER / "one"), ("a.ris",))
    upload.paths[0].parent.mkdir(parents=True)
    upload.paths[0].write_text(RIS.format("sleep", 1))
    with opened(database_url) as store:
        UploadRun(store, upload, actor="ines").begin()
        _kill(store)
        with served(database_url, tmp_path, server.base_url) as editor:
            done = _ended(editor, f"{API}/imports/I2")
            before = editor.run(f"{API}/imports/I1")

    assert ("complete", 1) == (done["state"], done["added"])
    assert ("incomplete", "It was cut off and begun anew as the run after it.") == (before["state"], before["failure"])
    assert [] == list((tmp_path / uploads.FOLDER).iterdir())


def test_files_of_a_process_that_died_before_its_run_began_are_swept_at_the_next_start(
    database_url: str, tmp_path: Path, server: EutilsServer
) -> None:
    left = tmp_path / uploads.FOLDER / f"left@{GONE}"
    left.mkdir(parents=True)
    with served(database_url, tmp_path, server.base_url) as editor:
        until = time.monotonic() + 20
        while left.exists() and time.monotonic() < until:
            time.sleep(0.02)

        assert [] == list(editor.uploads.iterdir())


def _kill(store: Store) -> None:
    """Make it look as if the process that held the runs were gone."""
    with store.writing() as session:
        session.execute(update(Job).values(holder=GONE))
        session.execute(update(ImportRun).values(holder=GONE))


def _ended(editor: Editor, url: str) -> dict[str, Any]:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        answer = editor.client.get(url)
        if answer.status_code == 200 and answer.json()["data"]["state"] == "complete":
            break
        time.sleep(0.02)
    return editor.run(url)


def test_a_record_that_looks_like_an_unidentified_starter_report_is_offered_and_never_merged(
    starter_copy_url: str, tmp_path: Path
) -> None:
    with served(starter_copy_url, tmp_path, "http://127.0.0.1:1/") as editor:
        starter = _unidentified(editor.store)
        author, year = starter.authors[0]["family"], starter.year
        ris = f"TY  - JOUR\nTI  - {starter.title}\nAU  - {author}, A\nPY  - {year}\nDO  - 10.1000/x\nER  - \n"
        total = editor.client.get(f"{API}/citations").json()["page"]["total"]
        report = editor.sends(("a.ris", ris)).json()["data"]
        pairs = editor.client.get(f"{API}/duplicates").json()["data"]

        assert (1, 1) == (report["added"], len(pairs))
        assert public(CITATION, starter.id) in json.dumps(pairs[0])
        assert "open" == pairs[0]["state"]
        assert total + 1 == editor.client.get(f"{API}/citations").json()["page"]["total"]


def _unidentified(store: Store) -> Citation:
    with store.reading() as session:
        known = session.scalars(select(Citation).order_by(Citation.id))
        return next(
            one for one in known
            if one.title and one.year and one.authors and one.authors[0].get("family") and not _identified(session, one.id)
        )  # fmt: skip


def _identified(session: Any, number: int) -> bool:
    return bool(
        session.scalar(select(CitationIdentifier.value).where(CitationIdentifier.citation_id == number).limit(1))
    )


def test_what_a_file_says_otherwise_is_told_and_changes_nothing(editor: Editor) -> None:
    first = RIS.format("sleep", 1)
    editor.sends(("a.ris", first))
    other = first.replace("2020", "2021").replace("SP  - 11", "SP  - 12").replace("Doe, Ada", "Doe, A.")
    report = editor.sends(("b.ris", other)).json()["data"]

    assert {"R1": ["year", "first_page"]} == report["says_otherwise"]
    assert (1, 0) == (report["unchanged"], report["changed"])
    warning = "1 records say otherwise than what is kept, which stays: R1: year, first_page."
    assert [warning] == editor.run(report["url"])["warnings"]
    assert 2020 == editor.client.get(f"{API}/citations/R1").json()["data"]["year"]
