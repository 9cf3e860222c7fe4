"""What ``POST /imports`` may carry: files in a form, or PMIDs or a search as JSON; read, bounded, and files kept on disk.

No run is begun here, and no address that somebody sends is ever fetched.
"""

import shutil
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Self

from anyio import to_thread
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from msgspec import Struct
from pydantic import Field, ValidationError, model_validator
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.api import bodies
from app.config import Settings
from app.database import Store
from app.errors import Invalid, StoreFull, UnknownParameter
from app.importing.run import Run
from app.kit.draft import Draft

MOST_PMIDS = 10_000
MOST_FILES = 20
_FORM, _JSON = "multipart/form-data", "application/json"
_FIELDS = ("file", "match", "columns", "dry_run")
_LONGEST_FIELD = 20_000

Pmid = Annotated[str, Field(min_length=1, max_length=20)]


class ImportDraft(Draft):
    """What to import from PubMed: either ``pmids`` or what a ``query`` finds. ``dry_run`` says what would be done."""

    pmids: Annotated[list[Pmid], Field(min_length=1, max_length=MOST_PMIDS)] | None = None
    query: Annotated[str, Field(min_length=2, max_length=20_000)] | None = None
    dry_run: Annotated[bool, Field(strict=True)] = False

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.pmids is None) == (self.query is None):
            raise ValueError("give either pmids or query")
        return self


class Order(Struct, frozen=True):
    """What was asked for, ready to be begun: ``run`` makes the run, ``hash`` tells a repeat from another request."""

    run: Callable[[Store, str], Run]
    hash: str
    dry_run: bool


BODY: dict[str, Any] = {
    "required": True,
    "content": {
        _FORM: {
            "schema": {
                "type": "object",
                "required": ["file"],
                "additionalProperties": False,
                "properties": {
                    "file": {
                        "type": "array", "minItems": 1, "maxItems": MOST_FILES,
                        "items": {"type": "string", "format": "binary"},
                        "description": "files in any format of docs/importing.md, packed with gzip or not",
                    },
                    "match": {"type": "string", "description": "only records that match this search are taken"},
                    "columns": {"type": "string", "description": "headings of a table by field: title=Article title,doi=DOI"},
                    "dry_run": {"type": "string", "enum": ["true", "false"]},
                },
            }
        },
        _JSON: {"schema": ImportDraft.model_json_schema()},
    },
}  # fmt: skip
"""The request as OpenAPI describes it."""


async def read_order(request: Request, settings: Settings) -> Order:
    """Read what a request asks for.

    Raises :class:`Invalid` for what cannot be right, and answers 413 and 415
    to what is too large or of another type.
    """
    bodies.check_type(request, (_FORM, _JSON))
    if request.headers["content-type"].lower().startswith(_JSON):
        return _read_json(await bodies.bounded(request))
    try:
        async with request.form(max_files=MOST_FILES, max_fields=len(_FIELDS), max_part_size=_LONGEST_FIELD) as form:
            return await to_thread.run_sync(partial(_keep, form, settings))
    except ClientDisconnect:
        raise Invalid("The connection ended before the whole form had come; send it again.", field="body") from None
    except HTTPException as error:
        if error.status_code != 400:
            raise
        raise Invalid(f"The form cannot be read: {error.detail}", field="body") from None
    except OSError as error:
        raise StoreFull(f"What was sent cannot be kept while it is read: {error.strerror}.") from error


def _read_json(body: bytes) -> Order:
    try:
        draft = ImportDraft.model_validate(bodies.read_json(body))
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from None

    def run(store: Store, actor: str) -> Run:
        from app.importing.pubmed import sync  # noqa: PLC0415 - lxml and httpx, which no other door needs

        if draft.query is not None:
            return sync.run_of_query(store, draft.query, actor=actor, dry_run=draft.dry_run)
        return sync.run_of_pmids(store, draft.pmids or (), actor=actor, dry_run=draft.dry_run)

    return Order(run, sha256(body).hexdigest(), draft.dry_run)


def _keep(form: FormData, settings: Settings) -> Order:
    from app.importing import uploads  # noqa: PLC0415 - lxml, which no other door needs
    from app.importing.files.csv_rows import read_columns  # noqa: PLC0415 - as above

    files, match, columns, dry_run = _fields(form)
    folder = uploads.new_folder(settings.var_dir)
    upload = uploads.Upload(
        str(folder), uploads.names_of([each.filename for each in files]), match, read_columns(columns or ""),
        settings.max_import_mb * 1024 * 1024,
    )  # fmt: skip
    digest = sha256(repr((upload.names, match, columns, dry_run)).encode())
    try:
        for file, path in zip(files, upload.paths, strict=True):
            digest.update(_written(file, path))
        uploads.refuse_unknown(upload)
    except BaseException:
        uploads.discard(folder)
        raise
    run = partial(_upload_run, upload, dry_run)
    return Order(run, digest.hexdigest(), dry_run)


def _upload_run(upload: Any, dry_run: bool, store: Store, actor: str) -> Run:
    from app.importing.uploads import UploadRun  # noqa: PLC0415 - lxml, which no other door needs

    return UploadRun(store, upload, actor=actor, dry_run=dry_run)


def _fields(form: FormData) -> tuple[list[UploadFile], str | None, str | None, bool]:
    for name in form:
        if name not in _FIELDS:
            raise UnknownParameter(
                f"{name[:40]!r} is no field of this form. Fields: {', '.join(_FIELDS)}.",
                field=name[:40],
                choices=_FIELDS,
            )
    files = form.getlist("file")
    if not files or not all(isinstance(each, UploadFile) for each in files):
        raise Invalid("Send at least one file, in the field named file.", field="file")
    match, columns, dry_run = (_text(form, name) for name in _FIELDS[1:])
    if dry_run not in {None, "", "true", "false"}:
        raise Invalid("dry_run is true or false.", field="dry_run")
    return [each for each in files if isinstance(each, UploadFile)], match or None, columns or None, dry_run == "true"


def _text(form: FormData, name: str) -> str | None:
    given = form.getlist(name)
    if len(given) > 1 or any(not isinstance(each, str) for each in given):
        raise Invalid(f"{name} is a text and given once.", field=name)
    return str(given[0]) if given else None


def _written(file: UploadFile, path: Path) -> bytes:
    path.parent.mkdir(parents=True)
    file.file.seek(0)
    with path.open("wb") as kept:
        shutil.copyfileobj(file.file, kept, 1 << 20)
    with path.open("rb") as kept:
        digest = sha256()
        while part := kept.read(1 << 20):
            digest.update(part)
    return digest.digest()
