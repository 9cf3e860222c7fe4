"""Tables made by two processes: the same bytes as by one, whatever becomes of the other."""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.export import beside, reading
from app.export.references import Batch
from app.models.citation import Citation
from tests.factories import opened

FORMS = pytest.mark.parametrize("form", ["csv", "ndjson"])


@pytest.fixture
def batches(starter_url: str, monkeypatch: pytest.MonkeyPatch) -> list[Batch]:
    """The citations of the starter corpus, seven at a time."""
    monkeypatch.setattr(reading, "AT_ONCE", 7)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    with opened(starter_url) as store, store.reading() as session:
        return list(reading.batches(session, session.scalars(select(Citation.id).order_by(Citation.id))))


def _written(form: str, batches: list[Batch], *, alone: bool) -> bytes:
    return b"".join(beside.table(form, iter(batches), alone=alone))


@FORMS
def test_two_processes_write_what_one_writes(form: str, batches: list[Batch]) -> None:
    assert _written(form, batches, alone=True) == _written(form, batches, alone=False)
    assert sum(len(batch.rows) for batch in batches) > 30


@FORMS
def test_without_a_row_there_is_what_stands_above_the_first(form: str) -> None:
    assert _written(form, [], alone=True) == _written(form, [], alone=False)
    assert (form == "csv") == _written(form, [], alone=False).startswith(b"id,pmid,")


@FORMS
@pytest.mark.parametrize("after", [0, 1, 3])
def test_nothing_is_missing_when_the_other_process_ends_too_soon(form: str, after: int, batches: list[Batch]) -> None:
    other = beside.Maker(form)

    def given() -> Iterator[Batch]:
        for number, batch in enumerate(batches):
            if number == after:
                other.end()
            yield batch

    with other:
        assert _written(form, batches, alone=True) == b"".join(beside.shared(form, given(), other))


@FORMS
def test_where_no_process_can_be_started_one_writes_it(
    form: str, batches: list[Batch], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")

    assert _written(form, batches, alone=True) == _written(form, batches, alone=False)


@FORMS
def test_who_stops_reading_leaves_no_process_behind(form: str, batches: list[Batch]) -> None:
    other = beside.Maker(form)
    with other:
        chunks = beside.shared(form, batches, other)
        next(chunks)

    assert not os.path.exists(f"/proc/{other.process_id}")
