"""Small PubMed files for tests: a fixture by name, or one record from its inner XML."""

from io import BytesIO
from pathlib import Path

from msgspec.structs import replace

from app.citations.draft import CitationDraft
from app.importing.pubmed.parser import Deleted, Rejected, Tally, read_records

FIXTURES = Path(__file__).parent / "fixtures"


def read(content: str | bytes, tally: Tally | None = None) -> list[CitationDraft | Rejected | Deleted]:
    """Read a whole file from memory."""
    data = content.encode() if isinstance(content, str) else content
    return list(read_records(BytesIO(data), tally if tally is not None else Tally()))


def fixture(name: str, tally: Tally | None = None) -> list[CitationDraft | Rejected | Deleted]:
    """Read a fixture file."""
    return read((FIXTURES / name).read_bytes(), tally)


def article(inside: str = "", *, citation: str = "", data: str = "", pmid: str = "<PMID>990000100</PMID>") -> str:
    """Return one ``PubmedArticle`` with parts put in where they belong."""
    medline = f"<MedlineCitation>{pmid}<Article>{inside}</Article>{citation}</MedlineCitation>"
    return f"<PubmedArticle>{medline}<PubmedData>{data}</PubmedData></PubmedArticle>"


def article_set(*records: str) -> str:
    """Return a file of records."""
    return f"<PubmedArticleSet>{''.join(records)}</PubmedArticleSet>"


def draft_of(inside: str = "", **parts: str) -> CitationDraft:
    """Read the one record that ``article`` makes."""
    (draft,) = read(article_set(article(inside, **parts)))
    assert isinstance(draft, CitationDraft)
    return draft


def without_hash(record: CitationDraft | Rejected | Deleted) -> CitationDraft | Rejected | Deleted:
    """Leave out the payload's hash, which a fixture's white space would change."""
    return replace(record, payload_hash="") if isinstance(record, CitationDraft) else record
