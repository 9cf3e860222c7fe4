"""The criteria as reviewers see them: data with a version, shipped beside the vocabulary. Nothing here decides."""

from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from app import vocabulary

_FILE = Path(vocabulary.__file__).parent / "data" / "screening.json"


class Criteria(Struct, frozen=True):
    """What is included, and each reason for exclusion with what it means."""

    version: str
    include: tuple[str, ...]
    exclude: dict[str, str]


@cache
def criteria() -> Criteria:
    """The criteria in force."""
    return msgspec.json.decode(_FILE.read_bytes(), type=Criteria)
