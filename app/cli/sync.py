"""``evidence sync``: living searches are run again, one at a time wherever this is started. Made for cron and systemd timers."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import msgspec
import typer

from app.cli.endings import DONE, Stopped
from app.cli.preparing import ready
from app.cli.progress import Told, told
from app.cli.pubmed import actor, client_of
from app.cli.speaking import give, give_json, say
from app.config import Settings, load_settings
from app.database import Store
from app.errors import Conflict
from app.kit.public_ids import CITATION, RUN, SEARCH, public

_MOST_NAMED = 20


def sync(
    search: Annotated[
        list[str] | None, typer.Argument(metavar="[SEARCH]...", help="Living searches by id or name; all where none is.")
    ] = None,
    due: Annotated[bool, typer.Option("--due", help="Only those whose time has come; nothing to do is success.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Ask for everything again, not for changes alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as one JSON document.")] = False,
) -> int:  # fmt: skip
    """Run living searches: ask PubMed again, take in what is new or another, and say what vanished or was retracted."""
    settings = load_settings()
    with ready(settings) as store, told("records") as progress:
        try:
            report = _synced(settings, store, search or (), due=due, full=full, progress=progress)
        except Conflict as busy:
            if not (due and busy.message.startswith(("Another sync", "A sync"))):
                raise
            say(f"{busy.message} Nothing was done.")
            report = None
        except KeyboardInterrupt:
            raise Stopped("Stopped; what was done is kept. The next sync goes on from there.") from None
    if as_json:
        give_json(document(report))
    elif report:
        for line in _lines(report):
            give(line)
    return report.exit_code if report else DONE


def _synced(
    settings: Settings, store: Store, named: Sequence[str], *, due: bool, full: bool, progress: Told
) -> Any:  # fmt: skip
    from app.importing import taking_up  # noqa: PLC0415 - lxml and httpx, which few verbs need
    from app.importing.living import running  # noqa: PLC0415 - as above

    with store.reading() as session:
        plans = running.plans_for(session, named, due=due, full=full)
    with client_of(settings, store) as client:
        report = running.sync(store, client, plans, actor=actor(), progress=lambda _search: progress)
    if not named:
        report.taken_up = taking_up.take_up(
            store, lambda: client_of(settings, store), settings.var_dir, progress=progress
        )
    if not report.searches:
        say("No living search is due." if due else "There is no active living search.")
    return report


def document(report: Any) -> dict[str, Any]:
    """The report with public ids; without a report, one of nothing."""
    body: dict[str, Any] = msgspec.to_builtins(report) if report else {"searches": [], "not_run": [], "taken_up": []}
    for each in body["taken_up"]:
        each["run_id"] = public(RUN, each["run_id"]) if each["run_id"] else None
    for one in body["searches"]:
        one["run_id"], one["search_id"] = public(RUN, one["run_id"]), public(SEARCH, one["search_id"])
        for each in (*one["changed"], *one["standings"]):
            each["citation_id"] = public(CITATION, each["citation_id"])
    return body


def _lines(report: Any) -> Iterator[str]:
    for one in report.searches:
        counts = one.counts
        since = f" since {one.since_on}" if one.since_on else ""
        yield f"{public(SEARCH, one.search_id)} {one.name}, {one.mode}{since}: {one.state} ({public(RUN, one.run_id)})."
        if one.hits is not None:
            yield f"  PubMed found {one.hits:,} records for: {one.translation or one.asked_for}"
        yield (
            f"  {counts['asked']:,} asked for: {counts['added']:,} added, {counts['changed']:,} changed, "
            f"{counts['unchanged']:,} unchanged, {counts['rejected']:,} rejected, {counts['not_returned']:,} not returned."
        )
        yield (
            f"  Of this search {counts['new']:,} new, {counts['vanished']:,} vanished, {counts['reappeared']:,} reappeared; "
            f"{counts['retracted']:,} newly retracted, {counts['corrected']:,} newly corrected or in doubt, "
            f"{counts['reinstated']:,} reinstated."
        )
        yield from _named(one)
    for name in report.not_run:
        yield f"{name} was not run: PubMed did not answer."
    for import_ in report.taken_up:
        run = f" ({public(RUN, import_.run_id)})" if import_.run_id else ""
        failure = f" {import_.failure}" if import_.failure else ""
        yield f"Went on with an import that was cut off{run}: {import_.asked_for[:80]}: {import_.state}.{failure}"


def _named(one: Any) -> Iterator[str]:
    yield from (f"  warning: {text}" for text in one.warnings)
    if one.failure:
        yield f"  failure: {one.failure}"
    for change in one.standings:
        record = public(CITATION, change.citation_id) + (f" (PMID {change.pmid})" if change.pmid else "")
        yield f"  {change.kind}: {record} was {change.before} and is now {change.after}"
    for change in one.changed[:_MOST_NAMED]:
        yield f"  changed: PMID {change.pmid}: {', '.join(change.fields)}"
    for word in ("vanished", "rejected", "not_returned"):
        for each in getattr(one, word)[:_MOST_NAMED]:
            yield f"  {word.replace('_', ' ')}: PMID {each.pmid}: {each.reason}"
    yield from (f"  {text}" for text in one.notices[:_MOST_NAMED])
