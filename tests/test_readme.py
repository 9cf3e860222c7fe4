"""The questions of the README give the answers that stand there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from app.config import Settings
from app.main import create_app

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = [match[1] for match in re.finditer(r"```console\n\$ (.*?)```", README, re.DOTALL)]
ASKED = [tuple(block.split("\n", 1)) for block in BLOCKS if block.startswith(("curl", ".venv/bin/evidence search"))]


@pytest.mark.parametrize(("command", "printed"), ASKED, ids=[command[:60] for command, _ in ASKED])
def test_every_question_of_the_readme_gives_the_answer_printed_there(
    starter_url: str, command: str, printed: str
) -> None:
    answer = (
        over_http(starter_url, command) if command.startswith("curl") else on_the_command_line(starter_url, command)
    )

    assert printed.strip() == answer.strip()


def test_the_readme_asks_six_questions() -> None:
    assert len(re.findall(r"(?m)^\*\*.*\?\*\*", README)) == len(ASKED) == 6


def over_http(database_url: str, command: str) -> str:
    path = re.search(r"localhost:8000(/[^']+)", command)[1]
    wanted = re.search(r"jq -r '\.data\.([a-z_]+)", command)[1]
    with TestClient(create_app(Settings(database_url=database_url)), base_url="http://localhost") as client:
        found = client.get(path).json()["data"][wanted]
    return found if isinstance(found, str) else "\n".join(each["text"] for each in found)


def on_the_command_line(database_url: str, command: str) -> str:
    program = [sys.executable, "-c", "from app.cli.main import run; run()", *shlex.split(command)[1:]]
    done = subprocess.run(
        program, env={"EVIDENCE_DATABASE_URL": database_url}, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr
