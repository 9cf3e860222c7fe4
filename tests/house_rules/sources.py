"""The project's own files as the house rules read them: what git tracks or would track, parsed once."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_NOT_OURS = {".git", ".venv", "var", "build", "dist", "__pycache__"}


def git(*arguments: str) -> str:
    """What git says about this checkout; skips where there is no git or no checkout (an unpacked archive)."""
    # Without safe.directory git refuses a checkout that belongs to another user, as in containers.
    command = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), *arguments]
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("only reported: this is not a git checkout")


@cache
def files() -> tuple[Path, ...]:
    """Every file of the project: tracked, or new and not ignored."""
    if (ROOT / ".git").exists():
        names = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
        return tuple(sorted(ROOT / name for name in set(names) if name and (ROOT / name).is_file()))
    found = (path for path in ROOT.rglob("*") if path.is_file())
    return tuple(sorted(path for path in found if not _NOT_OURS & set(path.relative_to(ROOT).parts)))


def python_files(*tops: str) -> tuple[Path, ...]:
    """Python files below the folders ``tops``."""
    return tuple(path for path in files() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in tops)


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file, nested ones too."""
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def at(path: Path, line: int = 1) -> str:
    """A place as an editor opens it: ``app/errors.py:12``."""
    return f"{path.relative_to(ROOT)}:{line}"


def broken(rule: str, places: list[str]) -> str:
    """The message of a broken rule: what it asks, and every place that breaks it."""
    return "\n  ".join([rule, *places])
