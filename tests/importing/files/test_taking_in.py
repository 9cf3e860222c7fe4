"""Reference files on their way into the store: once is enough, nothing is stored twice, and PubMed's record stands."""

from pathlib import Path

from app.database import Store
from app.importing.file_runs import import_file
from app.importing.report import ImportReport
from tests.citations.drafts import by_pmid, revisions, stored
from tests.importing.articles import a_file, an_article

LIBRARY = """TY  - JOUR
AU  - Smith, KE
TI  - Kratom and sleep, as the library has it
DO  - 10.1000/sleep
PY  - 2021
ZZ  - unheard of
ER  -
TY  - ABST
AU  - Smith, KE
TI  - A talk about kratom
PY  - 2019
ER  -
TY  - JOUR
AU  - Nobody, N
ER  -
"""


def take_in(store: Store, *paths: Path, **options: object) -> ImportReport:
    return import_file(store, paths, actor="ada", max_bytes=1 << 30, **options)  # type: ignore[arg-type]  # options of tests


def written(folder: Path, text: str, name: str = "library.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_library_is_taken_in_and_everything_left_out_is_told_by_line(store: Store, tmp_path: Path) -> None:
    report = take_in(store, written(tmp_path, LIBRARY))

    assert (3, 2, True, 3) == (report.asked, report.added, report.adds_up, report.exit_code)
    refused = report.rejected[0]
    assert (3, 13, "It has neither a title nor an identifier.") == (refused.position, refused.line, refused.reason)
    assert {"ZZ": 1} == report.unknown_elements
    assert ["library.txt: 'ZZ' is not known here; its value was left out once, first at line 6."] == report.warnings


def test_the_same_library_again_changes_nothing_and_writes_no_data_revision(store: Store, tmp_path: Path) -> None:
    path = written(tmp_path, LIBRARY)
    take_in(store, path)
    before = revisions(store)

    assert (0, 0, 2) == ((again := take_in(store, path)).added, again.changed, again.unchanged)
    assert before == revisions(store)


def test_pubmeds_record_stands_and_takes_over_what_a_library_brought(store: Store, tmp_path: Path) -> None:
    take_in(store, written(tmp_path, LIBRARY))
    pubmed = a_file(tmp_path, an_article("7", title="Kratom and sleep, as PubMed has it", doi="10.1000/sleep"))
    take_in(store, pubmed)
    again = take_in(store, written(tmp_path, LIBRARY))

    assert (0, 2) == (again.changed, again.unchanged)
    assert "Kratom and sleep, as PubMed has it" == by_pmid(store, "7").draft.title
    assert ("A talk about kratom", ()) == (stored(store, 2).draft.title, stored(store, 2).draft.identifiers)
