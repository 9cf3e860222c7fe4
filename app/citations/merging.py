"""Letting one citation stand for another, and taking that back. What moves along with it (findings) is moved by who calls.

A citation that was merged keeps everything it has: its identifiers, texts,
signals and words in the index; its own source goes on updating it. It only
says into which one it was merged, and whoever asks for it is led there. So
both provenances stay, and undoing a merge gives back exactly what would be
there without it, however much was synced in between.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Table, bindparam, select, update
from sqlalchemy.orm import Session

from app.citations import queries, signals, store
from app.citations.queries import Stored
from app.errors import Conflict, Invalid
from app.history.events import Revision
from app.kit.canonical import now
from app.kit.public_ids import CITATION, public
from app.models.base import Base
from app.models.duplicate import CitationMerge
from app.statements import Statement

_CITATION: Table = Base.metadata.tables["citation"]
_INTO = Statement(
    select(*CitationMerge.__table__.c)
    .join(_CITATION, _CITATION.c.id == CitationMerge.gone_id)
    .where((_CITATION.c.merged_into == bindparam("into")) & CitationMerge.undone_at.is_(None))
    .order_by(CitationMerge.id)
)


def absorb(
    session: Session,
    revision: Revision,
    gone_id: int,
    kept_id: int,
    *,
    confirmed: Sequence[str] = (),
    note: str | None = None,
) -> CitationMerge:
    """Let ``kept`` stand for ``gone``; what was merged into ``gone`` before leads to ``kept`` from now on.

    Two PMIDs need "different_pmids" among ``confirmed``: PubMed keeps them
    apart. Raises :class:`Conflict` for that, when either was merged already,
    and for the later of two merges at once.
    """
    if gone_id == kept_id:
        raise Invalid(f"{public(CITATION, gone_id)} cannot be merged into itself; name two citations.", field="into")
    store.hold_matching(session)
    gone, kept = queries.get(session, gone_id), queries.get(session, kept_id)
    for one in (gone, kept):
        _refuse_merged(one)
    _refuse_pmids(gone, kept, confirmed)
    _lead(session, gone, from_=None, to=kept_id)
    _touch(session, kept)
    followers = list(session.scalars(select(_CITATION.c.id).where(_CITATION.c.merged_into == gone_id)))
    for follower in followers:
        _lead(session, queries.get(session, follower), from_=gone_id, to=kept_id)
    merge = CitationMerge(
        gone_id=gone_id, kept_id=kept_id, merged_at=now(), merged_by=revision.actor, note=note,
        confirmed=list(confirmed), moved=[], undone_at=None, undone_by=None,
    )  # fmt: skip
    session.add(merge)
    session.flush()
    for number in (gone_id, *followers):
        came_from = None if number == gone_id else gone_id
        revision.note("citation", number, op="merge", before={"merged_into": came_from}, after={"merged_into": kept_id})
    signals.settle(session, revision, [gone_id, kept_id])
    return merge


def release(session: Session, revision: Revision, gone_id: int) -> CitationMerge:
    """Take the merge of a citation back; what was merged into it before leads to it again.

    Merges that were made one upon another are undone last first. Raises
    :class:`Conflict` when it is not merged, and when the citation it was merged
    into was itself merged later.
    """
    store.hold_matching(session)
    gone = queries.get(session, gone_id)
    merge = standing_merge(session, gone_id)
    if merge is None:
        raise Conflict(f"{public(CITATION, gone_id)} is not merged into another citation; there is nothing to undo.")
    if gone.merged_into != merge.kept_id:
        middle = public(CITATION, merge.kept_id)
        raise Conflict(
            f"{public(CITATION, gone_id)} was merged into {middle}, which was merged into "
            f"{public(CITATION, gone.merged_into or 0)} later; unmerge {middle} first."
        )
    merge.undone_at, merge.undone_by = now(), revision.actor
    session.flush()
    _lead(session, gone, from_=merge.kept_id, to=None)
    _touch(session, queries.get(session, merge.kept_id))
    own = _merged_below(session, gone_id)
    for number in own:
        _lead(session, queries.get(session, number), from_=merge.kept_id, to=gone_id)
    for number in (gone_id, *own):
        leads_to = None if number == gone_id else gone_id
        before = {"merged_into": merge.kept_id}
        revision.note("citation", number, op="merge", before=before, after={"merged_into": leads_to})
    signals.settle(session, revision, [gone_id, merge.kept_id])
    return merge


def standing_merge(session: Session, gone_id: int) -> CitationMerge | None:
    """The merge by which a citation is gone now, and not one that was undone."""
    here = (CitationMerge.gone_id == gone_id) & CitationMerge.undone_at.is_(None)
    return session.scalars(select(CitationMerge).where(here)).one_or_none()


def merged_into(session: Session, kept_id: int) -> list[Row[Any]]:
    """The merges by which other citations lead to this one now, also by way of a third, oldest first."""
    return _INTO.all(session, into=kept_id)


def gone_of(session: Session, one: int, other: int) -> int:
    """Which of two merged citations is the one that is gone."""
    merge = standing_merge(session, one)
    return one if merge and merge.kept_id == other else other


def _merged_below(session: Session, citation_id: int) -> list[int]:
    """The citations that were merged into this one, directly or by way of others, and are still."""
    query = select(CitationMerge.gone_id).where(CitationMerge.undone_at.is_(None))
    found: list[int] = []
    level = [citation_id]
    while level:
        level = sorted(session.scalars(query.where(CitationMerge.kept_id.in_(level))))
        found += level
    return found


def _refuse_merged(one: Stored) -> None:
    if one.merged_into is not None:
        raise Conflict(
            f"{public(CITATION, one.id)} was merged into {public(CITATION, one.merged_into)} already; "
            f"take {public(CITATION, one.merged_into)}, or unmerge it first."
        )


def _refuse_pmids(gone: Stored, kept: Stored, confirmed: Sequence[str]) -> None:
    one, other = gone.draft.pmid, kept.draft.pmid
    if one and other and one != other and "different_pmids" not in confirmed:
        raise Conflict(
            f"PubMed keeps the two apart: PMID {one} and PMID {other}. If they are one record all the same, "
            'confirm it with "different_pmids".',
            field="confirm",
        )


def _lead(session: Session, one: Stored, *, from_: int | None, to: int | None) -> None:
    """Only who finds it as it was read changes it: of two merges at once one has an effect, whatever each has read."""
    here = _CITATION.c.merged_into.is_(None) if from_ is None else _CITATION.c.merged_into == from_
    mine = (_CITATION.c.id == one.id) & (_CITATION.c.version == one.version) & here
    _write_one(session, one, update(_CITATION).where(mine).values(merged_into=to, version=one.version + 1))


def _touch(session: Session, kept: Stored) -> None:
    """The citation that stays shows other things now, so it has another version; and it must still be there to stay."""
    mine = (_CITATION.c.id == kept.id) & (_CITATION.c.version == kept.version) & _CITATION.c.merged_into.is_(None)
    _write_one(session, kept, update(_CITATION).where(mine).values(version=kept.version + 1))


def _write_one(session: Session, one: Stored, statement: Any) -> None:
    done: Any = session.execute(statement)
    if done.rowcount != 1:
        raise Conflict(f"{public(CITATION, one.id)} was changed or merged just now; read both records again.")
