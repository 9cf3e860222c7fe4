"""Modules and functions stay short enough to be read at once."""

from tests.house_rules.sources import at, broken, functions, python_files

LONGEST_MODULE = {"app": 400, "migrations": 400, "scripts": 400, "tests": 500}
LONGEST_NINTH_FUNCTION = 30


def test_no_module_is_longer_than_one_sitting() -> None:
    places = [
        f"{at(path, lines)} has {lines} lines, at most {most}"
        for top, most in LONGEST_MODULE.items()
        for path in python_files(top)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > most
    ]

    assert not places, broken("Split a long module by what it is about:", places)


def test_nine_functions_of_ten_fit_on_half_a_screen() -> None:
    lengths = sorted(
        ((node.end_lineno or node.lineno) - node.lineno + 1, at(path, node.lineno), node.name)
        for path in python_files("app")
        for node in functions(path)
    )
    p90 = lengths[len(lengths) * 9 // 10][0]
    longest = [f"{place} {name}: {length} lines" for length, place, name in lengths[:-16:-1]]

    assert p90 <= LONGEST_NINTH_FUNCTION, broken(f"The 90th percentile of function length is {p90} lines:", longest)
