"""Identifiers as real exports spell them."""

import string
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.kit import identifiers as ids

PARSERS: dict[str, Callable[[str], str]] = {
    "pmid": ids.parse_pmid, "pmcid": ids.parse_pmcid, "doi": ids.parse_doi, "nct": ids.parse_nct,
    "isbn": ids.parse_isbn, "orcid": ids.parse_orcid,
}  # fmt: skip


@pytest.mark.parametrize(
    ("scheme", "written", "stored"),
    [
        ("pmid", "38277146", "38277146"),
        ("pmid", " PMID: 38277146.2 ", "38277146"),
        ("pmid", "pmid38277146", "38277146"),
        ("pmcid", "PMC10818224", "PMC10818224"),
        ("pmcid", "pmc10818224.1", "PMC10818224"),
        ("pmcid", "10818224", "PMC10818224"),
        ("pmcid", "PMCID: PMC10818224", "PMC10818224"),
        ("doi", "10.1037/PHA0000794", "10.1037/pha0000794"),
        ("doi", "https://doi.org/10.1037/pha0000794", "10.1037/pha0000794"),
        ("doi", "http://dx.doi.org/10.1037/pha0000794", "10.1037/pha0000794"),
        ("doi", "doi: 10.1037/pha0000794", "10.1037/pha0000794"),
        ("doi", "DOI 10.1002/(SICI)1099-1077(199911)14:8<531::AID-HUP140>3.0.CO;2-J",
         "10.1002/(sici)1099-1077(199911)14:8<531::aid-hup140>3.0.co;2-j"),
        ("doi", "doi.org/10.1000.10/x", "10.1000.10/x"),
        ("nct", " nct03414099", "NCT03414099"),
        ("isbn", "0-306-40615-2", "0306406152"),
        ("isbn", "ISBN 978-0-306-40615-7", "9780306406157"),
        ("isbn", "0-8044-2957-x", "080442957X"),
        ("orcid", "https://orcid.org/0000-0002-1825-0097", "0000-0002-1825-0097"),
        ("orcid", "0000000218250097", "0000-0002-1825-0097"),
        ("orcid", "0000-0002-1694-233x", "0000-0002-1694-233X"),
    ],
)  # fmt: skip
def test_every_spelling_of_an_identifier_has_one_stored_form(scheme: str, written: str, stored: str) -> None:
    assert stored == PARSERS[scheme](written)


@pytest.mark.parametrize(
    ("scheme", "written"),
    [
        ("pmid", ""), ("pmid", "0"), ("pmid", "012"), ("pmid", "1234567890"), ("pmid", "12 34"), ("pmid", "PMC12"),
        ("pmid", "１２３"), ("pmid", "12\n13"), ("pmcid", "PMC"), ("pmcid", "PMC0"), ("pmcid", "PMID 12"),
        ("doi", "10.1037"), ("doi", "10.1037/"), ("doi", "11.1037/x"), ("doi", "10.10/x"), ("doi", "10.1037/a b"),
        ("doi", "https://example.org/10.1037/x"), ("nct", "NCT0341409"), ("nct", "NCT034140999"), ("nct", "03414099"),
        ("isbn", "0-306-40615-3"), ("isbn", "978-0-306-40615-8"), ("isbn", "X306406152"), ("isbn", "٠٣٠٦٤٠٦١٥٢"),
        ("orcid", "0000-0002-1825-0098"), ("orcid", "0000-0002-1825-009"),
    ],
)  # fmt: skip
def test_what_is_no_identifier_is_refused_and_named(scheme: str, written: str) -> None:
    with pytest.raises(ids.MalformedIdentifierError) as refused:
        PARSERS[scheme](written)

    assert written == refused.value.text


@pytest.mark.parametrize("scheme", PARSERS)
@given(written=st.text(alphabet=string.printable + "１٣é﻿\0", max_size=40))
@example(written="10.1000/doi:10.1000/x")
@example(written="doi:https://doi.org/10.1000/x")
def test_a_stored_identifier_parses_to_itself(scheme: str, written: str) -> None:
    try:
        stored = PARSERS[scheme](written)
    except ids.MalformedIdentifierError:
        return

    assert stored == PARSERS[scheme](stored)


@given(digits=st.text(alphabet=string.digits, min_size=9, max_size=9), place=st.integers(0, 8))
def test_an_isbn_with_one_wrong_digit_is_refused(digits: str, place: int) -> None:
    check = (11 - sum((10 - i) * int(d) for i, d in enumerate(digits)) % 11) % 11
    right = digits + ("X" if check == 10 else str(check))
    wrong = right[:place] + str((int(right[place]) + 1) % 10) + right[place + 1 :]

    assert right == ids.parse_isbn(right)
    with pytest.raises(ids.MalformedIdentifierError):
        ids.parse_isbn(wrong)
