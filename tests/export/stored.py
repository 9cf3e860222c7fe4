"""References as rows of a store, for what is made of rows alone."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from msgspec.structs import asdict

from app.export.references import PLAIN, Batch, Person, Reference


def batch_of(references: Iterable[Reference]) -> Batch:
    """What a store would give for these; subheadings of MeSH stay in the names."""
    batch = Batch([], [], [])
    for each in references:
        batch.rows.append((*(getattr(each, name) for name in PLAIN), *_lists(each), None))
        batch.identifiers.extend((each.id, scheme, value) for scheme, value in each.identifiers)
        batch.studies.extend((each.id, study) for study in each.study_ids)
    return batch


def _lists(reference: Reference) -> Iterator[str | None]:
    lists: tuple[list[Any], ...] = (
        [_author(each) for each in reference.authors],
        list(reference.languages),
        [{"name": each} for each in reference.publication_types],
        [{"name": each} for each in reference.mesh_headings],
        [{"name": each} for each in reference.supplementary_concepts],
        [{"text": each} for each in reference.keywords],
        [dict(zip(("bank", "", "number"), each.partition(":"), strict=True)) for each in reference.registrations],
    )
    return (json.dumps(each) if each else None for each in lists)


def _author(person: Person) -> dict[str, Any]:
    return {name: value for name, value in asdict(person).items() if value is not None}
