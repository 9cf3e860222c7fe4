"""``snippets`` on the rows of the lists: what matched, escaped for pages and placed for programs."""

import re
from html import unescape
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from app.citations.draft import Chemical, Keyword, MeshHeading, Qualifier, TextPart
from app.models.citation import Citation
from tests.api.serving import API, LISTS, Writable
from tests.factories import a_citation

TITLE = 'Zaleplon & <b>sleep</b> in "naïve" mice'
TEXTS = (
    TextPart("Nothing was <i>seen</i>."),
    TextPart("ω-zaleplon <script>alert(1)</script> kept mice awake.", label="RESULTS"),
)


def _rows(client: TestClient, of: str, **asked: str) -> list[dict[str, Any]]:
    response = client.get(f"{API}/{of}", params={"limit": "50"} | asked)
    assert response.status_code == 200, response.text
    rows: list[dict[str, Any]] = response.json()["data"]
    return rows


def _marked(row: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one["field"], one["text"][start:end]) for one in row["snippets"] for start, end in one["offsets"]}


def _of_the_new_record(writable: Writable, asked: str) -> dict[str, Any]:
    (row,) = _rows(writable.client, "citations", q=asked)
    return row


@pytest.fixture
def written(writable: Writable) -> Writable:
    headings, keywords = (MeshHeading("Sleep Wake Disorders"),), (Keyword("awake mice"),)
    with writable.write() as (session, revision):
        a_citation(session, revision, title=TITLE, texts=TEXTS, mesh_headings=headings, keywords=keywords)
    return writable


@pytest.mark.parametrize("of", LISTS)
def test_every_row_found_by_its_words_shows_them(client: TestClient, of: str) -> None:
    rows = _rows(client, of, q="kratom")

    assert rows
    for row in rows:
        assert row["snippets"]
        assert {"kratom"} == {said.lower() for _, said in _marked(row)}


def test_a_name_is_found_however_its_signs_are_stored(written: Writable) -> None:
    # SQLAlchemy writes a sign that is not ASCII as its number, the import as it is.
    with written.write() as (session, _):
        own = [{"family": "Grünfeld", "initials": "A"}]
        session.execute(update(Citation).where(Citation.title == TITLE).values(authors=own))

    row = _of_the_new_record(written, "zaleplon AND (zaleplon OR grunfeld)")

    assert ("authors", "Grünfeld") in _marked(row)
    assert own == row["authors"]


@pytest.mark.parametrize("of", LISTS)
def test_without_words_there_is_nothing_to_show(client: TestClient, of: str) -> None:
    assert not any(row.get("snippets") for row in _rows(client, of))


def test_names_that_cannot_say_the_word_take_no_place_from_those_that_do(writable: Writable) -> None:
    qualifiers = tuple(Qualifier(f"subheading {number}") for number in range(80))
    headings, chemicals = (MeshHeading("Mice", qualifiers=qualifiers),), (Chemical("Zaleplon"),)
    with writable.write() as (session, revision):
        a_citation(session, revision, title="Awake mice", texts=(), mesh_headings=headings, chemicals=chemicals)

    assert {("substances", "Zaleplon")} == _marked(_of_the_new_record(writable, "zaleplon"))


def test_the_html_is_the_text_escaped_with_nothing_but_marks(written: Writable) -> None:
    row = _of_the_new_record(written, "zaleplon mice")

    assert {"title", "abstract", "keywords"} == {one["field"] for one in row["snippets"]}
    for one in row["snippets"]:
        bare = one["html"].replace("<mark>", "").replace("</mark>", "")
        assert not re.search('[<>"]', bare)
        assert one["text"] == unescape(bare)
        marked = [unescape(each) for each in re.findall("<mark>(.*?)</mark>", one["html"])]
        assert marked == [one["text"][start:end] for start, end in one["offsets"]]


def test_offsets_and_starts_are_places_in_the_text_of_the_field(client: TestClient) -> None:
    for row in _rows(client, "citations", q="kratom"):
        record = client.get(f"{API}/citations/{row['id']}").json()["data"]
        texts = {"title": [record["title"]], "abstract": [part["text"] for part in record["abstract"]]}
        for one in row["snippets"]:
            begins = one["starts_at"]
            assert row["id"] == one["record"]
            assert one["field"] not in texts or any(
                text[begins : begins + len(one["text"])] == one["text"] for text in texts[one["field"]]
            )


def test_a_label_says_which_part_of_the_abstract(written: Writable) -> None:
    row = _of_the_new_record(written, "zaleplon[ab]")

    assert [("abstract", "RESULTS")] == [(one["field"], one["label"]) for one in row["snippets"]]
    assert {("abstract", "zaleplon")} == _marked(row)


def test_what_not_excludes_is_not_marked(written: Writable) -> None:
    row = _of_the_new_record(written, "zaleplon NOT (kratom OR sleep[ab])")

    assert {"zaleplon"} == {said.lower() for _, said in _marked(row)}


@pytest.mark.parametrize(
    ("asked", "marked"),
    [
        ("zaleplon[ti]", {("title", "Zaleplon")}),
        ("zaleplon AND awake[ab]", {("title", "Zaleplon"), ("abstract", "zaleplon"), ("abstract", "awake")}),
        ('"Sleep Wake Disorders"[mh] zaleplon[ti]', {("headings", "Sleep Wake Disorders"), ("title", "Zaleplon")}),
        ("zaleplon[ti] naive", {("title", "Zaleplon"), ("title", "naïve")}),
    ],
)
def test_a_field_tag_holds_for_what_is_marked(written: Writable, asked: str, marked: set[tuple[str, str]]) -> None:
    assert marked == _marked(_of_the_new_record(written, asked))
