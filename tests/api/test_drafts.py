"""Work that is not finished: those who see it get an answer from every address, whatever it does not say yet."""

import pytest

from tests.api.people import signed_in
from tests.api.serving import API, Writable
from tests.factories import a_finding, a_study

ADDRESSES = (
    "outcomes/insomnia/evidence?", "outcomes/sleep/evidence?", "outcomes/improved_sleep/evidence?", "findings?limit=100&",
    "findings?q=insomnia&", "findings?sort=design&", "studies?sort=design&limit=100&", "citations?limit=100&", "plots/matrix?",
    "plots/matrix.svg?", "plots/effect-direction?", "plots/effect-direction.svg?", "plots/timeline?", "plots/prisma?",
    "export/findings.csv?", "export/findings.ndjson?", "export/findings.ris?", "export/studies.csv?",
    "findings?facets=outcome,effect,direction,phase,contrast,basis,substance,design,subject,status,review_level,standing,year&",
    "studies?facets=outcome,effect,direction,phase,contrast,basis,substance,design,subject,status,review_level,standing,year&",
    "outcomes/insomnia/evidence?design_not=case_report&", "findings?subject=human&", "citations?subject=human&",
)  # fmt: skip
FIELDS = ("outcome", "direction", "phase", "contrast", "basis", "summary", "exposure_id", "report_id")


@pytest.mark.parametrize("address", ADDRESSES)
def test_drafts_that_lack_anything_are_answered_everywhere(writable: Writable, address: str) -> None:
    eva = signed_in(writable.store, "editor")
    with writable.write() as (session, revision):
        for design, subject in (
            ("case_report", "human"), ("animal_in_vivo", "rat"), ("randomized_crossover", "human"),
            (None, "human"), ("case_report", None), (None, None),
        ):  # fmt: skip
            study = a_study(session, revision, status="draft", design=design, subject=subject, read_depth=None)
            for lacking in (*((each,) for each in FIELDS), FIELDS):
                finding = a_finding(session, revision, study, status="draft", outcome="insomnia", direction="increased")
                for field in lacking:
                    setattr(finding, field, None)
    for evidence in ("effect", "all"):
        response = writable.client.get(f"{API}/{address}status=draft&evidence={evidence}", headers=eva)

        assert (200, evidence) == (response.status_code, evidence), response.text[:500]
