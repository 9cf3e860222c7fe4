"""Files made to harm: each is refused with a reason, in two seconds, with nothing kept of it."""

import gc
import gzip
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.importing.files.reading_files import Found

_BOMB = gzip.compress(b"TY  - JOUR\nTI  - a\n" + b"\0" * 50_000_000)


def _unpacks(head: str, line: str) -> Callable[[], bytes]:
    """A gzip of some hundred kB, in two parts, that unpacks to ``head`` and 24 MB of ``line``."""
    return lambda: gzip.compress(head.encode()) + gzip.compress(line.encode() * (2_000_000 // len(line)), 1) * 12


def _numbered(head: str, line: str) -> Callable[[], bytes]:
    """``head`` and thirty thousand lines that all differ."""
    return (head + "".join(line.format(number) for number in range(30_000))).encode


_XML = '<?xml version="1.0"?>'
_RECORD = "<record><titles><title>{}</title></titles></record>"

HOSTILE: dict[str, Callable[[], bytes]] = {
    "gzip of zeros": lambda: _BOMB,
    "gzip cut": lambda: _BOMB[:1000],
    "gzip with a wrong checksum": lambda: _BOMB[:-8] + b"\1\2\3\4" + _BOMB[-4:],
    "gzip in gzip": lambda: gzip.compress(_BOMB),
    "zip": lambda: b"PK\x03\x04" + b"a" * 100,
    "bzip2": lambda: b"BZh9" + b"a" * 100,
    "xz": lambda: b"\xfd7zXZ\x00" + b"a" * 100,
    "7-Zip": lambda: b"7z\xbc\xaf\x27\x1c" + b"a" * 100,
    "nothing": lambda: b"",
    "only white space": lambda: b" \n\t\r\n" * 100,
    "only a mark": lambda: b"\xef\xbb\xbf",
    "random bytes": lambda: bytes(range(256)) * 50,
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
    "a PDF": lambda: b"%PDF-1.7\n" + bytes(range(128, 256)),
    "a web page": lambda: b"<!DOCTYPE html><html><body>Log in</body></html>",
    "plain prose": lambda: b"Dear colleague, please find the list attached.\n",
    "a shell script": lambda: b"#!/bin/sh\nrm -rf /\n",
    **{
        f"NUL in {name}": lambda text=text: text.replace("Kratom", "Kra\0tom").encode()  # type: ignore[misc]  # bound now
        for name, text in {
            "RIS": "TY  - JOUR\nTI  - Kratom\nER  - \n", "nbib": "PMID- 1\nTI  - Kratom\n", "BibTeX": "@misc{a, title={Kratom}}",
            "CSL-JSON": '[{"title": "Kratom"}]', "CSV": "Title,DOI\nKratom,10.1000/a\n",
            "EndNote": f"{_XML}<xml><records>{_RECORD.format('Kratom')}</records></xml>", "WoS": "PT J\nTI Kratom\nER\n",
        }.items()
    },
    **{
        f"mixed encodings in {name}": lambda text=text: text.encode() + text.encode("cp1252")  # type: ignore[misc]  # as above
        for name, text in {
            "RIS": "TY  - JOUR\nTI  - Müdigkeit\nER  - \n", "nbib": "PMID- 1\nTI  - Müdigkeit\n\n",
            "BibTeX": "@misc{a, title={Müdigkeit}}\n", "CSV": "Title,DOI\nMüdigkeit,10.1000/a\n", "WoS": "PT J\nTI Müd\nER\n",
        }.items()
    },
    "RIS in UTF-16 cut in a character": lambda: "TY  - JOUR\nTI  - Kratom\nER  - \n".encode("utf-16")[:-1],
    "RIS with half of a pair": lambda: "TY  - JOUR\nTI  - Kratom\n".encode("utf-16") + b"\x00\xdc",
    "RIS in no encoding": lambda: b"TY  - JOUR\nTI  - Kra\x81tom\nER  - \n",
    "RIS with a line without end": lambda: b"TY  - JOUR\nTI  - " + b"a" * 17_000_000,
    "RIS with a value without end": lambda: b"TY  - JOUR\nTI  - " + b"a\n" * 200_001 + b"ER  - \n",
    "RIS with authors without end": lambda: b"TY  - JOUR\nTI  - a\n" + b"AU  - A, B\n" * 100_000,
    "RIS that unpacks to keywords": _unpacks("TY  - JOUR\nTI  - a\n", "KW  - a\n"),
    "RIS that unpacks to lines": _unpacks("TY  - JOUR\nTI  - a\nKW  - a\n", "a\n"),
    "RIS that unpacks to one line": _unpacks("TY  - JOUR\nTI  - ", "\N{GRINNING FACE}"),
    "RIS of links that all differ": _numbered("TY  - JOUR\nTI  - a\n", "L1  - {}\n"),
    "RIS of DOIs that all differ": _numbered("TY  - JOUR\nTI  - a\n", "DO  - 10.1000/{}\n"),
    "RIS of addresses that all differ": _numbered("TY  - JOUR\nTI  - a\n", "UR  - https://doi.org/10.1000/{}\n"),
    "RIS without TY": lambda: b"TI  - a\nAU  - TY  - b\nER  - \nTY\n",
    "RIS that says nothing": lambda: b"TY  - JOUR\nER  - \n" * 1000,
    "nbib that says nothing": lambda: b"PMID- \nOWN - NLM\n\n" * 100,
    "nbib with an abstract without end": lambda: b"PMID- 1\nAB  - " + b"a\n      " * 200_000,
    "nbib that unpacks to keywords": _unpacks("PMID- 1\n", "OT  - a\n"),
    "nbib that unpacks to lines": _unpacks("PMID- 1\nAB  - a\n", "      a\n"),
    "nbib of languages that all differ": _numbered("PMID- 1\n", "LA  - {}\n"),
    "BibTeX without end": lambda: b"@article{a, title = {" + b"a " * 1000,
    "BibTeX of braces": lambda: b"@article{a, title = " + b"{" * 10_000 + b"}" * 10_000 + b"}",
    "BibTeX of quotes": lambda: b'@article{a, title = "' + b'"' * 9_999 + b"}",
    "BibTeX of signs": lambda: b"@article{a, title = " + b"# " * 10_000 + b"}",
    "BibTeX of begins": lambda: b"@article{\n" * 2_000,
    "BibTeX with an entry without end": lambda: b"@article{a, title = {" + b"a\n" * 600_000 + b"}}",
    "BibTeX without fields": lambda: b"@article{a}\n" * 100,
    "CSL-JSON cut": lambda: b'[{"title": "Kratom"',
    "CSL-JSON in depth": lambda: b'[{"a":' * 10_000,
    "CSL-JSON of lists": lambda: b"[" * 100_000,
    "CSL-JSON of lists within": lambda: b'[{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]",
    "CSL-JSON of texts": lambda: b'[{"a": "' + b"\\" * 100_001,
    "CSL-JSON with an item without end": lambda: b'[{"title": "' + b"a" * 3_000_000,
    "CSL-JSON of numbers": lambda: b'[5, {"title": 1}]',
    "CSL-JSON of nothing": lambda: b"[{}, {}, {}]",
    "CSL-JSON with a surrogate": lambda: b'[{"x": "\\ud800"}]',
    "EndNote cut": partial(str.encode, f"{_XML}<xml><records><record><titles>"),
    "EndNote in depth": partial(str.encode, f"{_XML}<xml><records><record>{'<a>' * 10_000}"),
    "EndNote of laughter": partial(str.encode, (

        '<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
        f"<xml><records>{_RECORD.format('&b;')}</records></xml>"
    )),
    "EndNote that reads files": partial(str.encode, (

        '<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        f"<xml><records>{_RECORD.format('&a;')}</records></xml>"
    )),
    "EndNote with a record without end": partial(str.encode, f"{_XML}<xml><records><record>{'<a/>' * 300_000}"),
    "EndNote with a control character": partial(str.encode, f"{_XML}<xml><records>{_RECORD.format(chr(1))}</records></xml>"),
    "EndNote in another encoding": lambda: f"{_XML}<xml><records>{_RECORD.format('ü')}</records></xml>".encode("cp1252"),
    "CSV of formulas": lambda: b"Title,DOI\n=1+1,\n=HYPERLINK(a),\n@SUM(A1),\n+cmd|x,\n",
    "CSV with a quote without end": lambda: b'Title,DOI\n"Kratom,10.1000/a\n' + b"a,b\n" * 1000,
    "CSV with a cell without end": lambda: b'Title,DOI\n"' + b"a\n" * 600_000,
    "CSV of too many cells": lambda: b"Title,DOI\n" + b"," * 100_000,
    "CSV that unpacks to headings": _unpacks("Title,DOI", ",a"),
    "CSV that unpacks to cells": _unpacks("Title,DOI\n", ","),
    "CSV that unpacks to one row": _unpacks("Title,DOI\n", '"\n",'),
    "CSV of headings without end": lambda: b"Title,DOI" + b",a" * 1_000_000,
    "CSV of headings alike": lambda: b"Title,DOI,title\na,b,c\n",
    "CSV of nothing": lambda: b"Title,DOI\n,\n,\n",
    "WoS that unpacks to references": _unpacks("PT J\nTI a\nCR a\n", "   a\n"),
    "WoS that says nothing": lambda: b"PT J\nER\n" * 100,
}  # fmt: skip


def test_there_are_at_least_sixty() -> None:
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_its_reason_in_two_seconds(name: str) -> None:
    content = HOSTILE[name]()
    gc.collect()  # or what other tests left behind is collected meanwhile: ten times the 0.2 s of a file, once
    began = time.thread_time()
    found = Found(content)
    took = time.thread_time() - began

    assert [] == found.records
    assert found.fault or found.refused
    assert took <= 2


def test_hostile_files_cost_no_more_than_150_mb_together() -> None:
    program = (
        "import resource\nfrom tests.importing.files.test_hostile import HOSTILE\n"
        "from tests.importing.files.reading_files import Found\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for make in HOSTILE.values(): Found(make())\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    root = Path(__file__).parents[3]
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root)

    assert int(ended.stdout) <= 150_000
