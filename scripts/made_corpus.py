"""A large bibliographic store made from the two real files of PubMed that the import is measured with.

Every record comes again under other identifiers and with a tenth of the words
of its title and abstract swapped for words of other records, until there are
as many as asked for; the starter corpus comes first. Nothing here measures anything.
"""

import random
import sys
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice

from msgspec.structs import replace

from app.citations.draft import CitationDraft, Identifier
from app.citations.store import Outcome
from app.database import Store
from app.importing import starter
from app.importing.files.opening import open_capped
from app.importing.pubmed.parser import Tally, read_records
from app.importing.run import Fate, open_run
from app.schema import migrate
from app.vocabulary import rows
from scripts.bench_import import MOST_BYTES, files

SWAPPED = 0.1
_APART = 40_000_000
"""Added to a PMID for each further copy; the real ones stay below it."""
_BATCH = 1_000


def make(url: str, records: int) -> None:
    """Fill an empty database at ``url`` with the starter corpus and ``records`` citations."""
    store = Store(url)
    migrate(store)
    with store.writing() as session:
        rows.load(session)
        starter.load(session)
    with open_run(store, actor="bench", kind="file", asked_for=f"{records} made records", dry_run=False) as run:
        run.expect_many(many=True)
        drafts = islice(_copies(), records)
        while batch := list(islice(drafts, _BATCH)):
            before = run.report.asked
            run.take(batch, lambda outcomes, before=before: _fates(outcomes, before))
            print(f"\r{run.report.asked:,} of {records:,}", end="", file=sys.stderr, flush=True)
        run.expect_many(many=False)
        run.close(state="complete")
    print(file=sys.stderr)
    store.close()


def _fates(outcomes: list[Outcome], before: int) -> list[Fate]:
    return [Fate(before + n, one.fate, one.source_id, one.citation_id) for n, one in enumerate(outcomes, 1)]


def _copies() -> Iterator[CitationDraft]:
    originals = list(_originals())
    chance = random.Random(1)  # noqa: S311 - the same corpus every time
    chance.shuffle(originals)  # so that a small corpus is made of both files too
    yield from originals
    pool = [word for draft in originals[::7] for part in draft.texts for word in part.text.split()]
    number = 0
    while True:
        number += 1
        for draft in originals:
            yield _copy(draft, number, chance, pool)


def _originals() -> Iterator[CitationDraft]:
    seen = set()
    for path in files():
        with open_capped(path, max_bytes=MOST_BYTES) as stream:
            for one in read_records(stream, Tally()):
                if isinstance(one, CitationDraft) and one.pmid not in seen:
                    seen.add(one.pmid)
                    yield one


def _copy(draft: CitationDraft, number: int, chance: random.Random, pool: list[str]) -> CitationDraft:
    texts = tuple(replace(part, text=_swapped(part.text, chance, pool)) for part in draft.texts)
    own = [Identifier("pmid", str(int(draft.pmid or 0) + number * _APART))]
    doi = draft.identifier("doi")
    if doi:
        own.append(Identifier("doi", f"{doi}.{number}"))
    return replace(
        draft,
        identifiers=tuple(own),
        title=draft.title and _swapped(draft.title, chance, pool),
        texts=texts,
        corrections=(),
        payload_hash=sha256(f"{draft.payload_hash}{number}".encode()).hexdigest(),
    )


def _swapped(text: str, chance: random.Random, pool: list[str]) -> str:
    words = text.split(" ")
    for place in range(len(words)):
        if chance.random() < SWAPPED:
            words[place] = pool[int(chance.random() * len(pool))]
    return " ".join(words)


if __name__ == "__main__":
    make(sys.argv[1], int(sys.argv[2]))
