"""A file's name finishes the sentence "this file is about …"."""

from tests.house_rules.sources import ROOT, at, broken, files

SAYS_NOTHING = {"util", "helper", "common", "misc", "manager", "service", "handler"}


def test_no_file_is_named_after_nothing() -> None:
    places = [
        f"{at(path)}: {part}"
        for path in files()
        for part in path.relative_to(ROOT).with_suffix("").parts
        if SAYS_NOTHING & {word.removesuffix("s") for word in part.lower().split("_")}
    ]

    assert not places, broken("Name a file after its subject:", places)
