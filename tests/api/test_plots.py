"""``/plots``: pictures that are well-formed, safe, linked and readable, and the same data as JSON."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree as Tree

import pytest
from starlette.testclient import TestClient

from app.api import plots
from app.synthesis.drawing.canvas import Canvas, fitted, plain, wrapped
from app.synthesis.drawing.style import DARK, LIGHT, POLICY
from tests.api.serving import API, Writable, problem, retract
from tests.factories import a_citation, a_finding, a_study, an_exposure

PLOTS = ("matrix", "effect-direction", "timeline", "prisma")
LAYOUTS = {"wide": 1180, "narrow": 390}
SVG = "{http://www.w3.org/2000/svg}"
ALLOWED = {"svg", "title", "desc", "style", "defs", "pattern", "rect", "g", "path", "circle", "text", "a"}
PIECES = (
    "<script>alert(1)</script>", "\"><svg onload=alert(1)>", "]]><script>x</script>", "<!--", "-->", "&amp;&lt;&#60;",
    "</text></svg>", "</style><script>", "javascript:alert(1)", "<![CDATA[",
    "<?xml?>", "<!DOCTYPE x [<!ENTITY e 'x'>]>", "&e;", "\u202egnp.exe",
    "\u2066x\u2069", "{{7*7}}", "{% raw %}", "${7*7}", "'", "\"", "%3Cscript%3E", "a\u0300\u0301", "\ufffe", "𝕏" * 40, "W" * 300,
)  # fmt: skip
PAYLOADS = [
    f"{before}{piece}{after}"[:480]
    for piece in PIECES
    for before, after in (("", ""), ("x ", " y"), ("<", ">"), ("&", ";"))
]


def parsed(content: bytes) -> Tree.Element:
    return Tree.fromstring(content)  # noqa: S314 - our own answer, which must be well-formed


def pictures(client: TestClient, query: str = "") -> Iterator[tuple[str, Tree.Element]]:
    for plot in PLOTS:
        for layout in LAYOUTS:
            response = client.get(f"{API}/plots/{plot}.svg?{query}&layout={layout}".replace("?&", "?"))
            assert response.status_code == 200, response.text
            yield f"{plot} {layout}", parsed(response.content)


def local(element: Tree.Element) -> str:
    return element.tag.removeprefix(SVG)


def check_harmless(picture: Tree.Element) -> None:
    """That a picture holds nothing but shapes, text and links of its own site."""
    for element in picture.iter():
        assert local(element) in ALLOWED
        for name, value in element.attrib.items():
            assert not name.startswith("on"), name
            assert name != "style"
            if name == "href":
                assert value.startswith(f"{API}/"), value
            if "url(" in value:
                assert re.fullmatch(r"url\(#[a-z-]+\)", value), value


@pytest.mark.parametrize("plot", PLOTS)
def test_a_picture_is_svg_with_a_policy_under_which_its_own_style_is_all_that_runs(
    client: TestClient, plot: str
) -> None:
    response = client.get(f"{API}/plots/{plot}.svg")

    assert "image/svg+xml" == response.headers["content-type"]
    assert POLICY == response.headers["content-security-policy"]
    assert "default-src 'none'" in POLICY
    assert "unsafe" not in POLICY
    assert not re.search(rb"<script|@import|http(?!://www\.w3\.org/2000/svg)s?://", response.content)


def test_every_picture_has_a_name_a_description_and_says_in_links_what_it_shows(client: TestClient) -> None:
    for name, picture in pictures(client):
        title, desc = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
        (drawing,) = (each for each in picture if each.get("role") == "img")
        assert title is not None
        assert desc is not None
        assert (title.get("id"), desc.get("id")) == (drawing.get("aria-labelledby"), drawing.get("aria-describedby")), (
            name
        )
        assert "The same data as a table: /api/v1/plots/" in (desc.text or "")
        # The children of an image are presentational: a link in it would be focusable and nameless.
        assert not list(drawing.iter(f"{SVG}a"))
        links = list(picture.iter(f"{SVG}a"))
        (table,) = (each for each in picture if each.get("role") == "table")
        head, *rows = table
        assert ["columnheader"] * 3 == [each.get("role") for each in head]
        assert all(["rowheader", "cell", "cell"] == [each.get("role") for each in row] for row in rows), name
        assert all(each.get("aria-label") for row in table for each in row), name
        assert links
        assert links == list(table.iter(f"{SVG}a"))
        assert all((link.findtext(f"{SVG}title") or "").strip() for link in links)


def test_ids_are_those_of_one_picture_so_that_a_page_may_hold_all(client: TestClient) -> None:
    found = [
        each.get("id")
        for name, picture in pictures(client)
        if "wide" in name
        for each in picture.iter()
        if each.get("id")
    ]

    assert len(found) == len(set(found))


def test_nothing_is_drawn_beyond_the_edges(client: TestClient) -> None:
    for name, picture in pictures(client):
        _, _, width, height = map(float, (picture.get("viewBox") or "").split())
        assert LAYOUTS[name.split()[1]] == width
        for element in picture.iter():
            x, y, w, h = (float(element.get(each) or 0) for each in ("x", "y", "width", "height"))
            assert 0 <= x <= x + w <= width + 0.1, (name, element.attrib, element.text)
            assert 0 <= y <= y + h <= height, (name, element.attrib, element.text)


def test_no_two_marks_with_a_link_lie_on_one_another(client: TestClient) -> None:
    for name, picture in pictures(client):
        places = [rect for rect in picture.iter(f"{SVG}rect") if rect.get("class") == "hit"]
        boxes = [[float(rect.get(each) or 0) for each in ("x", "y", "width", "height")] for rect in places]
        boxes.sort(key=lambda box: box[1])
        for place, (x, y, w, h) in enumerate(boxes):
            for x2, y2, w2, _ in boxes[place + 1 :]:
                if y2 >= y + h:
                    break
                assert x2 >= x + w or x >= x2 + w2, (name, (x, y), (x2, y2))


def test_every_link_leads_to_something(client: TestClient) -> None:
    addresses = {
        link.get("href") or "" for _, picture in pictures(client, "outcome=sleep") for link in picture.iter(f"{SVG}a")
    }

    assert len(addresses) > 20
    assert {200} == {client.get(address).status_code for address in addresses}


def test_a_cell_of_the_matrix_leads_to_its_own_findings(client: TestClient) -> None:
    for asked in (
        "",
        "phase=active_use",
        "outcome=improved_sleep",
        "contrast=stopping&subject=human",
        "outcome=cardiovascular",
    ):
        data = client.get(f"{API}/plots/matrix?{asked}").json()["data"]
        cells = {
            (row["label"], column["label"]): cell["finding_ids"]
            for group in data["groups"] for row in group["rows"]
            for column, cell in zip(data["columns"], row["cells"], strict=True) if cell["units"]
        }  # fmt: skip
        picture = parsed(client.get(f"{API}/plots/matrix.svg?{asked}").content)
        links = {link.findtext(f"{SVG}title") or "": link.get("href") or "" for link in picture.iter(f"{SVG}a")}

        assert cells
        for (outcome, design), ids in cells.items():
            href = next(href for label, href in links.items() if label.startswith(f"{outcome}, {design}: "))
            rows = client.get(f"{href}&limit=100").json()["data"]
            assert ids == [row["id"] for row in rows], href


@pytest.mark.parametrize("plot", PLOTS)
def test_the_data_are_in_the_envelope_and_as_documented(client: TestClient, plot: str) -> None:
    body = client.get(f"{API}/plots/{plot}?q=kratom&year_from=2000").json()
    (route,) = (each for each in plots.router.routes if getattr(each, "path", "") == f"/plots/{plot}")

    shape = route.response_model  # type: ignore[attr-defined]  # a route of ours
    # What an answer does not say, as of when it was read, it need not say here.
    assert body == shape.model_validate(body, strict=True).model_dump(mode="json", exclude_unset=True)
    assert f"{API}/plots/{plot}.svg?q=kratom&year_from=2000" == body["meta"]["svg"]
    assert {"query", "expanded", "svg", "data_revision"} == set(body["meta"])


@pytest.mark.parametrize("plot", PLOTS)
@pytest.mark.parametrize("form", ["", ".svg"])
def test_what_is_not_a_filter_is_refused(client: TestClient, plot: str, form: str) -> None:
    path = f"{API}/plots/{plot}{form}"

    assert (422, "UnknownParameter") == problem(client.get(f"{path}?outcomes=sleep"))
    assert (422, "UnknownParameter") == problem(client.get(f"{path}?sort=year"))
    assert (422, "UnknownValue") == problem(client.get(f"{path}?phase=sometimes"))
    assert (403, "Forbidden") == problem(client.get(f"{path}?status=draft"))
    assert (422, "UnknownValue" if form else "UnknownParameter") == problem(client.get(f"{path}?layout=huge"))
    if form:
        assert (422, "Invalid") == problem(client.get(f"{path}?layout=wide&layout=narrow"))


def test_a_picture_that_did_not_change_is_not_sent_again(client: TestClient) -> None:
    for plot in PLOTS:
        for form in ("", ".svg"):
            path = f"{API}/plots/{plot}{form}"
            tag = client.get(path).headers["etag"]

            assert 304 == client.get(path, headers={"If-None-Match": tag}).status_code


def test_a_retraction_leaves_the_arrows_and_is_marked_on_the_time_line(writable: Writable) -> None:
    before = writable.json("/plots/effect-direction")["data"]
    pmid = writable.json("/findings/F44")["data"]["pmid"]
    retract(writable, pmid)
    after = writable.json("/plots/effect-direction")["data"]
    times = writable.json("/plots/timeline")["data"]

    assert after["totals"]["findings"] < before["totals"]["findings"]
    assert any(each["reason"] == "retracted" and "F44" in each["finding_ids"] for each in after["listed"])
    assert 1 == times["by_standing"]["retracted"]
    assert b"retracted 1" in writable.get("/plots/timeline.svg").content


def test_a_study_of_leaf_and_of_7_oh_has_two_rows_that_say_so(writable: Writable) -> None:
    with writable.write() as (session, revision):
        study = a_study(session, revision, title="Leaf and 7-OH in one study", reports=())
        for substance, direction in (("kratom_leaf", "decreased"), ("7oh_product", "increased")):
            exposure = an_exposure(session, revision, study, substance=substance)
            ways = {"outcome": "anxiety", "direction": direction, "basis": "correlation"}
            a_finding(session, revision, study, exposure_id=exposure, **ways)
    panels = writable.json("/plots/effect-direction")["data"]["panels"]
    picture = parsed(writable.get("/plots/effect-direction.svg").content)
    headings = [each.get("aria-label", "") for each in picture.iter(f"{SVG}g") if each.get("role") == "rowheader"]
    rows = [row for panel in panels for row in panel["rows"] if row["label"] == "Leaf and 7-OH in one study"]

    assert [("kratom", "up"), ("7oh_product", "down")] == [
        (row["substance_group"], row["arrows"][0]["direction"]) for row in rows
    ]
    assert any(re.match(r"Leaf and 7-OH in one study \(S\d+, human, 7-OH products, ", each) for each in headings)
    assert "sign test of compared units, human, 7-OH products" in headings


def test_reports_without_a_year_are_told_and_lead_nowhere_because_no_filter_asks_for_them(writable: Writable) -> None:
    with writable.write() as (session, revision):
        a_citation(session, revision, issued_on=None)
    rows = [each for each in parsed(writable.get("/plots/timeline.svg").content).iter() if each.get("role") == "row"]
    unknown = [row for row in rows if "year not known" in [cell.get("aria-label") for cell in row]]

    assert unknown
    assert not [link for row in unknown for link in row.iter(f"{SVG}a")]


def test_nothing_that_a_title_or_a_question_holds_becomes_markup(writable: Writable) -> None:
    titles = [payload.strip() for payload in PAYLOADS if payload.strip()]
    assert len(titles) == 100
    with writable.write() as (session, revision):
        for title in titles:
            study = a_study(session, revision, title=title, reports=())
            a_finding(session, revision, study, basis="correlation")

    for _, picture in pictures(writable.client):
        check_harmless(picture)
    drawn = "".join(parsed(writable.get("/plots/effect-direction.svg").content).itertext())
    assert "<script>alert(1)</script>" in drawn
    assert "\u202e" not in drawn
    for number, payload in enumerate(PAYLOADS):
        plot = PLOTS[number % len(PLOTS)]
        said = payload.replace('"', " ").strip() + " x"
        response = writable.client.get(f"{API}/plots/{plot}.svg", params={"q": f'"{said}"', "evidence": "reason"})
        assert response.status_code in (200, 422), response.text
        if response.status_code == 200:
            check_harmless(parsed(response.content))


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    canvas = Canvas("test", title="a\x00b\ud800c\x1b", desc="\uffff", width=10, columns=("x",))
    canvas.text(1, 1, "\x08x\u202e")
    picture = parsed(canvas.finish(10))

    assert "a\ufffdb\ufffdc\ufffd" == picture.findtext(f"{SVG}title")
    assert "\ufffdx" == next(text.text for text in picture.iter(f"{SVG}text"))


def test_a_label_is_cut_where_it_would_not_fit() -> None:
    assert "short" == fitted("short", 100)
    assert fitted("W" * 300, 100).endswith("…")
    assert len(wrapped("one two three four five six seven", 50, most=2)) == 2
    assert "" == plain("\u202e")


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_signs_stand_out_from_their_ground(colours: dict[str, str]) -> None:
    for ground in ("paper", "panel", "tint"):
        for text in ("ink", "quiet", "better", "worse", "even"):
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)
    assert contrast(colours["faint"], colours["paper"]) >= 3


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: contrast ratio of two colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_thousands_of_units_are_drawn_in_part_and_it_says_so(writable: Writable) -> None:
    with writable.write() as (session, revision):
        for _ in range(410):
            a_finding(session, revision, a_study(session, revision, reports=()), basis="correlation")
    picture = parsed(writable.get("/plots/effect-direction.svg").content)

    assert re.search(r"\d+ further rows not drawn; the data has all of them\.", "".join(picture.itertext()))
