"""The rooms being connected: one application from settings, with its doors, its gate and its store."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress

from anyio import to_thread
from fastapi import FastAPI

from app import schema
from app.api import (
    admin,
    citation_writes,
    citations,
    claims,
    deciding,
    differences,
    duplicates,
    exports,
    feeds,
    finding_writes,
    findings,
    flags,
    glances,
    guarding,
    health,
    history,
    import_writes,
    imports,
    lifecycle,
    outcomes,
    plots,
    problems,
    proposals,
    quote_candidates,
    quotes,
    reference,
    removals,
    screening,
    search_writes,
    searches,
    sessions,
    studies,
    study_writes,
    tokens,
    vocabulary,
)
from app.api.cache import AnswerCache, WriteWatch
from app.api.exports import AT_ONCE, Turns
from app.api.gate import Gate
from app.api.guarding import Doorkeeper, Guarded
from app.api.importing import Importers
from app.api.rates import Paced, rates_for
from app.api.turns import Writers
from app.config import PROGRAM_VERSION, Settings, load_settings
from app.database import Store
from app.errors import EvidenceError
from app.logs import configure_logs
from app.search.holdings import holdings

_CURATION = (study_writes, finding_writes, removals, lifecycle, proposals)
READER_THREADS = 4
"""Threads for requests. Forty, the default, thrash the interpreter lock: 608 against 1,070 answers/s at 32 connections."""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The service: REST under ``/api/v1``, health and metrics beside it, the reference at ``/docs``."""
    settings = settings or load_settings()
    configure_logs(settings.log_level)
    store = Store(settings.store_url, readers=READER_THREADS + AT_ONCE + 2 + guarding.READERS + glances.KEPT)
    watch = WriteWatch(store)
    app = FastAPI(
        title="Kratom Evidence",
        version=PROGRAM_VERSION,
        summary="What studies and case reports say about kratom, sleep and opioid withdrawal.",
        description=reference.DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        generate_unique_id_function=reference.named_after_function,
        lifespan=_lifespan(store, watch),
        separate_input_output_schemas=False,
    )
    app.router.route_class = Guarded
    app.state.store = store
    _let_people_in(app, store, settings)
    app.state.settings = settings
    app.state.schema = schema.head()
    app.state.exports = Turns()
    rooms = (
        studies,
        findings,
        quote_candidates,
        quotes,
        citations,
        duplicates,
        outcomes,
        claims,
        vocabulary,
        history,
        imports,
        screening,
        searches,
        exports,
    )
    for door in rooms:
        app.include_router(door.router, prefix="/api/v1", responses=problems.documented())
    for door in (
        citation_writes,
        deciding,
        flags,
        differences,
        search_writes,
        study_writes,
        finding_writes,
        removals,
        lifecycle,
        proposals,
    ):
        app.include_router(door.router, prefix="/api/v1", responses=problems.documented(*problems.OF_WRITING))
    app.include_router(plots.router, prefix="/api/v1", responses=problems.documented())
    app.include_router(feeds.router, responses=problems.documented())
    app.include_router(feeds.beside, prefix="/api/v1")
    app.include_router(health.router, responses=problems.documented(400, 405, 414, 422))
    reference.install(app)
    app.state.addresses = guarding.addresses(app)
    problems.install(app)
    app.add_middleware(AnswerCache, watch=watch)
    app.add_middleware(Paced, rates=app.state.rates)
    app.add_middleware(Gate, hosts=settings.hosts, max_body=settings.max_upload_mb * 1024 * 1024)
    return app


def _let_people_in(app: FastAPI, store: Store, settings: Settings) -> None:
    app.state.writers = Writers(store)
    app.state.doorkeeper = Doorkeeper(store, app.state.writers)
    app.state.rates = rates_for(settings)
    app.state.importers = Importers(store, settings)
    for door in (sessions, tokens, admin, import_writes):
        app.include_router(door.router, prefix="/api/v1", responses=problems.documented(*problems.OF_WRITING))


def _warm(store: Store) -> None:
    """Read what lists of citations are cut from beside the first answers: seconds for 300,000 citations."""
    # A store that cannot be read is told to whoever asks it.
    with suppress(EvidenceError), store.reading() as session:
        holdings(session)


def _lifespan(store: Store, watch: WriteWatch) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = READER_THREADS
        async with AsyncExitStack() as closing:
            # Last opened, first closed; what fails to close keeps nothing else open.
            closing.callback(store.close)
            closing.callback(watch.close)
            for each in (app.state.writers, app.state.doorkeeper, app.state.importers):
                closing.push_async_callback(each.close)
            app.state.importers.go_on()
            warming = asyncio.ensure_future(to_thread.run_sync(_warm, store))
            yield
            await warming

    return lifespan
