"""The evidence answer: everything recorded on one outcome under one question, counted and said in derived sentences."""

from collections.abc import Collection as Names
from collections.abc import Sequence

from msgspec import Struct, structs
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.findings.flat import LEFT_THE_COUNTS, SettledFinding
from app.jobs.runs import LastSearch, last_search
from app.models.citation import Citation
from app.models.study import Study
from app.screening import queue
from app.search.english import in_words
from app.search.filters import FILTERS
from app.search.pages import Counts, every_finding
from app.search.spec import Search
from app.synthesis import counting
from app.synthesis.badges import Badge, badges
from app.synthesis.comparison import Comparison, best_comparison
from app.synthesis.contrast import contrasts_of
from app.synthesis.nearest import Neighbour, neighbours
from app.synthesis.phrases import counted
from app.synthesis.sections import SECTIONS, Sections, sections_of
from app.vocabulary.resolve import Meant
from app.vocabulary.words import vocabulary


class Apart(Struct, frozen=True):
    """Findings under another contrast, shown beside the answer and never inside it."""

    contrast: str
    label: str
    counts: Counts
    finding_ids: tuple[int, ...]
    badges: tuple[Badge, ...]


class Collection(Struct, frozen=True):
    """What an empty answer rests on: how much is stored, screened and read, and when PubMed was last searched from here."""

    records: int
    screened: int
    studies: int
    read: int
    read_in_abstract_only: int
    studies_by_read_depth: dict[str, int]
    last_search: LastSearch | None


class Answer(Struct, frozen=True):
    """The answer to one question. Ids name every row behind it; counts are unions over rows, never sums."""

    meant: Meant
    question: str
    contrasts: tuple[str, ...]
    rows: tuple[SettledFinding, ...]
    totals: Counts
    by_side: dict[str, Counts]
    by_basis_group: dict[str, Counts]
    cells: tuple[counting.Cell, ...]
    best_comparison: Comparison | None
    badges: tuple[Badge, ...]
    apart: tuple[Apart, ...]
    phase_not_reported: Counts
    phase_not_reported_ids: tuple[int, ...]
    checked_twice: int
    read_depth: dict[str, int]
    largest_sample: counting.Sample | None
    by_review_level: dict[str, int]
    collection: Collection
    set_aside: tuple[int, ...]
    set_aside_text: str | None
    nearest: tuple[Neighbour, ...]
    empty_text: str | None
    sections: Sections


def answer(session: Session, meant: Meant, search: Search, *, sections: Names[str] = SECTIONS) -> Answer:
    """What is recorded on ``meant`` under the filters of ``search``, with the ``sections`` named.

    The main block holds the contrast of the question: that of a named effect,
    else the one asked for, else *taking*, or the phase's own (decision 7). A
    named effect under another contrast leaves it empty, and all stand apart. Where another class
    of evidence than effects is asked for, no contrast is left out.
    """
    free = structs.replace(meant, contrast=None)
    search = search.holding_outcome_all()
    question = search.about(free).asking(contrast=())
    contrasts = _contrasts(meant, search)
    # Read once: what counts, what was set aside with its report, what is recorded without counting, and other moments.
    of_any_phase = structs.replace(question.asking(phase=()), evidence="all", evidence_asked=True)
    everything = list(every_finding(session, of_any_phase))
    placed = [row for row in everything if search.evidence in ("all", row.evidence_class)]
    phases = FILTERS["phase"].opened(search.values("phase"))
    recorded = [row for row in everything if not phases or row.phase in phases]
    rows = [row for row in placed if not phases or row.phase in phases]
    main = [row for row in rows if row.contrast in contrasts]
    unplaced = [row for row in placed if row.phase == "not_reported" and row.contrast in contrasts]
    uncounted = [row for row in recorded if search.evidence == "effect" and row.evidence_class != "effect"]
    aside = [row for row in uncounted if row.standing in LEFT_THE_COUNTS and row.contrast in contrasts]
    collection = collected(session)
    apart = tuple(_apart(meant, rows, contrasts))
    near = () if main else tuple(neighbours(session, free, search, contrasts))
    return Answer(
        meant=meant,
        question=in_words(
            search.about(meant).asking(contrast=contrasts if len(contrasts) == 1 else search.values("contrast"))
        ),
        contrasts=contrasts,
        rows=tuple(main),
        totals=counting.count(main),
        by_side=counting.by_side(main),
        by_basis_group=counting.by_basis_group(main),
        cells=tuple(counting.cells(main)),
        best_comparison=best_comparison(main),
        badges=tuple(badges(meant.label, main)),
        apart=apart,
        phase_not_reported=counting.count(unplaced),
        phase_not_reported_ids=tuple(row.id for row in unplaced),
        checked_twice=counting.checked_twice(main),
        read_depth=counting.read_depths(main),
        largest_sample=counting.largest_sample(main),
        by_review_level=_review_levels(main),
        collection=collection,
        set_aside=tuple(row.id for row in aside),
        set_aside_text=_set_aside_text(aside),
        nearest=near,
        empty_text=None if main else empty_text(collection, near, apart=apart, uncounted=_by_kind(uncounted)),
        sections=sections_of(session, main, of_any_phase=placed, search=search, asked=sections),
    )


