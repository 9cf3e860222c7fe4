"""``/citations``: the bibliographic store."""

import pytest
from starlette.testclient import TestClient

from app.citations.draft import Journal
from app.findings import record as findings
from app.findings.draft import FindingDraft
from app.models.citation import Citation
from tests.api.serving import API, Writable, all_pages, problem, retract
from tests.factories import a_citation

SORTS = ("relevance", "year", "n", "design", "changed")


def test_a_record_tells_what_its_source_says(client: TestClient) -> None:
    record = client.get(f"{API}/citations/R11").json()["data"]

    assert ("R11", "33868054", 2021, "current", ["S7"]) == tuple(
        record[name] for name in ("id", "pmid", "year", "standing", "study_ids")
    )
    assert {"scheme": "pmid", "value": "33868054", "identifies": True} in record["identifiers"]
    assert {"abstract", "record", "signals", "payload_hash", "created_at", "version"} <= set(record)


@pytest.mark.parametrize("sort", [sign + name for name in SORTS for sign in ("", "-")])
def test_every_citation_comes_once_in_any_order(client: TestClient, sort: str) -> None:
    rows = all_pages(client, f"{API}/citations?sort={sort}&limit=31")

    assert [f"R{n}" for n in range(1, 89)] == sorted((row["id"] for row in rows), key=lambda each: int(each[1:]))


def test_citations_stand_by_the_size_of_the_studies_that_they_report(client: TestClient) -> None:
    sizes = {row["id"]: row["n_total"] for row in all_pages(client, f"{API}/studies?limit=100")}
    rows = all_pages(client, f"{API}/citations?sort=-n&limit=40")
    values = [max((sizes[each] or 0 for each in row["study_ids"]), default=0) for row in rows]

    assert values == sorted(values, reverse=True)


def test_unknown_years_stand_last_in_both_directions(writable: Writable) -> None:
    with writable.write() as (session, revision):
        undated = f"R{a_citation(session, revision, issued_on=None)}"

    for sort in ("year", "-year"):
        rows = all_pages(writable.client, f"{API}/citations?sort={sort}&limit=50")
        assert undated == rows[-1]["id"]


@pytest.mark.parametrize("query", ["pmid=33868054", "doi=10.1037/pha0000794", "doi=https://doi.org/10.1037/PHA0000794"])
def test_a_citation_is_found_by_its_identifier(client: TestClient, query: str) -> None:
    body = client.get(f"{API}/citations?{query}").json()

    assert 1 == body["page"]["total"]
    assert 1 == body["meta"]["counts"]["reports"]


def test_several_identifiers_are_alternatives(client: TestClient) -> None:
    assert 2 == client.get(f"{API}/citations?pmid=33868054&doi=10.1037/pha0000794").json()["page"]["total"]


@pytest.mark.parametrize("wrong", ["10", "doi", "10.1", "%20"])
def test_what_is_no_doi_is_refused_by_name(client: TestClient, wrong: str) -> None:
    response = client.get(f"{API}/citations?doi={wrong}")

    assert (422, "Invalid") == problem(response)
    assert "doi" == response.json()["errors"][0]["field"]


@pytest.mark.parametrize("wrong", ["11", "S11", "r11", "R0", "R89", "R" + "9" * 23, "R11%20"])
def test_what_is_no_citation_is_not_found(client: TestClient, wrong: str) -> None:
    assert (404, "NotFound") == problem(client.get(f"{API}/citations/{wrong}"))


def test_a_merged_citation_leads_to_the_one_that_it_became(writable: Writable) -> None:
    with writable.write() as (session, revision):
        number = a_citation(session, revision)
        merged = session.get(Citation, number)
        assert merged is not None
        merged.merged_into = 11
        session.flush()
        revision.note("citation", number, op="merge", before={"merged_into": None}, after={"merged_into": 11})
    response = writable.get(f"/citations/R{number}")

    assert 301 == response.status_code
    assert {"merged_into": "R11", "url": f"{API}/citations/R11"} == response.json()
    assert f"{API}/citations/R11" == response.headers["location"]
    assert f"R{number}" not in {row["id"] for row in all_pages(writable.client, f"{API}/citations?limit=100")}


def test_a_record_says_how_it_is_cited_and_nothing_in_it_becomes_markup(writable: Writable) -> None:
    with writable.write() as (session, revision):
        title = "<script>alert(1)</script> & kratom"
        number = a_citation(
            session, revision, title=title, journal=Journal(title="Sleep <b>", abbreviation="Sleep <b>")
        )
    styles = writable.json(f"/citations/R{number}")["data"]["citations"]
    real = writable.json("/citations/R11")["data"]

    for style in ("vancouver", "apa"):
        assert title in styles[style]["text"]
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; kratom" in styles[style]["html"]
        assert real["doi"] in real["citations"][style]["text"]
    assert "<i>Sleep &lt;b&gt;</i>" in styles["apa"]["html"]
    assert f"PMID: {real['pmid']}" in real["citations"]["vancouver"]["text"]


def test_a_year_that_cannot_be_is_told_of_no_record(writable: Writable) -> None:
    with writable.write() as (session, revision):
        number = a_citation(session, revision, issued_on="0021-05")
    data = writable.json(f"/citations/R{number}")["data"]

    assert (None, "0021-05") == (data["year"], data["issued_on"])
    assert f"R{number}" not in {
        row["id"] for row in all_pages(writable.client, f"{API}/citations?year_to=2999&limit=100")
    }


def test_a_retraction_shows_on_the_record_with_its_reason(writable: Writable) -> None:
    retract(writable, "33868054")
    record = writable.json("/citations/R11")["data"]

    assert "retracted" == record["standing"]
    assert ["retracted"] == [signal["standing"] for signal in record["signals"]]


def test_findings_that_nobody_may_see_are_not_counted(writable: Writable) -> None:
    before = writable.json("/citations")["meta"]["counts"]
    with writable.write() as (session, revision):
        draft = FindingDraft(report_id=11, exposure_id=12, outcome="insomnia")
        findings.record(session, revision, draft, study_id=7, status="draft")

    assert before == writable.json("/citations")["meta"]["counts"]
