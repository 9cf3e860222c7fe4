"""Filtering at import: only what a search matches comes in, the rest is counted apart, and the shortcut is never wrong."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.citations.draft import CitationDraft, Keyword, MeshHeading, TextPart
from app.database import Store
from app.errors import MalformedQuery
from app.importing import file_runs
from app.importing.file_runs import import_selected
from app.importing.files.reading import Wanted
from app.importing.selecting import Selection, document
from app.search.language import parse
from app.search.syntax import matches
from tests.importing.articles import a_deletion, a_file, an_article

ARTICLES = (
    an_article("1", title="Kratom and sleep"), an_article("2", title="Aspirin", abstract="Nothing of it."),
    an_article("3", title="A drug", abstract="Mitragynine, that is krátom."),
)  # fmt: skip


@pytest.mark.parametrize("small", [True, False])
def test_only_what_matches_is_asked_for_and_the_rest_is_counted_apart(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, small: bool
) -> None:
    if not small:
        monkeypatch.setattr(file_runs, "SMALL", 10)
    path = a_file(tmp_path, *ARTICLES, a_deletion("99"), name="pubmed.xml.gz")

    report = import_selected(store, [path], Wanted(match="kratom[tiab] NOT sheep"), actor="ada")

    assert (2, 2, 1, 1, 0) == (report.asked, report.added, report.not_matching, report.deleted, report.exit_code)
    assert (True, ["1 records did not match and were not asked for."]) == (report.adds_up, report.warnings)


def test_what_is_no_search_is_refused_before_anything_happens(sqlite_store: Store, tmp_path: Path) -> None:
    with pytest.raises(MalformedQuery):
        import_selected(sqlite_store, [a_file(tmp_path, *ARTICLES)], Wanted(match="(kratom"), actor="ada")


@pytest.mark.parametrize(
    "written", ["MD5({name})= {sum}\n", "{sum}  {name}\n", "{sum}\n", "{other}  else.gz\n{sum}  {name}\n"]
)
@pytest.mark.parametrize("fits", [True, False])
def test_the_checksum_beside_a_file_is_verified_in_either_form(
    sqlite_store: Store, tmp_path: Path, written: str, *, fits: bool
) -> None:

    path = a_file(tmp_path, *ARTICLES, name="pubmed25n0001.xml.gz")
    own, other = hashlib.md5(path.read_bytes()).hexdigest(), "0" * 32  # noqa: S324 - it is what NLM publishes
    text = written.format(name=path.name, sum=own if fits else "f" * 32, other=other)
    path.with_name(path.name + ".md5").write_text(text)

    if fits:
        assert 3 == import_selected(sqlite_store, [path], Wanted(), actor="ada").added
    else:
        with pytest.raises(file_runs.UnreadableFile, match=r"does not fit its checksum.*Nothing of it was kept"):
            import_selected(sqlite_store, [path], Wanted(), actor="ada")


_words = st.sampled_from(["kratom", "Krátom", "sleep", "don't", "α-synuclein", "IL-6", "insomnia", "TP53/MDM2", ""])
_texts = st.lists(_words, max_size=4).map(" ".join)
_queries = st.sampled_from([
    "kratom", "sleep[ti]", "dont", '"kratom sleep"', "insomn*", "kratom NOT sleep", "kratom[mh] OR sleep[tiab]", "2021[dp]",
    "alpha synuclein", '"il 6"[ab]', "tp53[ti] AND kratom", "(sleep OR insomnia) AND kratom[all]", "7[pmid] OR kratom",
])  # fmt: skip


@given(title=_texts, abstract=_texts, keyword=_texts, query=_queries)
def test_the_look_before_the_comparison_never_decides_otherwise(
    title: str, abstract: str, keyword: str, query: str
) -> None:
    draft = CitationDraft(
        source="pubmed", title=title or None, texts=(TextPart(abstract),), keywords=(Keyword(keyword),), issued_on="2021",
        mesh_headings=(MeshHeading("Kratom"),),
    )  # fmt: skip

    assert matches(parse(query).tree, document(draft)) == Selection(query).holds(draft)
