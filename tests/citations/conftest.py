from collections.abc import Iterator
from contextlib import closing

import pytest

from app.database import Store


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with closing(Store(database_url)) as store:
        yield store