def _contrasts(meant: Meant, search: Search) -> tuple[str, ...]:
    """The contrasts of the main block; none where a named effect was asked for under another contrast than its own."""
    if meant.contrast is None:
        return contrasts_of(search)
    return (meant.contrast,) if meant.contrast in (search.values("contrast") or (meant.contrast,)) else ()


def _apart(meant: Meant, rows: Sequence[SettledFinding], contrasts: tuple[str, ...]) -> list[Apart]:
    groups = counting.split((row for row in rows if row.contrast not in contrasts), lambda row: row.contrast)
    return [
        Apart(
            contrast=contrast,
            label=vocabulary().label("contrast", contrast),
            counts=counting.count(groups[contrast]),
            finding_ids=tuple(row.id for row in groups[contrast]),
            badges=tuple(badges(meant.label, groups[contrast])),
        )
        for contrast in vocabulary().ids("contrast")
        if contrast in groups
    ]


def _review_levels(rows: Sequence[SettledFinding]) -> dict[str, int]:
    groups = counting.split(rows, lambda row: row.review_level)
    return {level: len(groups.get(level, ())) for level in vocabulary().ids("review_level")}


def collected(session: Session) -> Collection:
    """How much this store holds and how far it was read."""
    read = (
        select(Study.read_depth, func.count())
        .where(Study.status.in_(("submitted", "accepted")))
        .group_by(Study.read_depth)
    )
    found = {depth: n for depth, n in session.execute(read)}  # noqa: C416 - rows are not a mapping for the type checker
    depths = {depth: found[depth] for depth in vocabulary().ids("read_depth") if depth in found}
    in_abstract = depths.get("abstract", 0) + depths.get("abstract_part", 0)
    return Collection(
        records=session.scalar(select(func.count()).select_from(Citation).where(Citation.merged_into.is_(None))) or 0,
        screened=queue.counts(session).screened,
        studies=sum(depths.values()),
        read=in_abstract + depths.get("full_text", 0),
        read_in_abstract_only=in_abstract,
        studies_by_read_depth=depths,
        last_search=last_search(session),
    )


def _set_aside_text(rows: Sequence[SettledFinding]) -> str | None:
    if not rows:
        return None
    reports = len({row.report_id for row in rows})
    named = ", ".join(f"F{row.id}" for row in rows)
    return (
        f"Set aside: {counted(len(rows), 'finding')} of {counted(reports, 'retracted or withdrawn report')} ({named})."
    )


def _by_kind(rows: Sequence[SettledFinding]) -> dict[str, int]:
    """How many findings are no evidence of an effect, by what they are."""
    groups = counting.split(rows, lambda row: row.evidence_class)
    return {kind: len(groups[kind]) for kind in _UNCOUNTED if kind in groups}


_UNCOUNTED = {
    "reason": "reasons for use or conclusions without data",
    "context": "context: secondary literature, detections, other substances, retracted reports",
}


def empty_text(
    collection: Collection,
    near: Sequence[Neighbour],
    *,
    apart: Sequence[Apart] = (),
    uncounted: dict[str, int] | None = None,
) -> str:
    """The honest empty answer: what was searched and read, that unread text may hold it, and the nearest rows.

    "None exists" is never said: the collection cannot know that. Nor is "no
    study found" said where rows stand apart under another contrast, or are
    recorded without being evidence of an effect.
    """
    run = collection.last_search
    searched = f"{run.at.date()}" if run else "never run here"
    unit = "study" if collection.read == 1 else "studies"
    figures = (
        f"{collection.records} records, {collection.screened} screened here, "
        f"{collection.read} {unit} read, {collection.read_in_abstract_only} of them in abstract only"
    )
    sentences = [
        *_found_instead(apart, uncounted or {}),
        f"Search: {searched}; {figures}.",
        "Unread text may contain it.",
    ]
    if near and not apart:
        sentences.append(f"Nearest: {'; '.join(each.text for each in near)}.")
    return " ".join(sentences)


def _found_instead(apart: Sequence[Apart], uncounted: dict[str, int]) -> list[str]:
    sentences = []
    if apart:
        listed = "; ".join(f"{a.label}: {counted(a.counts.studies, 'study')}" for a in apart)
        sentences.append(f"Nothing found so far under this contrast; listed apart: {listed}.")
    if uncounted:
        listed = "; ".join(
            f"{counted(n, 'finding')} ({_UNCOUNTED[kind]}; evidence={kind})" for kind, n in uncounted.items()
        )
        sentences.append(f"Nothing found so far that counts as evidence of an effect; recorded besides: {listed}.")
    return sentences or ["No study found so far."]
