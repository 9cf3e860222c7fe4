"""The formats of an export: how each is asked for, what it is called on the wire, and what it is made of."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from app.export import bibtex, csl, csv, ndjson, ris
from app.export.references import Reference

Table = Callable[[Sequence[str], Iterable[Sequence[Any]]], Iterator[bytes]]
Bibliography = Callable[[Iterable[Reference]], Iterator[bytes]]


class Format(Struct, frozen=True):
    """A format: ``name`` for the terminal, ``ending`` for files and addresses. It writes a table or a bibliography."""

    name: str
    ending: str
    media_type: str
    table: Table | None = None
    bibliography: Bibliography | None = None


FORMATS: tuple[Format, ...] = (
    Format("csv", "csv", "text/csv; charset=utf-8", table=csv.table),
    Format("ndjson", "ndjson", "application/x-ndjson", table=ndjson.lines),
    Format("ris", "ris", "application/x-research-info-systems; charset=utf-8", bibliography=ris.records),
    Format("bibtex", "bib", "application/x-bibtex; charset=utf-8", bibliography=bibtex.entries),
    Format("csl-json", "csl.json", "application/vnd.citationstyles.csl+json", bibliography=csl.items),
)
BY_ENDING = {each.ending: each for each in FORMATS}
BY_NAME = {each.name: each for each in FORMATS}
