"""What crosses from the process that reads to the one that writes when the reader is ahead."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import Pipe
from threading import Event

import msgspec

from app.citations.draft import CitationDraft
from app.importing.files.reading import LEAD, Batch, End, Piece, send
from tests.importing.pubmed.records import fixture

_ENOUGH_TO_FILL_A_PIPE = 500


def test_a_reader_that_is_ahead_prepares_the_next_batch_and_it_says_the_same() -> None:
    drafts = [one for one in (*fixture("modern.xml"), *fixture("old.xml")) if isinstance(one, CitationDraft)]
    batch = Batch(drafts * _ENOUGH_TO_FILL_A_PIPE, [], ["1"], 7, 2)
    is_ahead = Event()

    def pieces() -> Iterator[Piece]:
        yield from [batch] * (LEAD + 1)
        is_ahead.set()
        yield End({}, 0, 0)

    incoming, outgoing = Pipe(duplex=False)
    with incoming, outgoing, ThreadPoolExecutor() as reader, ThreadPoolExecutor(max_workers=1) as sender:
        sent = reader.submit(send, outgoing, sender, pieces())
        is_ahead.wait(timeout=60)
        decode = msgspec.msgpack.Decoder(Piece).decode
        arrived = [decode(incoming.recv_bytes()) for _ in range(LEAD + 2)]
        sent.result()

    *plain, prepared, end = arrived
    assert [batch] * LEAD == plain
    assert Batch([], [], ["1"], 7, 2, batch.ready()) == prepared
    assert End({}, 0, 0) == end
