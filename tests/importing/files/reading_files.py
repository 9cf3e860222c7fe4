"""Reading one file's content in tests: drafts, rejections and what was remarked."""

from pathlib import Path

from app.citations.draft import CitationDraft
from app.importing.files.reading import Batch, End, Fault, Refused, read_pieces

SHARED = "references"


class Found:
    """What came of a file."""

    def __init__(self, source: bytes | Path) -> None:
        self.records: list[CitationDraft] = []
        self.refused: list[Refused] = []
        self.fault: str | None = None
        self.remarks: list[str] = []
        self.unknown: dict[str, int] = {}
        for piece in read_pieces(source, max_bytes=1 << 30):
            if isinstance(piece, Batch):
                self.records += piece.records
                self.refused += piece.refused
            elif isinstance(piece, Fault):
                self.fault = piece.message
            elif isinstance(piece, End):
                self.remarks, self.unknown = piece.remarks, piece.unknown

    @property
    def one(self) -> CitationDraft:
        """The one record that there is."""
        assert (1, None) == (len(self.records), self.fault), self.refused or self.fault
        return self.records[0]

    def ids(self, number: int = 0) -> list[tuple[str, str]]:
        """The identifiers of a record."""
        return [(each.scheme, each.value) for each in self.records[number].identifiers]


def found(text: str | bytes) -> Found:
    return Found(text if isinstance(text, bytes) else text.encode())
