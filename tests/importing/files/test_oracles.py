"""Against readers written by others, on real exports: where they differ, they are the ones that lose something."""

import re
from pathlib import Path
from typing import Any

import nbib
import pytest
from rispy import RisParser

from tests.importing.files.reading_files import Found

pytestmark = pytest.mark.shared

KEPT = {
    "asreview__baseline.ris": 100, "asreview_baseline_zotero.ris": 100, "asreview_embase.ris": 6, "asreview_faulty_year.ris": 1,
    "asreview_ovid_zotero.ris": 6, "asreview_proquest.ris": 6, "asreview_pubmed_endnote.txt": 6,
    "asreview_pubmed_zotero.ris": 6, "asreview_ris_issue_992.txt": 19, "asreview_scopus.ris": 6,
    "asreview_web_of_science.txt": 10, "revtools_pubmed.nbib": 104, "rispy_example_basic.ris": 1, "rispy_example_bom.ris": 1,
    "rispy_example_custom_list_tags.ris": 0, "rispy_example_empty_tag.ris": 1, "rispy_example_extraneous_data.ris": 2,
    "rispy_example_full.ris": 2, "rispy_example_full_without_whitespace.ris": 2, "rispy_example_full_write.ris": 2,
    "rispy_example_multi_unknown_tags.ris": 1, "rispy_example_multiline.ris": 0, "rispy_example_single_unknown_tag.ris": 1,
    "rispy_example_starting_newlines.ris": 1, "rispy_example_urls.ris": 4, "rispy_example_utf_chars.ris": 1,
    "rispy_example_wos.ris": 2, "asreview_duplicate_records.csv": 10, "asreview_embase.csv": 6, "asreview_generic.csv": 2,
}  # fmt: skip
REFUSED = {
    "rispy_example_custom_list_tags.ris": 1,
    "rispy_example_multiline.ris": 3,
    "asreview_duplicate_records.csv": 4,
}
"""Records with neither a title nor an identifier."""


@pytest.fixture
def references(shared_files: Path) -> Path:
    return shared_files / "data" / "references"


def test_every_record_of_every_real_file_is_kept_or_refused_by_line(references: Path) -> None:
    read = {path.name: Found(path) for path in sorted(references.iterdir())}

    assert KEPT == {name: len(found.records) for name, found in read.items()}
    assert REFUSED == {name: len(found.refused) for name, found in read.items() if found.refused}
    assert [] == [found.fault for found in read.values() if found.fault]
    assert all(each.line for found in read.values() for each in found.refused)


@pytest.mark.parametrize("name", [name for name in KEPT if name.endswith(".ris") and name != "rispy_example_wos.ris"])
def test_what_rispy_reads_is_read_here_too(references: Path, name: str) -> None:
    text = (references / name).read_text(encoding="utf-8-sig")
    theirs: list[dict[str, Any]] = RisParser(skip_unknown_tags=True).parse(text) if "TY" in text else []
    found = Found(references / name)
    ours = found.records

    assert len(theirs) <= len(ours) + len(found.refused)
    for one in theirs:
        title = _plain(one.get("title") or one.get("primary_title") or one.get("short_title") or "")
        if title:
            assert title in {_plain(each.title or "") for each in ours}
    assert sum(len(one.get("keywords", ())) for one in theirs) <= sum(len(each.keywords) for each in ours) + 15


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\s+", " ", text).split())


def test_what_the_reader_called_nbib_gives_is_read_here_too(references: Path) -> None:
    path = references / "revtools_pubmed.nbib"
    theirs = nbib.read_file(str(path))
    ours = Found(path).records

    assert [str(one["pubmed_id"]) for one in theirs] == [each.pmid for each in ours]
    assert [_plain(one["title"]) for one in theirs] == [_plain(each.title or "") for each in ours]
    assert [len(one.get("authors", ())) for one in theirs] == [
        sum(author.collective is None for author in each.authors) for each in ours
    ]
    assert [one.get("doi", "").lower() for one in theirs] == [each.identifier("doi") or "" for each in ours]
