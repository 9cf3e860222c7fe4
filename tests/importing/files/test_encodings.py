"""Whatever encoding a file is in, its letters are the right ones, or it says that they may not be."""

import re

import pytest

from tests.importing.articles import a_set, an_article
from tests.importing.files.reading_files import found

RIS = "TY  - JOUR\nAU  - Müller, Jérôme\nTI  - Schlaf und Kratom – ein Überblick\nER  - \n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_read_as_it_is_and_nothing_is_said(encoding: str) -> None:
    read = found(RIS.encode(encoding))

    assert ("Schlaf und Kratom – ein Überblick", "Müller") == (read.one.title, read.one.authors[0].family)
    assert [] == read.remarks


@pytest.mark.parametrize("declaration", ['<?xml version="1.0" encoding="UTF-16"?>', '<?xml version="1.0"?>', ""])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_xml_in_utf_16_needs_neither_a_mark_nor_a_word_about_it(encoding: str, declaration: str) -> None:
    xml = a_set(an_article("1", title="Schläfrigkeit α")).decode().partition("?>")[2]

    assert "Schläfrigkeit α" == found((declaration + xml).encode(encoding)).one.title


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_pubmed_xml_in_utf_16_is_read(encoding: str) -> None:
    xml = a_set(an_article("1", title="Schläfrigkeit")).decode().replace('"1.0"', '"1.0" encoding="UTF-16"')

    assert "Schläfrigkeit" == found(b"\xff\xfe" * (encoding == "utf-16-le") + xml.encode(encoding)).one.title


def test_windows_1252_is_read_and_always_said() -> None:
    read = found(RIS.encode("cp1252"))

    assert "Schlaf und Kratom – ein Überblick" == read.one.title
    said = (
        "The file is not UTF-8; it was read as Windows-1252. Line 2 then reads 'AU - Müller, Jérôme'. "
        "If its letters are wrong, export the file again as UTF-8."
    )
    assert [said] == read.remarks


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (RIS.encode() + RIS.encode("cp1252"), "mixes encodings: line 2 is UTF-8 and line 6 is not"),
        (RIS.encode("cp1252").replace(b"\xfc", b"\x81"), r"neither UTF-8 nor Windows-1252 \(line 2\)"),
        (RIS.encode().replace(b"Kratom", b"Kra\0tom"), "Line 3 holds a NUL character"),
        (RIS.encode("utf-16")[:-1], "not in the encoding that it begins in"),
        (RIS.encode("utf-16") + b"\x00\xdc\x00\xdc", "not in the encoding that it begins in"),
        (RIS.encode() + b"AB  - " + b"a" * 17_000_000, "Line 5 is longer than 2,097,152 characters"),
        (RIS.encode()[:-2] + "ü".encode()[:1], "Windows-1252|middle of a character|mixes"),
    ],
)
def test_what_would_turn_into_other_letters_is_refused_by_its_line(content: bytes, says: str) -> None:
    read = found(content)

    assert read.fault is not None
    assert re.search(says, read.fault), read.fault


def test_control_characters_are_left_out_and_told_by_their_line() -> None:
    read = found(RIS.replace("Kratom", "Kra\x02tom\x85").encode())

    assert "Schlaf und Kratom – ein Überblick" == read.one.title
    assert ["Line 3: The control character U+0002 was left out.",
            "Line 3: The control character U+0085 was left out."] == read.remarks  # fmt: skip
