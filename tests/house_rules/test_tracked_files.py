"""Nothing in the repository belongs to one machine: no home folders, no addresses of package indexes."""

import re

import pytest

from tests.house_rules.sources import ROOT, at, broken, files

OF_ONE_MACHINE = re.compile(
    r"""(?<![\w.])/(?:root|home|Users|work|farm|opt/\w+)/\w   # somebody's folder
    | (?:extra-)?index[-_]url | find[-_]links\s*= | files\.pythonhosted | pypi\.org/simple  # a package index
    """,
    re.VERBOSE,
)
A_LOCKED_LINE = re.compile(r"[\w.-]+==[\w.+!-]+( ; [^\\]+)?( \\)?|    --hash=sha256:[0-9a-f]{64}( \\)?")
LOCKS = ("requirements.lock", "requirements-test.lock")
EXPLAINS_THE_RULE = {"CONTRIBUTING.md", "test_tracked_files.py"}


def test_nothing_in_the_repository_belongs_to_one_machine() -> None:
    places = []
    for path in files():
        text = path.read_bytes()
        if path.name in EXPLAINS_THE_RULE or b"\0" in text[:8000]:
            continue
        lines = enumerate(text.decode("utf-8", "replace").splitlines(), start=1)
        places += [f"{at(path, n)} {line.strip()[:100]}" for n, line in lines if OF_ONE_MACHINE.search(line)]

    assert not places, broken("This belongs to one machine:", places)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_names_versions_and_hashes_only(name: str) -> None:
    path = ROOT / name
    lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
    places = [f"{at(path, n)} {line}" for n, line in lines if not A_LOCKED_LINE.fullmatch(line)]

    assert not places, broken("Make the locks as CONTRIBUTING.md says:", places)


def test_both_locks_agree_on_every_version() -> None:
    runtime, test = (
        # A marker may be wider in the test lock, where more packages ask for the same one.
        {
            re.split(r" [;\\]", line)[0]
            for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
            if "==" in line
        }
        for name in LOCKS
    )

    assert runtime <= test, broken("Make both locks again as CONTRIBUTING.md says:", sorted(runtime - test))
