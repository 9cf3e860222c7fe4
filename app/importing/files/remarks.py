"""What a reader noticed in a file besides its records, with line numbers, for the report. Nothing here reads anything."""

from collections import Counter

MOST_REMARKS = 100
"""Remarks that are told one by one; further ones are counted."""
MOST_NAMES = 500
"""Different unknown names that are counted apart; further ones are counted together as ``…``."""


class Remarks:
    """What was left out or mended while a file was read: unknown names with their counts, and single remarks."""

    def __init__(self) -> None:
        self.unknown: Counter[str] = Counter()
        self._first_line: dict[str, int] = {}
        self._told: list[str] = []
        self._more = 0

    def miss(self, name: str, line: int) -> None:
        """Count a tag or field that nobody here knows; its value is not stored."""
        name = name[:80]
        if name not in self.unknown and len(self.unknown) >= MOST_NAMES:
            name = "…"
        self.unknown[name] += 1
        self._first_line.setdefault(name, line)

    def note(self, line: int, message: str) -> None:
        """Tell something about one line."""
        self.say(f"Line {line:,}: {message}")

    def say(self, message: str) -> None:
        """Tell something about the file."""
        if len(self._told) < MOST_REMARKS:
            self._told.append(message)
        else:
            self._more += 1

    def told(self) -> list[str]:
        """Everything noticed, in sentences."""
        missed = [
            f"{name!r} is not known here; its value was left out {_times(number)}, first at line "
            f"{self._first_line[name]:,}."
            for name, number in self.unknown.items()
        ]
        more = [f"{self._more:,} more remarks of this kind are not listed."] if self._more else []
        return [*self._told, *more, *missed]


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number:,} times"
