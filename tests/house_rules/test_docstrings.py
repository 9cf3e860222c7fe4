"""Modules and public functions say what their signature does not."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house_rules.sources import at, broken, python_files, tree


def _public(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body)


def _is_only_a_docstring(path: Path) -> bool:
    return len(tree(path).body) == (ast.get_docstring(tree(path)) is not None)


def test_every_module_says_what_is_in_it() -> None:
    places = [at(path) for path in python_files("app", "migrations", "scripts") if not ast.get_docstring(tree(path))]

    assert not places, broken("Begin a module with a sentence on what is here, and what is not:", places)


def _is_excused(path: Path, node: ast.stmt) -> bool:
    # A method of somebody else's interface; test_excuses wants the reason.
    return "noqa" in (line := path.read_text(encoding="utf-8").splitlines()[node.lineno - 1]) and "D10" in line


def test_every_public_function_and_class_of_the_house_is_explained() -> None:
    places = [
        f"{at(path, node.lineno)} {node.name}"
        for path in python_files("app")
        for node in _public(tree(path).body)
        if not ast.get_docstring(node) and not _is_excused(path, node)
    ]

    assert not places, broken("Add one sentence that adds something to the signature:", places)


def test_an_init_file_holds_nothing_but_its_docstring() -> None:
    inits = [path for path in python_files("app", "migrations", "tests") if path.name == "__init__.py"]
    places = [at(path) for path in inits if not _is_only_a_docstring(path)]

    assert not places, broken("A room is imported by module, so __init__.py re-exports nothing:", places)
