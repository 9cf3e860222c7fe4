from collections.abc import Iterator
from contextlib import closing

import pytest

from app.database import Store
from tests.databases import Databases


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with closing(Store(database_url)) as store:
        yield store


@pytest.fixture
def sqlite_store(databases: Databases) -> Iterator[Store]:
    """For tests of what does not depend on the database."""
    url = databases.copy("sqlite", "empty")
    with closing(Store(url)) as store:
        yield store
    databases.drop(url)
