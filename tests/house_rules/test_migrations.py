"""A migration is named by its moment and its purpose, says why it is, and stands without the program of today."""

import ast
import re
from pathlib import Path

from tests.house_rules.sources import ROOT, at, broken, files, tree

NAME = re.compile(r"(\d{4}_\d\d_\d\d_\d{4})_[a-z0-9]+(_[a-z0-9]+)+\.py")
WHY = re.compile(r"^Why: \S.{10,}", re.MULTILINE)
VERSIONS = ROOT / "migrations" / "versions"


def _migrations() -> list[Path]:
    return [path for path in files() if path.parent == VERSIONS and path.suffix == ".py" and path.name != "__init__.py"]


def _named(path: Path) -> dict[str, object]:
    assignments = (node for node in tree(path).body if isinstance(node, ast.Assign | ast.AnnAssign) and node.value)
    values: dict[str, object] = {}
    for node in assignments:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if isinstance(node.value, ast.Constant):
            values[ast.unparse(target)] = node.value.value
    return values


def _imported(path: Path) -> list[tuple[int, str]]:
    nodes = list(ast.walk(tree(path)))
    plain = [(node.lineno, alias.name) for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return plain + [(node.lineno, node.module or "") for node in nodes if isinstance(node, ast.ImportFrom)]


def test_a_migration_is_named_by_its_moment_and_its_purpose() -> None:
    places = []
    for path in _migrations():
        match = NAME.fullmatch(path.name)
        if not match or _named(path).get("revision") != match[1]:
            places.append(f"{at(path)} revision {_named(path).get('revision')}")

    assert not places, broken("YYYY_MM_DD_HHMM_what_changes.py, and its revision is YYYY_MM_DD_HHMM:", places)


def test_a_migration_says_why() -> None:
    places = [at(path) for path in _migrations() if not WHY.search(ast.get_docstring(tree(path)) or "")]

    assert not places, broken("Add a line «Why: …» to the docstring:", places)


def test_a_migration_does_not_import_what_may_change_after_it() -> None:
    places = [
        f"{at(path, line)} {name}"
        for path in _migrations()
        for line, name in _imported(path)
        if name.partition(".")[0] == "app"
    ]

    assert not places, broken("Write the tables out in the migration; app is another program by then:", places)


def test_migrations_are_one_line_in_the_order_of_their_names() -> None:
    revisions = [_named(path).get("revision") for path in _migrations()]
    before = [_named(path).get("down_revision") for path in _migrations()]

    assert [None, *revisions[:-1]] == before
