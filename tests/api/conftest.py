"""The service over the starter corpus, to be read; and over a copy of it, to be written to while it answers."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.api.curating import Person
from tests.api.serving import Writable, serving


@pytest.fixture(scope="session")
def client(starter_url: str) -> Iterator[TestClient]:
    """The service over the starter corpus; nobody writes to it."""
    with serving(starter_url) as client:
        yield client


@pytest.fixture
def writable(starter_copy_url: str) -> Iterator[Writable]:
    """The service over a starter corpus of the test's own, with the store beside it."""
    with Writable.over(starter_copy_url) as writable:
        yield writable


@pytest.fixture
def edith(writable: Writable) -> Person:
    """An editor."""
    return Person.of(writable, "edith", "editor")


@pytest.fixture
def gina(writable: Writable) -> Person:
    """An editor."""
    return Person.of(writable, "gina", "editor")


@pytest.fixture
def maria(writable: Writable) -> Person:
    """A curator."""
    return Person.of(writable, "maria")


@pytest.fixture
def olga(writable: Writable) -> Person:
    """A curator."""
    return Person.of(writable, "olga")
