"""The reader of each format that is text. PubMed's XML has its own passage, ``app.importing.pubmed``."""

from collections.abc import Callable, Iterator

from app.citations.draft import CitationDraft
from app.importing.files import bibtex, csl_json, nbib, ris, web_of_science
from app.importing.files.encodings import Text
from app.importing.files.remarks import Remarks
from app.importing.pubmed.parser import Rejected

Reader = Callable[[Text, Remarks], Iterator[CitationDraft | Rejected]]

READERS: dict[str, Reader] = {
    "RIS": ris.read,
    "nbib": nbib.read,
    "BibTeX": bibtex.read,
    "CSL-JSON": csl_json.read,
    "Web of Science": web_of_science.read,
}
