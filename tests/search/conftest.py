"""A snapshot of the starter corpus for the whole file."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from tests.factories import opened


@pytest.fixture(scope="module")
def session(starter_url: str) -> Iterator[Session]:
    """Reads the starter corpus; one moment for all tests of a file."""
    with opened(starter_url) as store, store.reading() as session:
        yield session
