"""The history reads as a list of what each commit does and why."""

import re

import pytest

from tests.house_rules.sources import broken, git

LAST = 200
LONGEST_SUBJECT = 72
WITH_BODY = 0.9
# The first word tells the tense; these only look like a past or a participle.
IMPERATIVE_ALL_THE_SAME = {
    "Bring",
    "Embed",
    "Feed",
    "Need",
    "Proceed",
    "Seed",
    "Shed",
    "Speed",
    "Spread",
    "String",
    "Wed",
}


def _commits() -> list[tuple[str, str, str]]:
    """Hash, subject and body of the last commits; in a shallow clone of those that are there; never of the first."""
    log = git("log", "--no-merges", "--min-parents=1", f"--max-count={LAST}", "--format=%h%x00%s%x00%b%x1e")
    commits = [tuple(entry.strip("\n").split("\0")) for entry in log.split("\x1e") if entry.strip("\n")]
    if not commits:
        pytest.skip("only reported: no commit can be reached")
    return [(name, subject, body.strip()) for name, subject, body in commits]


def test_a_subject_is_one_short_imperative() -> None:
    places = []
    for name, subject, _ in _commits():
        first = subject.partition(" ")[0]
        told = re.search(r"(ed|ing)$", first) and first not in IMPERATIVE_ALL_THE_SAME
        if len(subject) > LONGEST_SUBJECT or not first[:1].isupper() or subject.endswith(".") or told:
            places.append(f"{name} {subject}")

    assert not places, broken(f"A capital, an imperative, {LONGEST_SUBJECT} characters, no full stop:", places)


def test_nearly_every_commit_says_why() -> None:
    commits = _commits()
    bare = [f"{name} {subject}" for name, subject, body in commits if not body]

    assert len(bare) <= len(commits) * (1 - WITH_BODY), broken("Give the reason in the body:", bare)
