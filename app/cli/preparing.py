"""Opening the store for a verb, and bringing it to what this program needs: schema, agreed words, starter corpus.

When nothing is to do it costs three small reads; alembic and the corpus are
imported only when something is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from app.citations import filling
from app.config import PROJECT_DIR, Settings, load_settings
from app.database import Store
from app.errors import SchemaMismatch, StoreUnavailable
from app.importing.living import searches
from app.jobs import runs
from app.models.study import Study
from app.models.vocabulary import VocabularyRelease
from app.vocabulary.words import vocabulary

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('kratom-evidence-init'))"


@contextmanager
def opened(settings: Settings, *, readers: int = 2) -> Iterator[Store]:
    """The store, whatever is in it; closed at the end of the block."""
    store = Store(settings.store_url, readers=readers)
    try:
        yield store
    finally:
        # The last close checkpoints under a lock file; where that cannot be made nothing was written either.
        with suppress(OSError):
            store.close()


@contextmanager
def ready(settings: Settings) -> Iterator[Store]:
    """The store at this program's schema. Raises :class:`SchemaMismatch` saying what to run otherwise."""
    with opened(settings) as store:
        if not is_there(store):
            raise StoreUnavailable(f"There is no database at {store.path} yet; run: evidence init")
        with store.reading() as session:
            _refuse_unprepared(session)
        yield store


def _refuse_unprepared(session: Session) -> None:
    found = stored_schema(session)
    if found is None:
        raise SchemaMismatch("The database is empty; run: evidence init")
    if found != newest_schema():
        _refuse_newer(found)
        raise SchemaMismatch(
            f"The database has schema {found}, this program needs {newest_schema()}; run: evidence migrate"
        )
    if not filling.is_current(session):
        raise SchemaMismatch("The text index has the form of an earlier program; run: evidence migrate")


def refuse_newer(settings: Settings) -> None:
    """Raise :class:`SchemaMismatch` when the database was written by a newer program; an absent or empty one is let be."""
    with opened(settings) as store:
        if not is_there(store):
            return
        with store.reading() as session:
            found = stored_schema(session)
    if found not in (None, newest_schema()):
        _refuse_newer(str(found))


def is_there(store: Store) -> bool:
    """Whether there is a database to open; of PostgreSQL only opening it tells."""
    return store.path is None or store.path.exists()


def stored_schema(session: Session) -> str | None:
    """The schema version of the store, or None when it is empty."""
    if not inspect(session.connection()).has_table("alembic_version"):
        return None
    found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def newest_schema() -> str:
    """The schema version that this program is for, by the names of the migrations: the same as ``app.schema.head()``."""
    return max("_".join(path.name.split("_")[:4]) for path in (PROJECT_DIR / "migrations" / "versions").glob("2*.py"))


def _refuse_newer(found: str) -> None:
    from app import schema  # noqa: PLC0415 - alembic costs as much time as everything else here

    schema.refuse_newer(found)


def prepare(store: Store, tell: Callable[[str], None]) -> None:
    """Migrate, load the agreed words, load the starter corpus when there is no study; ``tell`` hears what was done.

    Each step is one transaction and safe beside another process that does the
    same. Raises :class:`SchemaMismatch` when the database is newer than this
    program.
    """
    if _is_prepared(store):
        _end_abandoned(store, tell)
        return
    migrate(store, tell)
    from app.importing import starter  # noqa: PLC0415 - a database that is filled already needs no corpus
    from app.vocabulary import rows  # noqa: PLC0415 - as above

    with store.writing() as session:
        if not store.is_sqlite:
            session.execute(text(_LOCK))
        if rows.load(session):
            tell(f"Loaded the vocabulary, version {vocabulary().version}.")
        loaded = starter.load(session)
        if loaded.state == "loaded":
            tell(
                f"Loaded the starter corpus: {loaded.studies} studies, {loaded.reports} reports, "
                f"{loaded.findings} findings, read by one reader."
            )
        added = searches.install(session)
        if added:
            tell(f"Loaded {added} living searches of PubMed; evidence sync runs them.")


def _end_abandoned(store: Store, tell: Callable[[str], None]) -> None:
    """Say and write down that runs ended whose process is gone; a store without any is not written to."""
    with store.reading() as session:
        if not runs.any_running(session):
            return
    with store.writing() as session:
        lost = runs.end_abandoned(session)
    if lost:
        tell(f"Ended {lost} import runs as incomplete, because their process is gone; /api/v1/imports names them.")


def migrate(store: Store, tell: Callable[[str], None]) -> bool:
    """Bring the schema to this program's; True when anything was done."""
    from app import schema  # noqa: PLC0415 - alembic costs as much time as everything else here
    from app.backups import copies  # noqa: PLC0415 - a store that is up to date needs none

    if _has_older_schema(store):
        copies.before_migrating(store, (store.path.parent if store.path else load_settings().var_dir) / "backups", tell)
    done = schema.migrate(store)
    if done:
        tell(f"Migrated the database to schema {schema.head()}.")
    return _fill_index(store, tell) or done


def _has_older_schema(store: Store) -> bool:
    if not is_there(store):
        return False
    with store.reading() as session:
        found = stored_schema(session)
    if found not in (None, newest_schema()):
        _refuse_newer(str(found))
    return found not in (None, newest_schema())


def _fill_index(store: Store, tell: Callable[[str], None]) -> bool:
    with store.reading() as session:
        if filling.is_current(session):
            return False
    with store.writing() as session:
        if not store.is_sqlite:
            session.execute(text(_LOCK))
        if filling.is_current(session):
            return False
        filled = filling.fill(session, tell)
    if filled:
        tell(f"Filled the text index with {filled} citations.")
    return True


def _is_prepared(store: Store) -> bool:
    if not is_there(store):
        return False
    with store.reading() as session:
        if stored_schema(session) != newest_schema() or not filling.is_current(session):
            return False
        release = session.get(VocabularyRelease, vocabulary().version)
        same_words = release is not None and release.sha256 == vocabulary().sha256
        return same_words and searches.is_installed(session) and session.scalar(select(Study.id).limit(1)) is not None
