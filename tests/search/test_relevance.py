"""The order of relevance and its cursors: the same in both databases, and every row once."""

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
    "both in title": a_citation("700003", title="Zopiclone and dreams", issued_on=None),
    "keyword": a_citation("700004", title="Poppies", keywords=(Keyword("zopiclone"), Keyword("dreams"))),
    "heading": a_citation(
        "700005", title="Poppies", mesh_headings=(MeshHeading("Zopiclone"),), texts=abstract("dreams")
    ),
    "author": a_citation("700006", title="Dreams", authors=(Author(family="Zopiclone", initials="A"),)),
    "type": a_citation("700007", title="Poppies and dreams", publication_types=typed("Zopiclone")),
    "twice": a_citation("700008", title="Zopiclone, zopiclone", texts=abstract("Zopiclone."), issued_on="2025-03"),
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


def _tiers(session: Session, q: str, sort: str = "relevance") -> dict[str, int]:
    """What was found, with its tier, in the order of the page."""
    search = _asked(q, sort)
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
    ("q", "tiers"),
    [
        ("zopiclone", [{"title", "both in title", "twice"}, {"keyword", "heading", "author", "type"}, {"abstract"}]),
        ("zopiclone dreams", [{"both in title"}, {"keyword", "author", "type"}, {"abstract", "title", "heading"}]),
        ("zopiclone OR poppies",
         [{"title", "both in title", "twice", "abstract", "keyword", "heading", "type", "year alone"}, {"author"}, set()]),
        ("zopiclone[tiab]", [{"title", "both in title", "twice"}, {"keyword"}, {"abstract"}]),
        ("zopiclone[ab]", [{"abstract", "twice"}, set(), set()]),
        ('"zopiclone and dreams" OR "zopiclone helped"', [{"both in title"}, set(), {"abstract"}]),
        ("zopiclone NOT dreams", [{"twice"}, set(), set()]),
    ],
)  # fmt: skip
def test_what_says_every_word_in_its_title_comes_first_and_what_says_one_only_in_the_abstract_last(
    session: Session, q: str, tiers: list[set[str]]
) -> None:
    found = _tiers(session, q)

    assert tiers == [{name for name, tier in found.items() if tier == number} for number in range(3)]
    assert list(found.values()) == sorted(found.values())


def test_what_has_none_of_the_words_stands_last(session: Session) -> None:
    found = _tiers(session, "zopiclone[ti] OR 1931[dp]")

    assert ("year alone", 3) == list(found.items())[-1]
    assert {"title", "both in title", "twice"} == {name for name, tier in found.items() if tier == 2}


def test_the_newest_comes_first_among_equals_and_what_has_no_year_last(session: Session) -> None:
    in_title, in_head, in_abstract = ["twice", "title", "both in title"], ["keyword", "heading", "author"], ["abstract"]

    assert [*in_title, *in_head, "type", *in_abstract] == list(_tiers(session, "zopiclone"))
    assert [*in_abstract, *in_head, "type", "title", "twice", "both in title"] == list(
        _tiers(session, "zopiclone", "-relevance")
    )


@pytest.mark.parametrize("sort", ["relevance", "-relevance"])
@pytest.mark.parametrize("q", ["zopiclone", "zopiclone OR 1931[dp]", "2024[dp]", "poppies NOT dreams"])
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_every_row_comes_once_whatever_the_length_of_a_page(session: Session, q: str, sort: str, limit: int) -> None:
    search = _asked(q, sort)
    whole = pages.page_of_citations(session, search, cursor=None, limit=100)

    assert list(whole.ids) == _walk(session, search, limit)
    assert whole.total == len(whole.ids) == len(set(whole.ids))


def test_a_cursor_of_another_search_or_with_other_values_is_refused(session: Session) -> None:
    search = _asked("zopiclone")
    cursor = pages.page_of_citations(session, search, cursor=None, limit=2).next
    assert cursor is not None
    mark = pages.fingerprint("citations", search, None)
    forged = write_cursor(mark, ["first", None, 1, 2])

    assert ranking.PARTS == len(read_cursor(cursor, mark, ranking.PARTS))
    for asked, given in ((_asked("dreams"), cursor), (_asked("zopiclone", "-relevance"), cursor), (search, forged)):
        with pytest.raises(MalformedCursor):
            pages.page_of_citations(session, asked, cursor=given, limit=2)
