"""A rule is set aside only for one line, by its code, with the reason beside it."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.house_rules.sources import at, broken, python_files

EXCUSE = re.compile(r"#\s*(noqa|type:\s*ignore|mypy:|ruff:|pyright:)")
GIVEN = re.compile(r"#\s*(noqa: [A-Z]+\d+(, ?[A-Z]+\d+)*|type: ignore\[[a-z-]+(, ?[a-z-]+)*\])\s+[#-]\s*\w.{4,}")


def _comments(path: Path) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def test_every_excuse_names_its_rule_and_its_reason() -> None:
    places = [
        f"{at(path, line)} {comment}"
        for path in python_files("app", "migrations", "scripts", "tests")
        for line, comment in _comments(path)
        if EXCUSE.search(comment) and not GIVEN.search(comment)
    ]

    assert not places, broken("Write the code and why, as in «noqa: S108 - mkdtemp makes it private»:", places)
