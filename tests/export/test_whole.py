"""A whole set: the rows that the lists have, read by the thousand, with what a file has to say about itself."""

import csv as reader
import io
import json
from hashlib import sha256
from typing import Any

import pytest
from msgspec.structs import asdict
from sqlalchemy.orm import Session

from app.citations.draft import (
    Author,
    CitationDraft,
    Identifier,
    Journal,
    Keyword,
    MeshHeading,
    Qualifier,
    Registration,
    TextPart,
)
from app.database import Store
from app.export import citation_columns, csv, reading, references, study_columns
from app.export.finding_rows import flat_findings
from app.export.formats import BY_ENDING, BY_NAME
from app.export.sidecar import encoded, sidecar, summed
from app.export.whole import KINDS, NAMES, Whole, whole, written
from app.kit.canonical import now
from app.models.finding import Quote
from app.search import pages
from app.search.reading import read
from tests.export import reading_back
from tests.export.payloads import PAYLOADS
from tests.factories import a_citation, a_finding, a_revision, a_study, opened

SEARCHES: list[dict[str, list[str]]] = [
    {}, {"outcome": ["insomnia"]}, {"evidence": ["all"]}, {"subject": ["human"], "year_from": ["2020"]}, {"q": ["kratom sleep"]},
    {"country": ["XX"]},
]  # fmt: skip


def of(session: Session, kind: str, form: str, **asked: list[str]) -> tuple[Whole, str]:
    """A set and its text."""
    wanted = whole(session, kind, BY_NAME[form], read(asked))
    return wanted, b"".join(written(session, wanted)).decode()


@pytest.mark.parametrize("asked", SEARCHES)
def test_findings_read_by_the_thousand_are_those_of_the_lists(starter_url: str, asked: dict[str, list[str]]) -> None:
    with opened(starter_url) as store, store.reading() as session:
        expected = list(pages.every_finding(session, read(asked)))
        found = list(flat_findings(session, [each.id for each in expected]))

    # Those of the lists are promised to have a design and a subject; what they hold is the same.
    assert list(map(asdict, expected)) == list(map(asdict, found))


