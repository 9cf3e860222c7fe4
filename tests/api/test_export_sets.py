"""``/export``: three sets in five formats, and the sidecar of each."""

import json
import re
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from app.export.formats import FORMATS, Format
from app.export.whole import KINDS
from tests.api.serving import API, Writable, problem, retract

ROOT = Path(__file__).resolve().parents[2]
FILES = [f"{kind}.{form.ending}" for kind in KINDS for form in FORMATS]


@pytest.mark.parametrize("file", FILES)
def test_every_set_comes_in_every_format_with_a_sidecar(client: TestClient, file: str) -> None:
    response = client.get(f"{API}/export/{file}?outcome=insomnia&subject=human")
    link = response.headers["link"]
    told = client.get(link[1 : link.index(">")]).json()

    assert 200 == response.status_code
    assert f'attachment; filename="kratom-evidence-{file}"' == response.headers["content-disposition"]
    assert (
        f'<{API}/export/{file}.meta.json?outcome=insomnia&subject=human>; rel="describedby"; type="application/json"'
        == link
    )
    assert (sha256(response.content).hexdigest(), len(response.content)) == (told["sha256"], told["bytes"])
    assert (response.headers["x-total"], response.headers["x-data-revision"]) == (
        str(told["rows"]),
        str(told["data_revision"]),
    )
    assert response.headers["x-counts"] == ", ".join(f"{name}={number}" for name, number in told["counts"].items())
    assert (f"kratom-evidence-{file}", {"outcome": ["insomnia"], "subject": ["human"]}) == (
        told["file"],
        told["filters"],
    )


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_has_its_media_type(client: TestClient, form: Format) -> None:
    response = client.get(f"{API}/export/citations.{form.ending}")

    assert form.media_type == response.headers["content-type"]


@pytest.mark.parametrize("file", [
    "findings.xml", "studies.json", "citations.bibtex", "citations.csl", "citations.csv.meta", "x.csv",
    "findings.xml.meta.json", "studies.meta.json", ".csv", "findings.meta.json",
])  # fmt: skip
def test_what_is_not_exported_is_not_found(client: TestClient, file: str) -> None:
    assert (404, "NotFound") == problem(client.get(f"{API}/export/{file}"))


@pytest.mark.parametrize("path", ["studies.csv", "citations.ris", "findings.csv.meta.json", "citations.bib.meta.json"])
def test_every_export_refuses_what_it_does_not_know(client: TestClient, path: str) -> None:
    for query in ("sort=year", "limit=1", "pmid=1", "outcom=insomnia"):
        assert (422, "UnknownParameter") == problem(client.get(f"{API}/export/{path}?{query}"))
    assert (403, "Forbidden") == problem(client.get(f"{API}/export/{path}?status=draft"))


def test_the_address_of_the_sidecar_ends_no_header_and_no_address(client: TestClient) -> None:
    response = client.get(f'{API}/export/studies.csv?q="a%0D%0AX:%20y%3E%3B<>"')

    assert 200 == response.status_code
    assert re.fullmatch(r'<[^<>"\s]+>; rel="describedby"; type="application/json"', response.headers["link"])


def test_a_retracted_report_is_marked_in_every_bibliography_at_once(writable: Writable) -> None:
    before = writable.get("/export/citations.ris?standing=retracted").text
    retract(writable, "33868054")
    records = writable.get("/export/citations.ris?standing=retracted").text
    entries = writable.get("/export/citations.bib?standing=retracted").text
    (item,) = json.loads(writable.get("/export/citations.csl.json?standing=retracted").text)

    assert "" == before
    assert "\r\nTI  - RETRACTED: " in records
    assert "{{RETRACTED: " in entries
    assert item["title"].startswith("RETRACTED: ")


def test_a_head_has_the_headers_and_no_body(client: TestClient) -> None:
    for file in FILES:
        head, get = client.head(f"{API}/export/{file}"), client.get(f"{API}/export/{file}")

        assert (b"", get.headers["x-total"], get.headers["link"]) == (
            head.content,
            head.headers["x-total"],
            head.headers["link"],
        )


def test_the_addresses_in_the_documentation_answer(client: TestClient) -> None:
    page = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    python = re.search(r'read_csv\(\s*"([^"]+)"', page)
    r = re.search(r'request\("([^"]+)"\) \|>\s+req_url_query\(outcome = "(\w+)"\)', page)
    assert python
    assert r
    addresses = [urlsplit(python[1]), urlsplit(f"{r[1]}?outcome={r[2]}")]
    header = client.get(f"{API}/export/findings.csv").text.splitlines()[0].split(",")

    assert ["127.0.0.1:8000"] * 2 == [each.netloc for each in addresses]
    for each in addresses:
        assert client.get(f"{each.path}?{each.query}").text.startswith(",".join(header))
    for name in re.findall(r"findings\$(\w+)|findings\[\"(\w+)\"\]", page):
        assert {*name} & {*header, "unit"}


def test_the_snippet_for_pandas_counts_independent_units(client: TestClient, tmp_path: Path) -> None:
    pandas = pytest.importorskip(
        "pandas", reason="only reported: pandas is not installed; the addresses are tested without it"
    )
    page = (ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    code = page.partition("```python\n")[2].partition("```")[0]
    file = tmp_path / "findings.csv"
    file.write_bytes(client.get(f"{API}/export/findings.csv?outcome=insomnia").content)
    names: dict[str, object] = {"pandas": pandas}
    exec(re.sub(r'"http[^"]+"', repr(str(file)), code), names)  # noqa: S102 - the documentation's own code

    assert "unit" in names["findings"].columns  # type: ignore[attr-defined]  # a data frame
