"""A search as a value: what was asked, checked and resolved. Nothing here knows HTTP or SQL."""

from operator import attrgetter

from msgspec import Struct

from app.search.synonyms import Expansion
from app.search.syntax import Query, Tree
from app.vocabulary.resolve import Meant

PUBLIC = ("submitted", "accepted")
EVIDENCE = ("effect", "reason", "context", "all")
SORTS = ("relevance", "year", "n", "design", "changed")
HAS = ("quote", "doi", "pmid", "abstract")


class Search(Struct, frozen=True, kw_only=True):
    """Everything a reader asked for.

    ``chosen`` holds, for each filter of :data:`app.search.filters.FILTERS`
    that was used, the values asked for, groups not yet opened. Values of one
    filter are alternatives; filters hold together. ``evidence_asked`` is True
    when the reader named a class of evidence. ``q`` holds the synonyms of
    ``expansions`` already when it was asked ``with_synonyms``, ``q_asked`` is
    what the reader wrote. ``as_of`` is the
    state that was asked for, as it was written; the session is opened on it.
    ``all_under`` is the search whose filters the findings of ``outcome_all``
    must meet, where that is no longer this one.
    """

    chosen: dict[str, tuple[str, ...]] = {}
    outcomes: tuple[Meant, ...] = ()
    outcome_all: tuple[Meant, ...] = ()
    has: tuple[str, ...] = ()
    q: Query | None = None
    q_asked: Tree | None = None
    expansions: tuple[Expansion, ...] = ()
    with_synonyms: bool = False
    year_from: int | None = None
    year_to: int | None = None
    evidence: str = "effect"
    evidence_asked: bool = False
    author: str | None = None
    sort: str = "relevance"
    descending: bool = False
    as_of: str | None = None
    all_under: "Search | None" = None

    def __hash__(self) -> int:
        return hash((frozenset(self.chosen.items()), *_but_chosen(self)))

    def values(self, name: str) -> tuple[str, ...]:
        """The values asked for under ``name``; empty when it was not used."""
        return self.chosen.get(name, ())

    @property
    def statuses(self) -> tuple[str, ...]:
        """The statuses to show: those asked for, else what is public."""
        return self.values("status") or PUBLIC

    @property
    def sees_only_public(self) -> bool:
        """False when drafts or other unpublished work were asked for."""
        return set(self.statuses) <= set(PUBLIC)

    @property
    def narrows_evidence(self) -> bool:
        """Whether a class of evidence was asked for that leaves findings out; ``all`` leaves none out."""
        return self.evidence_asked and self.evidence != "all"

    @property
    def has_quote(self) -> bool:
        """Whether findings must have a quote; the other values of ``has`` speak of the report."""
        return "quote" in self.has

    @property
    def report_has(self) -> tuple[str, ...]:
        """What the report must have."""
        return tuple(value for value in self.has if value != "quote")

    def asking(self, **chosen: tuple[str, ...]) -> "Search":
        """The same search with some filters set anew; an empty tuple takes a filter away."""
        merged = {name: values for name, values in (self.chosen | chosen).items() if values}
        return _changed(self, chosen=merged)

    def without_reports(self) -> "Search":
        """The same search without what speaks of reports and years, which hold on the citation itself in lists of citations.

        Nor does it hold how the words were written or the list is sorted: searches that ask the same of studies are equal.
        """
        chosen = {name: values for name, values in self.chosen.items() if name != "standing"}
        has = () if self.report_has else self.has
        bare = _changed(self, chosen=chosen, has=has, year_from=None, year_to=None, sort="relevance", descending=False)
        return _changed(bare, q=None, q_asked=None, expansions=(), with_synonyms=False)

    def by(self, author: str) -> "Search":
        """The same search, in which only ``author``'s own work is seen before it is public."""
        return _changed(self, author=author)

    def with_tree(self, tree: Tree | None) -> "Search":
        """The same search with other words, as they are to be found; None for none."""
        return _changed(self, q=Query(tree) if tree else None)

    def without_words(self) -> "Search":
        """The same search without ``q``."""
        return _changed(self, q=None)

    def without_years(self) -> "Search":
        """The same search without bounds on years."""
        return _changed(self, year_from=None, year_to=None)

    def having(self, *has: str) -> "Search":
        """The same search with ``has`` set anew."""
        return _changed(self, has=has)

    def holding_outcome_all(self) -> "Search":
        """The same search, in which ``outcome_all`` goes on meaning the studies it means now, whatever filter is set anew.

        Who lets a filter go in SQL, to part the rows by it afterwards, lets it
        go for the findings listed and not for those that ``outcome_all`` asks of
        the same study.
        """
        return _changed(self, all_under=self) if self.outcome_all and self.all_under is None else self

    def about(self, *outcomes: Meant) -> "Search":
        """The same search for other outcomes."""
        return _changed(self, outcomes=outcomes)


_but_chosen = attrgetter(*(name for name in Search.__struct_fields__ if name != "chosen"))


def _changed(search: Search, **changes: object) -> Search:
    fields = {name: getattr(search, name) for name in Search.__struct_fields__}
    return Search(**{**fields, **changes})
