"""What an import tells people and programs at its end. Nothing here imports anything."""

from msgspec import Struct

DONE, IN_PART, UNAVAILABLE = 0, 3, 4
"""Exit codes of the command line (``docs``): done, done in part, source unavailable."""

MOST_TOLD = 1_000
"""Changed records and notices that a report lists; every record's fate is stored with its run in any case."""


class RejectedRecord(Struct, frozen=True):
    """A record that was not stored: its place in the run (from 1), its line, what is known of it, and why."""

    position: int
    line: int | None
    id: str | None
    reason: str


class ImportReport(Struct, kw_only=True):
    """The fates of all records of one run, which add up to ``asked``, and how the run ended.

    ``deleted`` counts deletion notices, ``not_matching`` the records of a file that
    were not asked for (``--match``), and ``retracted`` the stored citations that
    became retracted or withdrawn; they are no fates and stand apart.
    ``run_id`` is None for a dry run. ``changed_fields`` says by the
    record's own id what a later edition changed, and ``says_otherwise`` by the
    citation what a file says otherwise than the record that is kept. ``unknown_elements`` counts what the
    reader did not know, by path.
    """

    asked: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    repeated: int = 0
    rejected: list[RejectedRecord] = []
    not_returned: list[str] = []
    deleted: int = 0
    not_matching: int = 0
    retracted: int = 0
    state: str = "complete"
    run_id: int | None = None
    dry_run: bool = False
    failure: str | None = None
    hit_count: int | None = None
    translation: str | None = None
    warnings: list[str] = []
    notices: list[str] = []
    changed_fields: dict[str, list[str]] = {}
    says_otherwise: dict[str, list[str]] = {}
    unknown_elements: dict[str, int] = {}

    @property
    def received(self) -> int:
        """How many records came and were stored or known already."""
        return self.added + self.changed + self.unchanged + self.repeated

    @property
    def kept(self) -> int:
        """How much came and was dealt with: a run that can show any of it ended in part, and did not fail."""
        return self.received + len(self.rejected) + self.deleted

    @property
    def adds_up(self) -> bool:
        """Whether every record asked for has exactly one fate."""
        return self.asked == self.received + len(self.rejected) + len(self.not_returned)

    @property
    def exit_code(self) -> int:
        """3 when any record is missing or the run did not end well, else 0."""
        whole = self.state == "complete" and not self.rejected and not self.not_returned
        return DONE if whole else IN_PART
