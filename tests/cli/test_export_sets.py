"""``evidence export``: three sets in five formats, with a sidecar beside each file."""

import json
import re
import shlex
from hashlib import sha256
from pathlib import Path

import pytest

from app.export.formats import FORMATS
from app.export.whole import KINDS
from tests.cli.terminal import evidence

PAGE = Path(__file__).resolve().parents[2] / "docs" / "export.md"


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_has_its_sidecar_beside_it(starter_url: str, tmp_path: Path, kind: str) -> None:
    for form in FORMATS:
        path = tmp_path / f"out.{form.ending}"
        asked = ["-o", str(path), "--format", form.name, "--outcome", "insomnia"]
        ended = evidence("export", kind, *asked, database_url=starter_url)
        told = json.loads((tmp_path / f"out.{form.ending}.meta.json").read_text())
        noun = kind if form.table or kind == "citations" else "reports"

        assert (0, "") == (ended.code, ended.stdout)
        assert f"Wrote {told['rows']} {noun} to {path}. {told['query']}\n" == ended.stderr
        assert (sha256(path.read_bytes()).hexdigest(), path.name) == (told["sha256"], told["file"])
        assert (kind, form.name, {"outcome": ["insomnia"]}) == (told["kind"], told["format"], told["filters"])


def test_standard_output_and_devices_have_nothing_beside_them(starter_url: str, tmp_path: Path) -> None:
    piped = evidence("export", "citations", "-o", "-", "--format", "bibtex", database_url=starter_url)
    device = evidence("export", "citations", "-o", "/dev/null", database_url=starter_url)

    assert (0, 0) == (piped.code, device.code)
    assert 88 == piped.stdout.count("\n@") + 1
    assert not Path("/dev/null.meta.json").exists()
    assert [] == list(tmp_path.glob("*.json"))


def test_the_documentation_shows_what_is_said(starter_url: str, tmp_path: Path) -> None:
    page = PAGE.read_text(encoding="utf-8")
    shown = re.findall(r"^\$ evidence (export .+ -o )(\S+)(.*)\n(Wrote .+)$", page, re.MULTILINE)

    assert len(shown) >= 4
    for verb, name, rest, said in shown:
        ended = evidence(*shlex.split(f"{verb}{tmp_path / name}{rest}"), database_url=starter_url)

        assert f"{said}\n".replace(name, str(tmp_path / name), 1) == ended.stderr
