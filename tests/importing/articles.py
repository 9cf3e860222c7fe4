"""PubMed files for tests of imports, written record by record."""

import gzip
from pathlib import Path
from xml.sax.saxutils import escape


def an_article(
    pmid: str, *, title: str = "Kratom and sleep", version: int = 1, revised: str | None = None, doi: str | None = None,
    abstract: str | None = None, types: tuple[str, ...] = (), ties: tuple[tuple[str, str], ...] = (),
) -> str:  # fmt: skip
    """One ``PubmedArticle``; ``revised`` is an ISO date, ``ties`` are RefType and PMID."""
    year, month, day = (revised or "2024-01-01").split("-")
    date = f"<DateRevised><Year>{year}</Year><Month>{month}</Month><Day>{day}</Day></DateRevised>" if revised else ""
    text = f"<Abstract><AbstractText>{escape(abstract)}</AbstractText></Abstract>" if abstract else ""
    kinds = "".join(f"<PublicationType>{kind}</PublicationType>" for kind in types)
    links = "".join(
        f'<CommentsCorrections RefType="{kind}"><RefSource>J</RefSource><PMID>{to}</PMID></CommentsCorrections>'
        for kind, to in ties
    )
    doi_id = f'<ArticleId IdType="doi">{doi}</ArticleId>' if doi else ""
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="{version}">{pmid}</PMID>{date}<Article><Journal>'
        f"<JournalIssue><PubDate><Year>2024</Year></PubDate></JournalIssue></Journal><ArticleTitle>{escape(title)}"
        f"</ArticleTitle>{text}<PublicationTypeList>{kinds}</PublicationTypeList></Article>"
        f"<CommentsCorrectionsList>{links}</CommentsCorrectionsList></MedlineCitation>"
        f'<PubmedData><ArticleIdList><ArticleId IdType="pubmed">{pmid}</ArticleId>{doi_id}</ArticleIdList></PubmedData>'
        "</PubmedArticle>"
    )


def a_deletion(*pmids: str) -> str:
    """PubMed's notice that it took records back."""
    return f"<DeleteCitation>{''.join(f'<PMID>{pmid}</PMID>' for pmid in pmids)}</DeleteCitation>"


def a_set(*records: str) -> bytes:
    """A whole document."""
    return f'<?xml version="1.0"?>\n<PubmedArticleSet>\n{chr(10).join(records)}\n</PubmedArticleSet>\n'.encode()


def a_file(folder: Path, *records: str, name: str = "records.xml", cut: int = 0) -> Path:
    """A file of records; ``cut`` leaves out that many bytes at its end. A name in ``.gz`` packs it."""
    path = folder / name
    data = a_set(*records)
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    if cut:
        path.write_bytes(path.read_bytes()[:-cut])
    return path


WITHOUT_PMID = (
    "<PubmedArticle><MedlineCitation><Article><ArticleTitle>Lost</ArticleTitle></Article></MedlineCitation>"
    "</PubmedArticle>"
)
