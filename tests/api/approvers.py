"""Many editors who propose changes and then decide them all at once, and what came of it.

Each proposal is decided by several editors at the same time, and before them by its own author, who may not. Nothing here judges;
a test and ``scripts/bench approvals`` do.
"""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from app.database import Store
from app.models.curation import Proposal, Review
from app.models.study import Study
from tests.api.people import signed_in
from tests.api.writers import API, Line
from tests.factories import a_revision, a_study

FIELDS: dict[str, Any] = {
    "notes": "Read again.",
    "country": "MY",
    "n_total": 77,
    "population": "People who take kratom",
}
"""What is proposed for each study: one proposal a field, for two of one field would supersede each other."""
INTEREST = {"interest": "none"}
LOST = (403, 409, 412)
"""What whoever decides nothing is told: it is their own, or it is decided."""


@dataclass
class Decided:
    """What was proposed and answered, and what is stored."""

    proposed: int = 0
    acknowledged: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    bad: list[str] = field(default_factory=list)
    accepted: int = 0
    reviews: int = 0
    by_author: int = 0
    applied: int = 0
    """Fields of studies that are as proposed."""


def prepared(store: Store, *, approvers: int, proposals: int) -> tuple[list[dict[str, str]], list[str]]:
    """The credentials of so many editors, and the studies for so many proposals, entered by somebody else."""
    editors = [signed_in(store, "editor") for _ in range(approvers)]
    with store.writing() as session:
        revision = a_revision()
        studies = [a_study(session, revision, reports=()).id for _ in range(-(-proposals // len(FIELDS)))]
        revision.seal(session)
    return editors, [f"{API}/studies/S{number}" for number in studies]


async def decide(
    port: int, editors: list[dict[str, str]], studies: list[str], *, proposals: int, racers: int
) -> Decided:
    """Let the editors propose in turn, then ``racers`` of them and the author decide each proposal at the same time."""
    found, lines = Decided(), [Line(port, each) for each in editors]
    tags: dict[str, str] = {}
    wanted = [(path, name) for path in studies for name in FIELDS][:proposals]
    shares = [wanted[n :: len(lines)] for n in range(len(lines))]
    own = await asyncio.gather(*(_propose(*one, tags, found) for one in zip(lines, shares, strict=True)))
    queues: list[list[str]] = [list(paths) for paths in own]
    for place, path in enumerate(path for paths in own for path in paths):
        for racer in range(racers):
            queues[(place * racers + racer) % len(lines)].append(path)
    await asyncio.gather(*(_accept(*one, tags, found) for one in zip(lines, queues, strict=True)))
    for line in lines:
        line.close()
    return found


async def _propose(line: Line, share: list[tuple[str, str]], tags: dict[str, str], found: Decided) -> list[str]:
    made = []
    for path, name in share:
        # The version of a study stays what it was: a proposal changes nothing.
        status, headers, body = await line.ask("PATCH", path, {name: FIELDS[name]}, If_Match='"1.1"')
        if status != 202:
            found.bad.append(f"PATCH {path}: {status} {body[:200]!r}")
            continue
        made.append(f"{API}/proposals/{json.loads(body)['data']['id']}")
        tags[made[-1]] = headers["etag"]
        found.proposed += 1
    # Who has proposed waits for the others, for longer than the server keeps a connection that says nothing.
    line.close()
    return made


async def _accept(line: Line, paths: list[str], tags: dict[str, str], found: Decided) -> None:
    for path in paths:
        status, _, body = await line.ask("POST", f"{path}/accept", INTEREST, If_Match=tags[path])
        found.statuses[status] += 1
        if status == 200:
            found.acknowledged[path] += 1
        elif status not in LOST:
            found.bad.append(f"POST {path}/accept: {status} {body[:200]!r}")


def look(store: Store, found: Decided) -> Decided:
    """Add what is stored."""
    with store.reading() as session:
        stored = session.execute(select(Proposal.state, Proposal.created_by, Proposal.decided_by)).all()
        found.reviews = session.scalar(select(func.count()).where(Review.kind == "proposal")) or 0
        changed = [getattr(Study, name) == value for name, value in FIELDS.items()]
        found.applied = sum(session.scalar(select(func.count()).where(each)) or 0 for each in changed)
    found.accepted = sum(state == "accepted" for state, _, _ in stored)
    found.by_author = sum(author == decided_by for _, author, decided_by in stored)
    return found
