"""The snippets of ``docs/export.md`` do what they say, against a service on the loopback."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.live import Server

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "export.md").read_text(encoding="utf-8")
SHOWN = "http://127.0.0.1:8000"


def _snippet(language: str, sign: str) -> str:
    found = [text for text in re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL) if sign in text]
    assert 1 == len(found)
    return str(found[0])


def _said(command: list[str], url: str) -> str:
    """What a snippet prints; its last argument is the text with the address of the service that is documented."""
    with Server(url) as server:
        command = [*command[:-1], command[-1].replace(SHOWN, f"http://127.0.0.1:{server.port}")]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert 0 == ended.returncode, ended.stderr
    return ended.stdout


@pytest.mark.sqlite
def test_the_snippet_without_libraries_counts_samples(databases) -> None:  # type: ignore[no-untyped-def]  # a fixture
    said = _said([sys.executable, "-c", _snippet("python", "import csv")], databases.shared("sqlite", "starter"))

    assert "('active_use', 'worsened', 'case_report') 2" in said.splitlines()


@pytest.mark.sqlite
def test_the_snippet_for_pandas_counts_samples(databases) -> None:  # type: ignore[no-untyped-def]  # a fixture
    if importlib.util.find_spec("pandas") is None:
        pytest.skip("only reported: pandas is in no lock of this project; install it to run its snippet")
    said = _said([sys.executable, "-c", _snippet("python", "import pandas")], databases.shared("sqlite", "starter"))

    assert re.search(r"active_use +worsened +case_report +2", said)


@pytest.mark.sqlite
def test_the_snippet_for_r_counts_samples(databases) -> None:  # type: ignore[no-untyped-def]  # a fixture
    rscript = shutil.which("Rscript")
    if (
        rscript is None
        or subprocess.run([rscript, "-e", "library(httr2)"], capture_output=True, check=False).returncode
    ):
        pytest.skip("only reported: R with httr2 is not here; install both to run their snippet")
    said = _said([rscript, "-e", _snippet("r", "library(httr2)")], databases.shared("sqlite", "starter"))

    assert re.search(r"active_use +worsened +case_report +2", said)
