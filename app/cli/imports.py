"""``evidence import``: from PubMed or from files into the store. Reading and storing are ``app.importing``'s."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from app.cli.endings import IN_PART, Stopped
from app.cli.preparing import ready
from app.cli.progress import Told, told
from app.cli.pubmed import actor, client_of
from app.cli.speaking import give, give_json, say
from app.config import Settings, load_settings
from app.database import Store
from app.errors import Invalid
from app.importing.report import ImportReport
from app.kit.public_ids import RUN, public

_AsJson = Annotated[bool, typer.Option("--json", help="The report as one JSON document.")]
_DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done and change nothing.")]
_MOST_NAMED = 20


def pubmed(
    query: Annotated[str | None, typer.Option(help="A PubMed search; everything that it finds is imported.")] = None,
    pmid: Annotated[list[str] | None, typer.Option(metavar="P[,P…]", help="PMIDs, separated by commas.")] = None,
    dry_run: _DryRun = False,
    as_json: _AsJson = False,
) -> int:
    """Import records from PubMed, by a search or by their PMIDs."""
    if (query is None) == (pmid is None):
        raise Invalid("Give either --query or --pmid.")
    settings = load_settings()
    pmids = [each.strip() for text in pmid or () for each in text.split(",") if each.strip()]

    def imported(store: Store, progress: Told) -> ImportReport:
        from app.importing.pubmed import sync  # noqa: PLC0415 - lxml and httpx, which no other verb needs

        with client_of(settings, store) as client:
            if query is not None:
                return sync.import_query(store, client, query, actor=actor(), dry_run=dry_run, progress=progress)
            return sync.import_pmids(store, client, pmids, actor=actor(), dry_run=dry_run, progress=progress)

    return _run(settings, imported, dry_run=dry_run, as_json=as_json)


def file(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, packed with gzip or not.")],
    match: Annotated[
        str | None, typer.Option(metavar="QUERY", help="Import only records that match this search.")
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(metavar="MAP", help="Which heading a field of a table stands under: title=Title,doi=DOI,…"),
    ] = None,
    dry_run: _DryRun = False,
    as_json: _AsJson = False,
) -> int:
    """Import records from files; the format is told from what is in them."""
    settings = load_settings()

    def imported(store: Store, progress: Told) -> ImportReport:
        from app.importing import file_runs  # noqa: PLC0415 - lxml, which no other verb needs
        from app.importing.files.csv_rows import read_columns  # noqa: PLC0415 - as above
        from app.importing.files.reading import Wanted  # noqa: PLC0415 - as above

        most = settings.max_import_mb * 1024 * 1024
        wanted = Wanted(columns=read_columns(columns or ""), match=match, max_bytes=most)
        return file_runs.import_selected(store, paths, wanted, actor=actor(), progress=progress, dry_run=dry_run)

    return _run(settings, imported, dry_run=dry_run, as_json=as_json)


def _run(
    settings: Settings, imported: Callable[[Store, Told], ImportReport], *, dry_run: bool, as_json: bool
) -> int:  # fmt: skip
    with ready(settings) as store, told("records") as progress:
        try:
            report = imported(store, progress)
        except KeyboardInterrupt:
            kept = (
                "nothing was written"
                if dry_run
                else f"{progress.done:,} records were done and what they brought is kept"
            )
            raise Stopped(f"Stopped: {kept}. Run the same command again to go on; nothing is stored twice.") from None
    if as_json:
        give_json(_document(report))
    else:
        for line in _lines(report):
            give(line)
    for line in _remarks(report):
        say(line)
    return report.exit_code


def _document(report: ImportReport) -> dict[str, Any]:
    body: dict[str, Any] = msgspec.to_builtins(report)
    return body | {"run_id": public(RUN, report.run_id) if report.run_id else None}


def _lines(report: ImportReport) -> Iterator[str]:
    if report.hit_count is not None:
        yield f"PubMed found {report.hit_count:,} records" + (
            f" for: {report.translation}" if report.translation else "."
        )
    run = f"Import run {public(RUN, report.run_id)}" if report.run_id else "Dry run, nothing was written"
    yield f"{run}: {report.state}."
    yield (
        f"{report.asked:,} asked for: {report.added:,} added, {report.changed:,} changed, {report.unchanged:,} unchanged, "
        f"{report.repeated:,} repeated, {len(report.rejected):,} rejected, {len(report.not_returned):,} not returned; "
        f"{report.deleted:,} deletions."
    )
    for one in report.rejected:
        place = (
            f"record {one.position}" + (f", line {one.line}" if one.line else "") + (f", {one.id}" if one.id else "")
        )
        yield f"rejected: {place}: {one.reason}"
    if report.not_returned:
        yield f"not returned: {', '.join(report.not_returned)}"


def _remarks(report: ImportReport) -> Iterator[str]:
    yield from report.warnings
    yield from report.notices[:_MOST_NAMED]
    if len(report.notices) > _MOST_NAMED:
        yield f"… and {len(report.notices) - _MOST_NAMED:,} more notices; --json names them."
    if report.unknown_elements:
        named = ", ".join(list(report.unknown_elements)[:_MOST_NAMED])
        yield f"The reader did not know these elements and left them out: {named}."
    if report.failure:
        yield f"Incomplete: {report.failure}"
    elif report.exit_code == IN_PART:
        yield "Done in part: the records named above are not in the store."
