import re
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

from app.database import Store
from app.export import citation_columns, columns, csv, ndjson, study_columns
from app.export.columns import Column
from app.findings.flat import FlatFinding
from app.search.pages import every_finding
from app.search.reading import read

ROOT = Path(__file__).resolve().parents[2]
PROMISED = (
    "study_id", "pmid", "year", "outcome", "direction", "effect", "phase", "contrast", "basis", "design", "subject",
    "exposure_substance", "substance_group", "n_events", "n_group", "p_value_text", "quote_text", "quote_state",
    "status", "review_level", "standing", "read_depth", "url",
)  # fmt: skip


@pytest.mark.parametrize(("kind", "listed"), [
    ("findings", columns.FINDINGS), ("studies", study_columns.STUDIES), ("citations", citation_columns.CITATIONS),
])  # fmt: skip
def test_the_data_dictionary_names_every_column_in_its_place(kind: str, listed: tuple[Column, ...]) -> None:
    page = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    section = page.partition(f"\n## Columns of {kind}\n")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| `(\w+)` \| (.+) \|$", section, re.MULTILINE)

    assert [(column.name, column.meaning) for column in listed] == documented


@pytest.mark.parametrize("names", [study_columns.NAMES, citation_columns.NAMES])
def test_no_column_of_a_table_is_named_twice(names: tuple[str, ...]) -> None:
    assert len(names) == len(set(names))


def test_every_column_that_was_promised_is_there() -> None:
    assert [] == [name for name in PROMISED if name not in columns.NAMES]


def test_nothing_that_is_known_of_a_finding_is_left_out() -> None:
    written = {column.source for column in columns.FINDINGS}

    of_review = {"created_at", "created_by", "edited_at", "reviewed_at", "reviewed_by", "study_created_by"}
    assert of_review == {field.name for field in structs.fields(FlatFinding) if field.name not in written}


def test_no_name_is_used_twice() -> None:
    assert len(columns.NAMES) == len(set(columns.NAMES))


def test_an_export_is_streamed_and_has_public_ids(starter_url: str) -> None:
    store = Store(starter_url)
    with store.reading() as session:
        search = read({"evidence": ["all"]})
        table = list(csv.findings(every_finding(session, search)))
        lines = b"".join(ndjson.findings(every_finding(session, search))).splitlines()
    store.close()
    first = msgspec.json.decode(lines[0])

    assert (1 + 196, 196) == (len(b"".join(table).split(b"\r\nF")), len(lines))
    assert ("F1", "S1", "/api/v1/findings/F1") == (first["id"], first["study_id"], first["url"])
