"""What outsiders rely on is documented: every command, setting, filter and error is named somewhere in ``docs/``."""

import importlib
import importlib.util
import inspect
import re
from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import Any

import pytest
from typer import Typer
from typer.main import get_command

from app import errors
from app.config import Settings
from tests.house_rules.sources import ROOT, broken, files


@cache
def _docs() -> str:
    pages = [path for path in files() if path.is_relative_to(ROOT / "docs") and path.suffix == ".md"]
    return "\n".join(path.read_text(encoding="utf-8") for path in pages)


def _undocumented(names: list[str]) -> list[str]:
    return [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", _docs())]


def _module(name: str) -> ModuleType:
    room = name.rpartition(".")[0]
    if importlib.util.find_spec(room) is None or importlib.util.find_spec(name) is None:
        pytest.skip(f"not run: {name} is not there to be compared with the docs")
    return importlib.import_module(name)


def _commands(command: Any, path: str) -> Iterator[str]:
    # Typer brings a click of its own, so a group is known by what it has.
    if hasattr(command, "commands"):
        for name, child in command.commands.items():
            yield from _commands(child, f"{path} {name}")
    elif not command.hidden:
        yield path


def test_every_command_is_documented() -> None:
    main = _module("app.cli.main")
    program = next(value for value in vars(main).values() if isinstance(value, Typer))
    missing = _undocumented(list(_commands(get_command(program), "evidence")))

    assert not missing, broken("Show these commands in docs/:", missing)


def test_every_setting_is_documented() -> None:
    missing = _undocumented([f"EVIDENCE_{name.upper()}" for name in Settings.model_fields])

    assert not missing, broken("Explain these settings in docs/:", missing)


def test_every_error_is_documented() -> None:
    classes = [name for name, value in vars(errors).items() if inspect.isclass(value)]
    missing = _undocumented([name for name in classes if name != errors.EvidenceError.__name__])

    assert not missing, broken("Say in docs/ when these happen and what to do then:", missing)


def test_every_filter_is_documented() -> None:
    filters = _module("app.search.filters")
    missing = [name for name in [*filters.FILTERS, *filters.OTHER_PARAMETERS] if f"`{name}`" not in _docs()]

    assert not missing, broken("Explain these filters in docs/, with the name in backticks:", missing)
