"""The order of relevance and its cursors: in both databases the same tiers, and every row once."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from app.citations.draft import Author, Keyword, MeshHeading
from app.errors import MalformedCursor
from app.kit.paging import read_cursor, write_cursor
from app.search import pages, ranking
from app.search.reading import read
from app.search.spec import Search
from tests.citations.drafts import a_citation, abstract, take_in, typed
from tests.conftest import DATABASES
from tests.databases import Databases
from tests.factories import opened

DRAFTS = {
    "abstract": a_citation(
        "700001", title="Poppies", texts=abstract("Zopiclone was taken. Zopiclone helped with dreams.")
    ),
    "title": a_citation("700002", title="Zopiclone", texts=abstract("Nobody had dreams.")),
    "both in title": a_citation("700003", title="Zopiclone and dreams"),
    "keyword": a_citation("700004", title="Poppies", keywords=(Keyword("zopiclone"), Keyword("dreams"))),
    "heading": a_citation(
        "700005", title="Poppies", mesh_headings=(MeshHeading("Zopiclone"),), texts=abstract("dreams")
    ),
    "author": a_citation("700006", title="Dreams", authors=(Author(family="Zopiclone", initials="A"),)),
    "type": a_citation("700007", title="Poppies and dreams", publication_types=typed("Zopiclone")),
    "twice": a_citation("700008", title="Zopiclone, zopiclone", texts=abstract("Zopiclone.")),
    "year alone": a_citation("700009", title="Poppies", issued_on="1931"),
}


@pytest.fixture(scope="module", params=DATABASES)
def session(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Session]:
    url = databases.copy(request.param, "empty")
    with opened(url) as store:
        take_in(store, *DRAFTS.values())
        with store.reading() as reading:
            yield reading
    databases.drop(url)


def _asked(q: str, sort: str = "relevance") -> Search:
    return read({"q": (q,), "sort": (sort,)})


def _tiers(session: Session, q: str) -> dict[str, int]:
    """What was found, with its tier, in the order of the page."""
    search = _asked(q)
    ids = pages.page_of_citations(session, search, cursor=None, limit=100).ids
    assert search.q is not None
    places = ranking.places_of(session, search.q.tree, ranking.BitMap(ids))
    names = dict(enumerate(DRAFTS, 1))
    return {names[each]: places[each][0] for each in ids}


def _walk(session: Session, search: Search, limit: int) -> list[int]:
    found: list[int] = []
    cursor = None
    while True:
        page = pages.page_of_citations(session, search, cursor=cursor, limit=limit)
        found += page.ids
        cursor = page.next
        if cursor is None:
            return found


@pytest.mark.parametrize(
    ("q", "first", "then"),
    [
        ("zopiclone", {"title", "both in title", "keyword", "heading", "author", "type", "twice"}, {"abstract"}),
        ("zopiclone dreams", {"both in title", "keyword", "author", "type"}, {"abstract", "title", "heading"}),
        ("zopiclone OR poppies",
         {"title", "both in title", "keyword", "heading", "author", "type", "twice", "abstract", "year alone"}, set()),
        ("zopiclone[tiab]", {"title", "both in title", "keyword", "twice"}, {"abstract"}),
        ("zopiclone[ab]", {"abstract", "twice"}, set()),
        ("zopiclone NOT dreams", {"twice"}, set()),
    ],
)  # fmt: skip
def test_what_says_every_word_beside_the_abstract_comes_first(
    session: Session, q: str, first: set[str], then: set[str]
) -> None:
    found = _tiers(session, q)

    assert first == {name for name, tier in found.items() if tier == 0}
    assert then == {name for name, tier in found.items() if tier == 1}
    assert [0] * len(first) + [1] * len(then) == list(found.values())


def test_what_has_none_of_the_words_stands_last(session: Session) -> None:
    found = _tiers(session, "zopiclone[ti] OR 1931[dp]")

    assert ("year alone", 2) == list(found.items())[-1]
    assert {"title", "both in title", "twice"} == {name for name, tier in found.items() if tier == 1}


@pytest.mark.parametrize("sort", ["relevance", "-relevance"])
@pytest.mark.parametrize("q", ["zopiclone", "zopiclone OR 1931[dp]", "2024[dp]", "poppies NOT dreams"])
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_every_row_comes_once_whatever_the_length_of_a_page(session: Session, q: str, sort: str, limit: int) -> None:
    search = _asked(q, sort)
    whole = pages.page_of_citations(session, search, cursor=None, limit=100)

    assert list(whole.ids) == _walk(session, search, limit)
    assert whole.total == len(whole.ids) == len(set(whole.ids))


def test_many_records_of_a_tier_stand_by_their_id(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "MOST_RANKED", 3)
    found = _walk(session, _asked("zopiclone"), 2)

    assert [2, 3, 4, 5, 6, 7, 8, 1] == found


def test_a_cursor_of_another_search_or_with_other_values_is_refused(session: Session) -> None:
    search = _asked("zopiclone")
    cursor = pages.page_of_citations(session, search, cursor=None, limit=2).next
    assert cursor is not None
    mark = pages.fingerprint("citations", search, None)
    forged = write_cursor(mark, ["first", None, 1])

    assert 3 == len(read_cursor(cursor, mark, 3))
    for asked, given in ((_asked("dreams"), cursor), (_asked("zopiclone", "-relevance"), cursor), (search, forged)):
        with pytest.raises(MalformedCursor):
            pages.page_of_citations(session, asked, cursor=given, limit=2)
