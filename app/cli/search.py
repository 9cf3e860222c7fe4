"""``evidence search``: findings for people to read, or as the service answers with ``--json``."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer
from sqlalchemy.orm import Session

from app.cli.endings import DONE
from app.cli.preparing import ready
from app.cli.speaking import give, give_json
from app.config import load_settings
from app.export.columns import NAMES, rows_of
from app.findings.flat import FlatFinding
from app.history import asof, events
from app.kit.public_ids import FINDING, public
from app.search import english, pages
from app.search.pages import Counts, Page
from app.search.reading import read
from app.search.spec import Search
from app.synthesis import phrases

WITHOUT = ("q",)
"""The text of a search is the argument itself."""
_FEW_ROWS, _MOST_ROWS = 20, 100


def search(
    text: Annotated[
        str | None, typer.Argument(help="A search text as in PubMed: words, phrases, AND OR NOT, [tags].")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=_MOST_ROWS, help="Findings to show.")] = _FEW_ROWS,
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended (page.next).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, as the service answers.")] = False,
    *,
    asked: dict[str, list[str]],
) -> int:
    """Search the findings. Filters hold on one and the same finding and its report; a repeated filter means "or"."""
    wanted = read(asked | ({"q": [text]} if text else {}))
    with ready(load_settings()) as store, asof.reading(store, wanted.as_of) as session:
        page = pages.page_of_findings(session, wanted, cursor=cursor, limit=limit)
        rows = pages.findings_by_id(session, page.ids)
        counts = pages.count_findings(session, wanted)
        envelope = _envelope(session, wanted, page, rows, limit=limit, counts=counts)
    if as_json:
        give_json(envelope)
    else:
        give("\n".join(_lines(wanted, page, rows, counts)))
    return DONE


def _envelope(
    session: Session, wanted: Search, page: Page, rows: list[FlatFinding], *, limit: int, counts: Counts
) -> dict[str, Any]:
    return {
        "data": [dict(zip(NAMES, row, strict=True)) for row in rows_of(rows)],
        "page": {"limit": limit, "next": page.next, "total": page.total},
        "meta": {
            "query": english.in_words(wanted),
            "expanded": english.expanded(wanted),
            "counts": counts,
            "by_review_level": pages.count_review_levels(session, wanted),
            "data_revision": events.latest(session),
            **asof.told(session),
        },
    }


def _lines(wanted: Search, page: Page, rows: list[FlatFinding], counts: Counts) -> Iterator[str]:
    yield english.in_words(wanted)
    named = {"finding": counts.findings, "study": counts.studies, "independent sample": counts.independent_units,
             "report": counts.reports}  # fmt: skip
    yield ", ".join(phrases.counted(number, noun) for noun, number in named.items()) + "."
    for row in rows:
        yield ""
        yield from _finding(row)
    if page.next:
        yield f"\n{len(rows)} of {page.total} are shown; --limit shows up to {_MOST_ROWS}, evidence export all of them."


def _finding(row: FlatFinding) -> Iterator[str]:
    said = phrases.evidence_clauses([row], name_outcome=False)[0]
    warning = "" if row.standing == "current" else f" [report: {row.standing.replace('_', ' ')}]"
    yield f"{public(FINDING, row.id)}  {row.year or 'no year'}  {phrases.heading(row.outcome_label, row)}: {said}{warning}"
    if row.summary:
        yield f"    {row.summary}"
    yield f"    {_citation(row)}"


def _citation(row: FlatFinding) -> str:
    identifier = f"PMID {row.pmid}" if row.pmid else f"doi:{row.doi}" if row.doi else "no identifier"
    place = " ".join(str(part) for part in (row.journal, row.year) if part)
    return ". ".join(part for part in (row.report_title or row.study_title, place, identifier) if part) + "."
