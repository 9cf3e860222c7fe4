"""Entity tags: whoever holds an answer learns cheaply whether it still is the answer."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from app.citations import edit, signals
from app.findings.draft import FindingDraft
from app.findings.record import record
from app.history.events import row_of
from app.kit.canonical import now
from app.models.finding import Quote
from app.models.study import Study
from app.studies.record import add_report
from tests.api.people import signed_in
from tests.api.serving import API, Writable, change, retire, retract
from tests.factories import a_citation, a_finding, a_study, an_exposure

RECORDS = ("/findings/F44", "/studies/S7", "/citations/R11")
OTHERS = ("/findings/F1", "/studies/S1", "/citations/R2")
EVIDENCE = "/outcomes/insomnia/evidence"


@pytest.mark.parametrize("path", RECORDS)
def test_a_tag_is_the_version_and_the_data_revision_of_what_is_shown(client: TestClient, path: str) -> None:
    response = client.get(f"{API}{path}")

    assert f'"{response.json()["data"]["version"]}.1"' == response.headers["etag"]


@pytest.mark.parametrize("path", [*RECORDS, EVIDENCE])
@pytest.mark.parametrize("form", ["{}", "W/{}", '"0.0", {}', '"0.0",W/{} , "9.9"', "*", " * "])
def test_who_holds_the_answer_is_told_so_without_it(client: TestClient, path: str, form: str) -> None:
    tag = client.get(f"{API}{path}").headers["etag"]
    response = client.get(f"{API}{path}", headers={"If-None-Match": form.format(tag)})

    assert (304, b"", tag) == (response.status_code, response.content, response.headers["etag"])
    assert {"x-request-id", "cache-control"} <= set(response.headers)
    assert not {"content-type", "content-length"} & set(response.headers)
    assert 304 == client.head(f"{API}{path}", headers={"If-None-Match": form.format(tag)}).status_code


@pytest.mark.parametrize("wanted", ['"1.0"', '"2.1"', "1.1", '"1.1', "", '"1.10"', '""', 'W/"2.1"', "x" * 5_000])
def test_another_tag_gets_the_answer(client: TestClient, wanted: str) -> None:
    assert 200 == client.get(f"{API}/findings/F44", headers={"If-None-Match": wanted}).status_code


def test_several_lines_of_tags_are_one_list(client: TestClient) -> None:
    tag = client.get(f"{API}/findings/F44").headers["etag"]
    lines = [("If-None-Match", '"0.0"'), ("If-None-Match", tag)]

    assert 304 == client.get(f"{API}/findings/F44", headers=lines).status_code


@pytest.mark.parametrize("path", ["/findings/F999", "/nowhere"])
def test_what_has_no_tag_is_always_answered(client: TestClient, path: str) -> None:
    plain = client.get(f"{API}{path}")
    response = client.get(f"{API}{path}", headers={"If-None-Match": "*"})

    assert (plain.status_code, plain.content) == (response.status_code, response.content)


Write = Callable[[Writable], object]


def _a_quote(writable: Writable) -> None:
    with writable.write() as (session, revision):
        quote = Quote(
            finding_id=44, citation_id=11, text="could not sleep", location="abstract", state="not_checkable",
            seen_by_second_reader=False, created_at=now(), created_by="ada",
        )  # fmt: skip
        session.add(quote)
        session.flush()
        revision.note("quote", quote.id, op="add", after=row_of(quote))


def _an_earlier_report(writable: Writable) -> None:
    with writable.write() as (session, revision):
        report = a_citation(session, revision, issued_on="1999")
        study = session.get(Study, 7)
        assert study is not None
        add_report(session, revision, study, report, role="conference_abstract", position=5)


def _a_public_finding(writable: Writable) -> None:
    with writable.write() as (session, revision):
        exposure = an_exposure(session, revision, session.get_one(Study, 7))
        a_finding(session, revision, session.get_one(Study, 7), report_id=11, exposure_id=exposure)


def _another_title(writable: Writable) -> None:
    with writable.write() as (session, revision):
        edit.edit(session, revision, 11, {"title": "Another title"}, actor="ada")


def _deleted_upstream(writable: Writable) -> None:
    with writable.write() as (session, revision):
        signals.mark_deleted(session, revision, ["33868054"])


WRITES: dict[str, tuple[Write, tuple[str, ...]]] = {
    "the finding is edited": (lambda w: change(w, "finding", "F44", summary="Slept badly."), RECORDS[:2]),
    "the study is edited": (lambda w: change(w, "study", "S7", n_total=2), RECORDS),
    "the citation is edited": (_another_title, RECORDS),
    "the citation is retracted": (lambda w: retract(w, "33868054"), RECORDS),
    "the citation is deleted by PubMed": (_deleted_upstream, RECORDS),
    "a quote is added": (_a_quote, RECORDS[:2]),
    "an earlier report is added": (_an_earlier_report, RECORDS[:2]),
    "a finding is added": (_a_public_finding, RECORDS[1:2]),
    "a finding is retired": (lambda w: retire(w, "finding", "F45"), RECORDS[1:2]),
}  # fmt: skip


@pytest.mark.parametrize(("write", "changed"), WRITES.values(), ids=WRITES.keys())
def test_a_write_changes_the_tags_of_what_shows_it_and_of_nothing_else(
    writable: Writable, write: Write, changed: tuple[str, ...]
) -> None:
    paths = (*RECORDS, *OTHERS)
    before = {path: (writable.tag(path), writable.json(path)["data"]) for path in paths}
    write(writable)
    after = {path: (writable.tag(path), writable.json(path)["data"]) for path in paths}

    assert changed == tuple(path for path in paths if before[path][0] != after[path][0])
    # The other way round: no answer is another one under the same tag.
    assert {path for path in paths if before[path][1] != after[path][1]} <= set(changed)


def test_a_draft_changes_no_tag_of_the_study_that_it_belongs_to(writable: Writable) -> None:
    before = [writable.tag(path) for path in RECORDS]
    with writable.write() as (session, revision):
        record(session, revision, FindingDraft(report_id=11, outcome="insomnia"), study_id=7, status="draft")

    assert before == [writable.tag(path) for path in RECORDS]


def test_a_draft_that_becomes_public_and_private_again_changes_the_tag_of_its_study(writable: Writable) -> None:
    with writable.write() as (session, revision):
        exposure = an_exposure(session, revision, session.get_one(Study, 7))
        draft = a_finding(
            session, revision, session.get_one(Study, 7), report_id=11, exposure_id=exposure, status="draft"
        )
    tags = [writable.tag("/studies/S7")]
    for status in ("submitted", "draft", "submitted", "rejected"):
        change(writable, "finding", f"F{draft.id}", op="status", status=status)
        tags.append(writable.tag("/studies/S7"))

    assert len(tags) == len(set(tags))


def test_a_study_that_leaves_changes_the_tag_of_its_citation(writable: Writable) -> None:
    before = writable.tag("/citations/R11")
    retire(writable, "study", "S7")

    assert [] == writable.json("/citations/R11")["data"]["study_ids"]
    assert before != writable.tag("/citations/R11")


def test_every_write_changes_the_tag_of_an_evidence_answer(writable: Writable) -> None:
    before = writable.tag(EVIDENCE)
    with writable.write() as (session, revision):
        a_study(session, revision)

    assert ('"0.1"', '"0.2"') == (before, writable.tag(EVIDENCE))
    assert 200 == writable.get(EVIDENCE, **{"If-None-Match": before}).status_code


def test_readers_of_drafts_hold_tags_of_what_they_themselves_see(writable: Writable) -> None:
    who = {name: signed_in(writable.store, name=name) for name in ("maria", "paul")}
    with writable.write() as (session, revision):
        a_finding(session, revision, status="draft").created_by = "maria"
    tags = {
        name: writable.client.get(f"{API}{EVIDENCE}?status=draft", headers=headers).headers["etag"]
        for name, headers in who.items()
    }

    assert tags["maria"] != tags["paul"]