def test_the_first_quote_and_the_first_identifiers_belong_to_a_finding(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        two = (Identifier("doi", "10.1/b"), Identifier("doi", "10.1/a"), Identifier("pmid", "7"))
        ids = [_quoted(store, two), _quoted(store, (Identifier("nct", "NCT00000001"),))]
        with store.reading() as session:
            expected = [each for each in pages.every_finding(session, read({})) if each.id in ids]
            found = list(flat_findings(session, ids))

    assert list(map(asdict, expected)) == list(map(asdict, found))
    assert [("first", "10.1/a", "7"), ("first", None, None)] == [
        (each.quote_text, each.doi, each.pmid) for each in found
    ]


def _quoted(store: Store, identifiers: tuple[Identifier, ...]) -> int:
    with store.writing() as session:
        revision = a_revision()
        report = a_citation(session, revision, identifiers=identifiers)
        study = a_study(session, revision, reports=(report,))
        finding = a_finding(session, revision, study, report_id=report)
        for text in ("first", "second"):
            place = {"finding_id": finding.id, "citation_id": report, "location": "table", "page": "3"}
            how = {"state": "not_checkable", "seen_by_second_reader": False, "created_by": "ada", "created_at": now()}
            session.add(Quote(**place, **how, text=text))
            session.flush()
        revision.seal(session)
        return finding.id


@pytest.mark.parametrize("asked", SEARCHES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_table_has_the_rows_and_counts_of_the_list(starter_url: str, kind: str, asked: dict[str, list[str]]) -> None:
    with opened(starter_url) as store, store.reading() as session:
        wanted, text = of(session, kind, "csv", **asked)
        _, lines = of(session, kind, "ndjson", **asked)
        page = getattr(pages, f"page_of_{kind}")(session, read(asked), cursor=None, limit=1_000)
        counts = getattr(pages, f"count_{kind}")(session, read(asked))
    rows = list(reader.DictReader(io.StringIO(text, newline=""), strict=True))
    objects = [json.loads(line) for line in lines.splitlines()]

    assert sorted(page.ids) == list(wanted.ids) == [int(row["id"][1:]) for row in rows]
    assert (len(rows), counts) == (page.total, wanted.counts)
    assert [row["id"] for row in rows] == [each["id"] for each in objects]
    assert all(list(NAMES[kind]) == list(each) for each in objects)


@pytest.mark.parametrize("kind", KINDS)
def test_a_bibliography_has_each_report_once(starter_url: str, kind: str) -> None:
    asked = {"outcome": ["insomnia"]}
    with opened(starter_url) as store, store.reading() as session:
        expected = _reports(session, kind, asked)
        wanted, text = of(session, kind, "ris", **asked)
        _, entries = of(session, kind, "bibtex", **asked)
        _, items = of(session, kind, "csl-json", **asked)

    assert expected == [f"R{each}" for each in wanted.ids]
    assert expected == [record["ID"][0] for record in reading_back.ris(text)]
    assert expected == [entry["ID"].removeprefix("kratom-") for entry in reading_back.bibtex(entries)]
    assert expected == [item["id"] for item in json.loads(items)]


def _reports(session: Session, kind: str, asked: dict[str, list[str]]) -> list[str]:
    search = read(asked)
    if kind == "findings":
        ids = {each.report_id for each in pages.every_finding(session, search)}
    elif kind == "studies":
        studies = pages.page_of_studies(session, search, cursor=None, limit=1_000).ids
        rows = list(study_columns.rows(session, sorted(studies)))
        ids = {int(each[1:]) for row in rows for each in row[study_columns.NAMES.index("report_ids")]}
    else:
        ids = set(pages.page_of_citations(session, search, cursor=None, limit=1_000).ids)
    return [f"R{each}" for each in sorted(each for each in ids if each)]


def test_a_citation_has_what_its_source_says(database_url: str) -> None:
    draft: dict[str, Any] = {
        "source": "pubmed", "source_type": "book", "title": "Kratom.", "book_title": "LiverTox", "languages": ("eng", "ger"),
        "identifiers": (Identifier("pmid", "7"), Identifier("doi", "10.1/a"), Identifier("doi", "10.1/b"),
                        Identifier("isbn", "9780306406157")),
        "journal": Journal(title="Sleep medicine", abbreviation="Sleep Med", issn_l="1234-5678"), "authors_complete": False,
        "authors": (Author(family="Smith", initials="KE"), Author(family="King", given="M", suffix="Jr"),
                    Author(family="Old", initials="X", valid=False), Author(collective="Kratom Group")),
        "mesh_headings": (MeshHeading("Humans"), MeshHeading("Sleep", major=True),
                          MeshHeading("Mitragyna", qualifiers=(Qualifier("adverse effects", major=True), Qualifier("toxicity")))),
        "keywords": (Keyword("a|b"), Keyword("c")), "registrations": (Registration("ClinicalTrials.gov", "NCT00000001"),),
        "extras": {"PublisherName": ["NIDDK"], "PublisherLocation": ["Bethesda"], "Editor": ["Hoofnagle, Jay H"],
                   "Edition": ["2"]},
    }  # fmt: skip
    with opened(database_url) as store:
        number = _stored(store, CitationDraft(**draft))
        with store.reading() as session:
            (batch,) = reading.batches(session, [number, number + 1])
            (reference,) = references.references(batch)
    (cells,) = citation_columns.rows_of(batch)
    row = dict(zip(citation_columns.NAMES, cells, strict=True))

    assert ("NIDDK", "Bethesda", "2", ["Hoofnagle, Jay H"]) == (
        reference.publisher, reference.place, reference.edition, list(reference.editors),
    )  # fmt: skip
    assert ("7", "10.1/a", ["doi:10.1/b", "isbn:9780306406157"]) == (row["pmid"], row["doi"], row["other_identifiers"])
    assert (["Smith KE", "King M Jr", "Kratom Group"], False) == (row["authors"], row["authors_complete"])
    assert ["Humans", "*Sleep", "Mitragyna/*adverse effects/toxicity"] == row["mesh_headings"]
    assert (["a|b", "c"], ["ClinicalTrials.gov:NCT00000001"]) == (row["keywords"], row["registrations"])
    assert r"a\|b|c" == csv.cell(row["keywords"])
    assert ["eng", "ger"] == list(row["languages"])
    assert f"/api/v1/citations/R{number}" == row["url"]


def _stored(store: Store, draft: CitationDraft) -> int:
    with store.writing() as session:
        revision = a_revision()
        fields = {name: getattr(draft, name) for name in draft.__struct_fields__ if name != "payload_hash"}
        number = a_citation(session, revision, **fields)
        revision.seal(session)
        return number


def test_text_comes_out_of_both_databases_as_it_went_in(database_url: str) -> None:
    kept = [payload for payload in PAYLOADS if payload and not {"\0", *map(chr, range(0xD800, 0xE000))} & set(payload)]
    with opened(database_url) as store:
        for payload in kept:
            _stored(store, CitationDraft(source="manual", title=payload, keywords=(Keyword(payload),), volume=payload))
        with store.reading() as session:
            _, lines = of(session, "citations", "ndjson")
            _, entries = of(session, "citations", "bibtex")
    rows = [json.loads(line) for line in lines.split("\n")[:-1]]

    assert kept == [row["title"] for row in rows] == [row["volume"] for row in rows]
    assert len(kept) == len(reading_back.bibtex(entries))


def test_only_public_studies_stand_on_a_citation(vocabulary_url: str) -> None:
    with opened(vocabulary_url) as store:
        with store.writing() as session:
            revision = a_revision()
            report = a_citation(session, revision)
            public = a_study(session, revision, reports=(report,)).id
            a_study(session, revision, reports=(report,), status="draft")
            revision.seal(session)
        with store.reading() as session:
            (batch,) = reading.batches(session, [report])
            (reference,) = references.references(batch)

    assert [public] == list(reference.study_ids)


def test_a_study_has_its_reports_in_order(starter_url: str) -> None:
    with opened(starter_url) as store, store.reading() as session:
        (cells,) = study_columns.rows(session, [7])
        expected = [each for each in pages.every_finding(session, read({"evidence": ["all"]})) if each.study_id == 7]
    row = dict(zip(study_columns.NAMES, cells, strict=True))

    assert ("S7", "case_report", "people", 2021, "/api/v1/studies/S7") == (
        row["id"], row["design"], row["side"], row["year"], row["url"],
    )  # fmt: skip
    assert (["R11"], ["primary_main"], ["current"], ["33868054"]) == (
        row["report_ids"], row["report_roles"], row["report_standings"], row["pmids"],
    )  # fmt: skip
    assert len(expected) == row["n_findings"]


@pytest.mark.parametrize("ending", BY_ENDING)
@pytest.mark.parametrize("kind", KINDS)
def test_a_sidecar_says_what_the_bytes_are(starter_url: str, kind: str, ending: str) -> None:
    asked = {"outcome": ["insomnia"]}
    with opened(starter_url) as store, store.reading() as session:
        wanted = whole(session, kind, BY_ENDING[ending], read(asked))
        body = b"".join(written(session, wanted))
        told = sidecar(wanted, summed(written(session, wanted)), asked=asked, file="x", made_at=now())

    assert (sha256(body).hexdigest(), len(body)) == (told["sha256"], told["bytes"])
    assert told["query"].startswith(f"{kind.capitalize()}: Insomnia")
    assert (asked, 1, len(wanted.ids)) == (told["filters"], told["data_revision"], told["rows"])
    assert {"findings", "studies", "independent_units", "reports"} == set(told["counts"])
    assert "Abstracts belong to their publishers and are not included." in told["licence"]
    assert told == json.loads(encoded(told))


def test_progress_is_told_in_rows(starter_url: str) -> None:
    heard: list[int] = []
    with opened(starter_url) as store, store.reading() as session:
        wanted = whole(session, "findings", BY_NAME["csv"], read({"evidence": ["all"]}))
        summed(written(session, wanted, heard.append))

    assert [196] == heard


def test_no_abstract_is_in_any_export(database_url: str) -> None:
    abstract = "Sleep was measured in forty people who took kratom."
    with opened(database_url) as store:
        number = _abstracted(store, abstract)
        with store.reading() as session:
            texts = [of(session, "citations", form)[1] for form in BY_NAME]

    assert number
    assert all("Kratom and sleep" in text and abstract not in text for text in texts)


def _abstracted(store: Store, abstract: str) -> int:
    return _stored(store, CitationDraft(source="pubmed", title="Kratom and sleep", texts=(TextPart(abstract),)))


def test_the_columns_read_are_the_fields_of_a_reference_in_order() -> None:
    read_first = (*references.PLAIN, *references.LISTS)
    rest = ("identifiers", "study_ids", "publisher", "place", "edition", "editors")

    assert (*read_first, *rest) == references.Reference.__struct_fields__
