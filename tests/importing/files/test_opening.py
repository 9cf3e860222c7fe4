"""Opening files: packed or not by what is in them, never more than was allowed, broken packing in plain words."""

import gzip
import io
from pathlib import Path

import pytest

from app.errors import UnreadableFile
from app.importing.files.opening import open_capped

TEXT = b"a line of text\n" * 10_000
PACKED = gzip.compress(TEXT, mtime=0)


@pytest.mark.parametrize(
    "content", [TEXT, PACKED, gzip.compress(TEXT[:75_000], mtime=0) + gzip.compress(TEXT[75_000:], mtime=0)]
)
def test_a_file_is_unpacked_by_what_is_in_it_and_not_by_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "records.txt"
    path.write_bytes(content)

    with open_capped(path, max_bytes=1 << 20) as stream:
        assert TEXT == stream.read()
    with open_capped(content, max_bytes=1 << 20) as stream:
        assert TEXT == stream.read()


@pytest.mark.parametrize("content", [TEXT, PACKED])
def test_a_file_of_exactly_the_limit_passes_and_one_byte_more_does_not(content: bytes) -> None:
    assert TEXT == open_capped(content, max_bytes=len(TEXT)).read()
    with pytest.raises(UnreadableFile, match="more than 149,999 bytes"):
        open_capped(content, max_bytes=len(TEXT) - 1).read()


def test_a_gzip_bomb_costs_no_more_than_its_limit() -> None:
    bomb = gzip.compress(b"\0" * 100_000_000)
    stream = open_capped(bomb, max_bytes=1_000_000)
    assert isinstance(stream, io.BufferedReader)
    given = len(stream.read1(1 << 16))
    with pytest.raises(UnreadableFile, match="Split it"):
        stream.read()

    assert 0 < given <= 1 << 16


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (PACKED[:-5], "ends before its gzip packing does"),
        (PACKED[:40], "ends before its gzip packing does"),
        (PACKED[:2], "ends before its gzip packing does"),
        (PACKED + b"garbage behind", "broken gzip packing"),
        (PACKED[:-8] + b"\1\2\3\4" + PACKED[-4:], "broken gzip packing"),
        (b"\x1f\x8b\x09" + PACKED[3:], "broken gzip packing"),
    ],
)
def test_broken_packing_is_told_in_plain_words(content: bytes, says: str) -> None:
    with pytest.raises(UnreadableFile, match=says):
        open_capped(content, max_bytes=1 << 20).read()


@pytest.mark.parametrize(
    ("content", "name"), [(b"PK\x03\x04rest", "ZIP"), (b"BZh9rest", "bzip2"), (b"\xfd7zXZ\x00rest", "xz")]
)
def test_other_packings_are_named(content: bytes, name: str) -> None:
    with pytest.raises(UnreadableFile, match=f"packed with {name}"):
        open_capped(content, max_bytes=100)


def test_a_path_that_is_no_file_is_told_by_its_name_alone(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"^missing\.xml cannot be opened: No such file"):
        open_capped(tmp_path / "missing.xml", max_bytes=100)
    with pytest.raises(UnreadableFile, match="directory"):
        open_capped(tmp_path, max_bytes=100)


def test_closing_what_was_opened_closes_the_file_below(tmp_path: Path) -> None:
    path = tmp_path / "records.gz"
    path.write_bytes(PACKED)
    stream = open_capped(path, max_bytes=1 << 20)
    stream.read(10)
    stream.close()

    assert stream.closed
    assert isinstance(stream, io.BufferedReader)


def test_an_empty_file_opens_as_an_empty_stream() -> None:
    assert b"" == open_capped(b"", max_bytes=10).read()
