"""Imports stand at the top, and nothing is imported for the type checker alone. The rooms' order is import-linter's."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house_rules.sources import ROOT, at, broken, python_files, tree


def _late_imports(path: Path) -> Iterator[ast.stmt]:
    for function in ast.walk(tree(path)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from (node for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom))


def test_imports_stand_at_the_top_of_the_file() -> None:
    places = []
    for path in python_files("app", "migrations", "tests"):
        lines = path.read_text(encoding="utf-8").splitlines()
        # An import that is late for a reason, such as start-up time, is excused by its code; test_excuses wants the reason.
        places += [at(path, n.lineno) for n in _late_imports(path) if "noqa: PLC0415" not in lines[n.lineno - 1]]

    assert not places, broken("Move these imports to the top:", places)


def test_only_models_import_for_the_type_checker() -> None:
    places = [
        at(path, node.lineno)
        for path in python_files("app", "migrations", "tests")
        if not path.is_relative_to(ROOT / "app" / "models")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    ]

    assert not places, broken("A cycle that TYPE_CHECKING hides is still a cycle; move what both need down:", places)
