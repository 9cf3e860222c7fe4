"""Names of authors as reference files write them: what is a given name, and what are initials."""

import pytest

from app.citations.draft import Author
from app.importing.files.names import person


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Smith, J. M.", Author(family="Smith", initials="JM")),
        ("Smith, JM", Author(family="Smith", initials="JM")),
        ("Wójcik, Ł.", Author(family="Wójcik", initials="Ł")),
        ("Wójcik, Al", Author(family="Wójcik", given="Al", initials="A")),
        ("Wójcik, Ał", Author(family="Wójcik", given="Ał", initials="A")),
        ("王, 小明", Author(family="王", given="小明", initials="小")),
        ("Иванов, Ян", Author(family="Иванов", given="Ян", initials="Я")),
    ],
)
def test_nothing_but_capitals_passes_for_initials(written: str, read: Author) -> None:
    assert read == person(written)
