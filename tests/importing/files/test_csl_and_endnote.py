"""CSL-JSON and EndNote XML: items and records one by one, whole names, partial dates."""

import json

from app.citations.draft import Author
from tests.importing.files.reading_files import found

ITEM = {
    "id": "smith", "type": "article-journal", "title": 'Kratom {x} "and" sleep \\', "volume": 12, "page": "1-9",
    "author": [{"family": "Berg", "non-dropping-particle": "van", "given": "Kirsten E."}, {"literal": "WHO"}],
    "issued": {"date-parts": [[2021, 5]]}, "DOI": "10.1000/X", "PMID": "38277146", "ISSN": "1234-5678", "language": "en-GB",
    "container-title": "The Journal", "abstract": "A text.", "keyword": "kratom, sleep", "URL": "https://doi.org/10.1000/x",
    "custom2": "unheard of",
}  # fmt: skip


def test_an_item_goes_where_it_belongs() -> None:
    read = found(json.dumps([ITEM], indent=1))
    draft = read.one

    assert (ITEM["title"], "12", "1-9", "2021-05", ("eng",)) == (
        draft.title, draft.volume, draft.pages, draft.issued_on, draft.languages,
    )  # fmt: skip
    assert (Author(family="van Berg", given="Kirsten E.", initials="KE"), Author(collective="WHO")) == draft.authors
    assert [("pmid", "38277146"), ("doi", "10.1000/x")] == read.ids()
    assert ({"custom2": 1}, ["kratom", "sleep"]) == (read.unknown, [each.text for each in draft.keywords])


def test_items_are_parted_whatever_is_in_their_texts() -> None:
    items = [{**ITEM, "title": title} for title in ('}"{', "\\", "\\\\", '\\"', "{" * 50, "a\nb", "x" * 100_000)]
    for indent in (None, 2):
        read = found(json.dumps(items, indent=indent))

        assert (7, [], None) == (len(read.records), read.refused, read.fault)


def test_a_broken_item_is_refused_by_its_line_and_the_rest_is_read() -> None:
    read = found('[\n{"title": "One"},\n{"title": },\n{"title": "Two", "type": "book"}\n]')

    assert (["One", "Two"], [3]) == ([each.title for each in read.records], [each.line for each in read.refused])


def test_dates_in_every_shape_are_as_partial_as_they_are() -> None:
    shapes = [
        ({"date-parts": [["2021", "5", "4"]]}, "2021-05-04"), ({"raw": "2021-05-04"}, "2021-05-04"),
        ({"literal": "Spring 2021"}, "2021"), ({"date-parts": [[2021, 13]]}, "2021"), ({"date-parts": [[]]}, None),
    ]  # fmt: skip

    assert [on for _, on in shapes] == [
        found(json.dumps({**ITEM, "issued": shape})).one.issued_on for shape, _ in shapes
    ]


RECORD = """<record><rec-number>7</rec-number><ref-type name="Journal Article">17</ref-type>
<contributors><authors><author><style face="normal">Smith, Kirsten Elin</style></author>
<author>WHO,</author></authors>
</contributors><titles><title><style>Kratom </style><style face="italic">and</style><style> sleep</style></title>
<secondary-title>The Journal</secondary-title></titles>
<periodical><full-title>The Journal</full-title><abbr-1>J</abbr-1></periodical><pages>1-9</pages><volume>12</volume>
<number>3</number><keywords><keyword>kratom</keyword><keyword>sleep</keyword></keywords>
<dates><year>2021</year><pub-dates><date>May 4</date></pub-dates></dates><isbn>1234-5678 (Print)</isbn>
<accession-num>38277146</accession-num><remote-database-provider>NLM</remote-database-provider>
<electronic-resource-num>10.1000/X</electronic-resource-num><custom2>PMC10818224</custom2><abstract>A text.</abstract>
<urls><related-urls><url>https://example.org/a</url></related-urls></urls><unheard-of>x</unheard-of></record>
"""


def endnote(*records: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?><xml><records>{"".join(records)}</records></xml>'


def test_a_record_of_endnote_goes_where_it_belongs() -> None:
    read = found(endnote(RECORD))
    draft = read.one

    assert ("endnote_xml", "Kratom and sleep", "12", "3", "1-9", "2021-05-04") == (
        draft.source, draft.title, draft.volume, draft.issue, draft.pages, draft.issued_on,
    )  # fmt: skip
    assert [
        ("pmid", "38277146"),
        ("pmcid", "PMC10818224"),
        ("doi", "10.1000/x"),
        ("link", "https://example.org/a"),
    ] == [*read.ids()]
    assert (Author(family="Smith", given="Kirsten Elin", initials="KE"), Author(collective="WHO")) == draft.authors
    assert (["kratom", "sleep"], {"unheard-of": 1}) == ([each.text for each in draft.keywords], read.unknown)
    assert draft.journal is not None
    assert ("The Journal", "J", "1234-5678") == (draft.journal.title, draft.journal.abbreviation, draft.journal.issn)


def test_a_file_of_endnote_that_is_cut_short_gives_what_came_before_and_says_so() -> None:
    read = found(endnote(RECORD, RECORD)[:-200])

    assert 1 == len(read.records)
    assert read.fault is not None
    assert "broken or cut short at line" in read.fault
