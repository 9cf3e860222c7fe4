"""What a run of a living search tells: its question as it was locked, its counts, and by name everything that is another now."""

from typing import Any

from msgspec import Struct

from app.importing.report import DONE, IN_PART, UNAVAILABLE


class Standing(Struct, frozen=True):
    """A citation whose standing changed in a run; ``kind`` is retracted, corrected (any other doubt) or reinstated."""

    citation_id: int
    pmid: str | None
    before: str
    after: str
    kind: str


class ChangedRecord(Struct, frozen=True):
    """A citation that a later edition changed: what each field was and is."""

    citation_id: int
    pmid: str
    fields: dict[str, dict[str, Any]]


class Unstored(Struct, frozen=True):
    """A PMID that was asked for and is not stored by this run, and why."""

    pmid: str
    reason: str | None


class SearchReport(Struct, kw_only=True):
    """One run of a living search.

    ``asked = added + changed + unchanged + repeated + rejected + not_returned``
    over all PMIDs asked for, and ``members_after = members_before + new +
    reappeared - vanished``. Lists name at most 1,000 each.
    """

    run_id: int
    search_id: int
    name: str
    mode: str
    since_on: str | None
    query: str
    asked_for: str
    translation: str | None
    warnings: list[str]
    hits: int | None
    program_version: str
    actor: str
    state: str
    failure: str | None
    started_at: str | None
    ended_at: str | None
    members_before: int
    members_after: int | None
    counts: dict[str, int]
    """The fates, and new, reappeared, vanished, retracted, corrected, reinstated."""
    new: list[str] = []
    reappeared: list[str] = []
    vanished: list[Unstored] = []
    changed: list[ChangedRecord] = []
    standings: list[Standing] = []
    rejected: list[Unstored] = []
    not_returned: list[Unstored] = []
    notices: list[str] = []
    unavailable: bool = False
    refused: bool = False

    @property
    def adds_up(self) -> bool:
        """Whether nothing was lost between the counts."""
        counts = self.counts
        fates = ("added", "changed", "unchanged", "repeated", "rejected", "not_returned")
        asked = counts["asked"] == sum(counts[fate] for fate in fates)
        moved = counts["new"] + counts["reappeared"] - counts["vanished"]
        return asked and self.members_after in {None, self.members_before + moved}


class TakenUp(Struct):
    """An import that its process had left behind, and how it ended now; ``run_id`` is None where it could not begin."""

    run_id: int | None
    asked_for: str
    state: str
    failure: str | None


class SyncReport(Struct, kw_only=True):
    """The runs of one sync, the searches that were not run because PubMed did not answer, and imports that were gone on with."""

    searches: list[SearchReport] = []
    not_run: list[str] = []
    taken_up: list[TakenUp] = []

    @property
    def exit_code(self) -> int:
        """0, 3 when anything is missing, 4 when PubMed gave nothing at all."""
        if self.searches and all(one.unavailable and one.state == "failed" for one in self.searches):
            return UNAVAILABLE
        whole = all(one.state == "complete" and not (one.rejected or one.not_returned) for one in self.searches)
        whole = whole and all(one.state == "complete" for one in self.taken_up)
        return DONE if whole and not self.not_run else IN_PART
