"""``POST /imports``: editors import files, PMIDs, or what a search of PubMed finds. Reading the body is ``import_orders``'.

An import commits per batch and may take an hour, so it is no write of one
transaction: it runs beside the request (``importing``), and the answer waits
for it a few seconds only. The ``Idempotency-Key`` is taken in the transaction
that begins the run, so that a repeat always finds either the run or its end.
"""

import asyncio
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec
from anyio import to_thread
from fastapi import Request, Response
from sqlalchemy.orm import Session

from app.accounts import flags, repeats
from app.api import import_orders
from app.api.answers import one
from app.api.asking import only
from app.api.guarding import Door, Guarded
from app.api.import_orders import Order
from app.api.importing import Importers
from app.api.shapes import API, One, Shape
from app.api.writing import Write, kept_as, look_again, repeat_of, replayed
from app.errors import EvidenceError, NotFound, Paused
from app.history import events
from app.importing.report import MOST_TOLD, ImportReport
from app.importing.run import Run
from app.kit.public_ids import RUN, public
from app.models.imports import ImportRun

_LOOK_S = 0.02

router = Door(prefix="/imports", tags=["imports"], route_class=Guarded)


class RejectedRecordOut(Shape):
    """A record that was not stored: its place in the run (from 1), its line, what is known of it, and why."""

    position: int
    line: int | None
    id: str | None
    reason: str


class ImportReportOut(Shape):
    """The report of an import. ``asked`` is the sum of the fates: ``rejected`` and ``not_returned`` by name, the others counted.

    While it is under way (202) the numbers are those so far; ``url`` has the
    final ones. A dry run has neither id nor url. Lists hold at most 1,000.
    ``changed_fields`` says by the record's own id what a later edition changed,
    ``says_otherwise`` by the citation what a file says otherwise than the
    record that is kept.
    """

    id: str | None
    url: str | None
    state: str
    dry_run: bool
    failure: str | None
    hit_count: int | None
    translation: str | None
    asked: int
    added: int
    changed: int
    unchanged: int
    repeated: int
    rejected: list[RejectedRecordOut]
    not_returned: list[str]
    deleted: int
    not_matching: int
    retracted: int
    warnings: list[str]
    notices: list[str]
    changed_fields: dict[str, list[str]]
    says_otherwise: dict[str, list[str]]
    unknown_elements: dict[str, int]


class _Repeated(Exception):
    """The request came before; what it was answered."""

    def __init__(self, kept: repeats.Kept) -> None:
        super().__init__()
        self.kept = kept


class _Import:
    """One import that was asked for: its run, and the key under which its answer is kept."""

    def __init__(self, importers: Importers, write: Write, order: Order) -> None:
        self._importers = importers
        self._write = write
        self.dry_run = order.dry_run
        self._repeat = None if order.dry_run else repeat_of(write)
        self.run: Run = order.run(importers.store, write.actor)
        self.run.on_begin = self._begun

    def _begun(self, session: Session, number: int) -> None:
        self._write.session = session
        look_again(self._write)
        flags.refuse_while_on(session, flags.NO_IMPORTS)
        if self._repeat:
            kept = repeats.first_or_answer(session, self._repeat)
            if kept is not None:
                raise _Repeated(kept)
            repeats.keep(session, self._repeat, kept_as(_under_way(session, number)))

    def work(self) -> ImportReport:
        """Carry the run out and keep its answer; a failure lets the key go, a pause does not."""
        try:
            report = self._importers.carry_out(self.run)
        except EvidenceError as error:
            if self._repeat and self.run.begun and not isinstance(error, Paused):
                with suppress(EvidenceError), self._importers.store.writing() as session:
                    repeats.forget(session, self._repeat)
            raise
        if self._repeat:
            with self._importers.store.writing() as session:
                repeats.keep(session, self._repeat, kept_as(_ended(session, report)))
        return report


@router.post(
    "", status_code=201, dependencies=[only()], response_model=One[ImportReportOut],
    openapi_extra={"requestBody": import_orders.BODY},
    responses={
        200: {"description": "What a dry run would do; nothing was written", "model": One[ImportReportOut]},
        202: {"description": "Under way; Location says where to look", "model": One[ImportReportOut]},
    },
)  # fmt: skip
async def add_import(request: Request) -> Response:
    """Import files, PMIDs or what a search finds. 201 with the whole report, or 202 where it takes longer than five seconds."""
    importers: Importers = request.app.state.importers
    await to_thread.run_sync(importers.refuse_while_off)
    order = await import_orders.read_order(request, importers.settings)
    request.state.body_hash = order.hash
    asked = _Import(importers, Write(request), order)
    future = importers.begin(asked.work)
    ended = asyncio.wrap_future(future)
    await asyncio.wait([ended], timeout=importers.patience_s)
    while not (ended.done() or asked.run.begun):
        await asyncio.sleep(_LOOK_S)
    if not ended.done():
        return await to_thread.run_sync(partial(_told, importers, asked.run.report.run_id))
    try:
        report = ended.result()
    except _Repeated as repeated:
        return replayed(repeated.kept)
    return await to_thread.run_sync(partial(_finished, importers, report))


def _told(importers: Importers, number: int | None) -> Response:
    with importers.store.reading() as session:
        return _under_way(session, number or 0)


def _finished(importers: Importers, report: ImportReport) -> Response:
    with importers.store.reading() as session:
        return _ended(session, report)


def _under_way(session: Session, number: int) -> Response:
    from app.importing.resuming import recalled  # noqa: PLC0415 - loads what no other door needs

    run = session.get(ImportRun, number)
    if run is None:
        raise NotFound(f"There is no import run {public(RUN, number)}.")
    return _answer(session, recalled(session, run), status=202)


def _ended(session: Session, report: ImportReport) -> Response:
    return _answer(session, report, status=200 if report.dry_run else 201)


def _answer(session: Session, report: ImportReport, *, status: int) -> Response:
    body: dict[str, Any] = msgspec.to_builtins(report)
    number = body.pop("run_id")
    for each in ("rejected", "not_returned", "notices"):
        body[each] = body[each][:MOST_TOLD]
    run_id = public(RUN, number) if number else None
    url = f"{API}/imports/{run_id}" if run_id else None
    headers = {"Location": url} if url else {}
    return one(body | {"id": run_id, "url": url}, revision=events.latest(session), headers=headers, status=status)
