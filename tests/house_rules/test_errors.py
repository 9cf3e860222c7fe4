"""The error tree: drawn in the docstring of ``app/errors.py`` as the classes are, and nowhere else."""

import ast
import inspect
from collections.abc import Iterator

from app import errors
from tests.house_rules.sources import ROOT, at, broken, python_files, tree

TREE = {name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, Exception)}


def _drawn(error: type[Exception], before: str = "") -> Iterator[str]:
    children = [child for child in error.__subclasses__() if child.__module__ == errors.__name__]
    for child in children:
        last = child is children[-1]
        yield f"{before}{'└── ' if last else '├── '}{child.__name__}"
        yield from _drawn(child, before + ("    " if last else "│   "))


def test_the_drawing_is_the_tree() -> None:
    lines = (errors.__doc__ or "").splitlines()
    start = lines.index("EvidenceError")
    drawn = lines[start : lines.index("", start)]

    assert ["EvidenceError", *_drawn(errors.EvidenceError)] == drawn


def test_every_foreseen_failure_of_the_house_is_in_the_tree() -> None:
    places = [
        f"{at(path, node.lineno)} {node.name}"
        for path in python_files("app")
        if path != ROOT / "app" / "errors.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        for base in node.bases
        if ast.unparse(base).rpartition(".")[2] in TREE
    ]

    assert not places, broken("The doors map what app/errors.py draws; move these classes there:", places)
