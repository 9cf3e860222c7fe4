"""What people, importers and attackers put into text fields; and references that hold it everywhere."""

from msgspec import structs

from app.export.references import Person, Reference

LINE_ENDS = ("\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")

_FORMULAS = (
    "=1+1", "+1", "-1", "@SUM(A1)", "=cmd|'/C calc'!A0", '=HYPERLINK("https://example.org","x")', "\t=1", "\r=1", "\n=1",
    "'=1", "''=1", "＝1", "－1", "＋1", "＠x", ' =1', '"=1', ";=1", "|=1", "=1|=2",
)  # fmt: skip
_RIS = (
    *(f"a{end}ER  - {end}{end}TY  - JOUR{end}TI  - planted" for end in LINE_ENDS),
    "ER  - ", "TY  - JOUR", "TI  - x", "  - ", "AU  - Planted, P.", "\ufeffTY  - JOUR", "ER  -", "T1  - a\tb",
)  # fmt: skip
_BIBTEX = (
    "}", "{", "}}", "{{", "{}}{", "},\n title = {planted}", "}\n}\n@article{planted, title={x}", "@", "@article{x,",
    "@comment{", "@string{a = \"b\"}", "\\", "\\\\", "\\}", "\\{", "a\\", '"', '","', "# concatenated #", "%", "% no comment",
    "\\input{/etc/passwd}", "\\write18{rm}", "\\immediate\\openout1=x", "$x^2$", "a_b", "a^b", "~", "&", "#", "$",
    " and ", "Fish and Chips", "AND", "others", "and others", "Smith, John", "Smith, Jr, John", ",", ",,,", "--",
)  # fmt: skip
_MARKUP = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "</textarea><svg/onload=alert(1)>", "&lt;b&gt;", "&amp;",
    "<i>Mitragyna</i>", "]]>", "<!--", "javascript:alert(1)", "data:text/html,<b>x", "'\"><x>", "{{7*7}}", "${7*7}", "<%= 1 %>",
)  # fmt: skip
_TEXT = (
    "", " ", "  a  b  ", "\t", "\u200b", "\u202eabc", "\ufeff", "\x01\x02", "\x1b[31m", "\x7f", "e\u0301", "Ω β μ", "漢字",
    "ไทย", "🙂", "a" * 3_000, "|", "a|b\\c", "\\|", "null", "NaN", "0", "-0.0", "1e309", "\ue000x\ue001",
)  # fmt: skip
PAYLOADS = tuple(dict.fromkeys((*_FORMULAS, *_RIS, *_BIBTEX, *_MARKUP, *_TEXT)))

KINDS = ("journal_article", "preprint", "conference_abstract", "trial_registration", "thesis", "agency_report", "book",
         "web_page", "unheard_of")  # fmt: skip
_FIXED = {"id", "source", "source_type", "standing", "authors_complete", "issued_on", "electronic_on", "year", "version",
          "study_ids", "authors", "identifiers", "editors"}  # fmt: skip
TEXT_FIELDS = tuple(name for name in Reference.__struct_fields__ if name not in _FIXED)


def a_reference(number: int = 7, **fields: object) -> Reference:
    """A whole article, with what is given in its place."""
    whole = Reference(
        id=number, source="pubmed", source_type="journal_article", title="Kratom and sleep: a survey.",
        journal_title="The Journal of Sleep", journal_abbreviation="J Sleep", issn_l="1234-5678", volume="12", issue="3",
        pages="123-30", issued_on="2021-05-04", year=2021, languages=("eng",),
        authors=(Person(family="Smith", given="Kirsten Elin", initials="KE"), Person(family="Rogers", initials="JM")),
        identifiers=(("pmid", "38277146"), ("doi", "10.1001/x.2023.53401"), ("pmcid", "PMC10818224")),
    )  # fmt: skip
    return structs.replace(whole, **fields)


def hostile(payload: str, kind: str = "journal_article") -> Reference:
    """A reference with ``payload`` in every field that holds text, and in every name and identifier."""
    names = tuple(name for name in TEXT_FIELDS)
    lists = ("languages", "publication_types", "mesh_headings", "supplementary_concepts", "keywords", "registrations")
    values: dict[str, object] = {name: (payload, "b") if name in lists else payload for name in names}
    person = Person(family=payload or None, given=payload, initials=payload, suffix=payload)
    schemes = ("pmid", "pmcid", "doi", "isbn", "nct", "url", payload[:20])
    return a_reference(
        **values,
        source_type=kind,
        authors=(person, Person(collective=payload or None), Person(family=payload or None)),
        editors=(payload, f"{payload}, {payload}"),
        identifiers=tuple((scheme, payload) for scheme in schemes),
    )
