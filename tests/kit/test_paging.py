"""Pages by key: each row once, in order, and no cursor but our own."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, String, Table, case, func, select
from sqlalchemy.orm import Session

from app.errors import MalformedCursor
from app.kit.paging import Key, behind, fingerprint, read_cursor, write_cursor
from tests.conftest import DATABASES
from tests.databases import Databases
from tests.factories import opened

ROWS = Table(
    "paged_row", MetaData(), Column("id", Integer, primary_key=True), Column("n", Integer), Column("word", String)
)
YEARS: tuple[int | None, ...] = (None, 0, 2019, 2019, -5, None, 2021, 2019, 2**31 - 1, None, 0, 2021)
WORDS = ("b", "a", None, "", "ä", "a", "Z", None, "a", "b", "\U0001f642", "Z")


@pytest.fixture(scope="module", params=DATABASES)
def session(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Session]:
    url = databases.copy(request.param, "empty")
    with opened(url) as store:
        with store.writing() as writing:
            ROWS.create(writing.connection())
            rows = [{"id": i, "n": n, "word": w} for i, (n, w) in enumerate(zip(YEARS, WORDS, strict=True), 1)]
            writing.execute(ROWS.insert(), rows)
        with store.reading() as reading:
            yield reading
    databases.drop(url)


json_values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()


@given(st.lists(st.text() | st.integers(-(2**63) + 1, 2**63 - 1), max_size=5), st.text())
def test_a_cursor_gives_back_what_was_put_in(values: list[Any], question: str) -> None:
    values = [v for v in values if not isinstance(v, str) or v.isprintable()]
    mark = fingerprint(question)

    assert values == read_cursor(write_cursor(mark, values), mark, len(values))


@pytest.mark.parametrize(
    "cursor", ["", "x", "=", "====", "!!!!", "W10", "bnVsbA", "é", "\ud800", "\0", "A" * 2_000, "_-_-"]
)
def test_garbage_is_no_cursor(cursor: str) -> None:
    with pytest.raises(MalformedCursor):
        read_cursor(cursor, fingerprint("q"), 1)


@given(st.text(max_size=60))
def test_any_text_is_a_cursor_of_this_question_or_malformed(cursor: str) -> None:
    with pytest.raises(MalformedCursor):
        read_cursor(cursor, fingerprint("q"), 2)


def test_a_cursor_of_another_question_or_of_another_length_is_refused() -> None:
    mark = fingerprint("sleep")
    cursor = write_cursor(mark, (1, 2))
    for question, length in ((fingerprint("mood"), 2), (mark, 1), (mark, 3)):
        with pytest.raises(MalformedCursor):
            read_cursor(cursor, question, length)


@given(value=json_values)
def test_a_forged_cursor_moves_the_page_or_is_malformed_but_never_breaks(session: Session, value: Any) -> None:
    mark = fingerprint("rows")
    forged = base64.urlsafe_b64encode(json.dumps([mark, [value, value]]).encode()).decode().rstrip("=")
    keys = [Key(func.coalesce(ROWS.c.word, "")), Key(ROWS.c.id)]
    try:
        condition = behind(keys, read_cursor(forged, mark, 2))
    except MalformedCursor:
        return

    assert len(session.execute(select(ROWS.c.id).where(condition)).all()) <= len(YEARS)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 5, 12])
def test_pages_show_every_row_once_with_ties_in_order_and_missing_values_last(
    session: Session, descending: bool, limit: int
) -> None:
    missing = case((ROWS.c.n.is_(None), 1), else_=0)
    keys = [Key(missing), Key(func.coalesce(ROWS.c.n, 0), descending), Key(ROWS.c.id)]
    sign = -1 if descending else 1
    numbered = list(enumerate(YEARS, 1))
    expected = [i for _, _, i in sorted((n is None, sign * (n or 0), i) for i, n in numbered)]

    assert expected == list(_walk(session, keys, limit))


@pytest.mark.parametrize("descending", [False, True])
def test_pages_in_the_order_of_words_show_every_row_once(session: Session, descending: bool) -> None:
    keys = [Key(func.coalesce(ROWS.c.word, ""), descending), Key(ROWS.c.id, descending)]
    expected = [i for _, i in sorted(((w or "").encode(), i) for i, w in enumerate(WORDS, 1))]

    assert (expected[::-1] if descending else expected) == list(_walk(session, keys, 3))


def _walk(session: Session, keys: list[Key], limit: int) -> Iterator[int]:
    cursor, mark = None, fingerprint("rows", limit)
    for _ in range(20):
        query = select(*(key.column for key in keys)).order_by(*(key.order for key in keys)).limit(limit)
        if cursor:
            query = query.where(behind(keys, read_cursor(cursor, mark, len(keys))))
        rows = session.execute(query).all()
        if not rows:
            return
        yield from (row[-1] for row in rows)
        cursor = write_cursor(mark, tuple(rows[-1]))
