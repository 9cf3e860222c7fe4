"""A person's decision on two citations that may be one: merge, undo, link, keep apart, look again; each is one whole.

The records are ``citations.merging``'s, reports and findings ``findings.moving``'s,
what reviewers decided ``screening.carrying``'s; here they go together, with the pair in the queue. No machine calls this.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.citations import duplicates, merging, queries, ties
from app.errors import Conflict, Invalid, UnknownValue
from app.findings import moving
from app.history.events import Revision
from app.kit.public_ids import CITATION, DUPLICATE, public
from app.models.duplicate import CitationMerge, DuplicatePair
from app.screening import carrying

CONFIRMABLE = ("different_pmids", "same_study", "blocked")
"""What somebody must say to know: PubMed keeps the two apart; both report one study; a rule set the pair aside."""


def merge(
    session: Session,
    revision: Revision,
    gone_id: int,
    kept_id: int,
    *,
    confirmed: Sequence[str] = (),
    note: str | None = None,
) -> CitationMerge:
    """Merge one citation into another: its studies, findings, screening and address go over, itself it keeps.

    Raises :class:`Conflict` where something must be confirmed first, or
    stands in the way; then nothing is changed.
    """
    for each in confirmed:
        if each not in CONFIRMABLE:
            message = f"{each!r} is nothing to confirm. Allowed: {', '.join(CONFIRMABLE)}."
            raise UnknownValue(message, field="confirm", choices=CONFIRMABLE)
    pair = duplicates.pair_of(session, gone_id, kept_id)
    if pair and pair.state == "blocked" and "blocked" not in confirmed:
        raise Conflict(
            f'A rule set the two aside: {pair.block}. If they are one record all the same, confirm it with "blocked".',
            field="confirm",
        )
    done = merging.absorb(session, revision, gone_id, kept_id, confirmed=confirmed, note=note)
    carrying.carry(session, revision, from_id=gone_id, to_id=kept_id)
    done.moved = list(moving.move_reports(session, revision, from_id=gone_id, to_id=kept_id, confirmed=confirmed))
    if pair:
        if pair.state not in duplicates.WAITING:
            pair = duplicates.reopen(session, revision, pair)
        duplicates.decide(session, revision, pair, "merged", note=note)
    session.flush()
    return done


def unmerge(session: Session, revision: Revision, gone_id: int) -> CitationMerge:
    """Undo the merge of a citation: both are as they would be without it, and the pair waits for a decision again."""
    merge = merging.release(session, revision, gone_id)
    carrying.take_back(session, revision, from_id=gone_id, to_id=merge.kept_id)
    others = [other for other in merging.merged_into(session, merge.kept_id) if other.id != merge.id]
    rest = moving.move_back(session, revision, merge.moved, others=[other.moved for other in others])
    for other, moved in zip(others, rest, strict=True):
        session.get_one(CitationMerge, other.id).moved = moved
    pair = duplicates.pair_of(session, merge.gone_id, merge.kept_id)
    if pair and pair.state == "merged":
        duplicates.reopen(session, revision, pair)
    session.flush()
    return merge


def merge_pair(
    session: Session, revision: Revision, pair: DuplicatePair, *, keep_id: int | None = None,
    confirmed: Sequence[str] = (), note: str | None = None,
) -> CitationMerge:  # fmt: skip
    """Merge a waiting pair. Where nobody says which one stays, it is the one with a PMID, else the one that came first."""
    _refuse_decided(pair)
    if keep_id is None:
        found = queries.stored(session, (pair.first_id, pair.second_id))
        keep_id = duplicates.suggested(*found.values())
    if keep_id not in (pair.first_id, pair.second_id):
        listed = f"{public(CITATION, pair.first_id)} or {public(CITATION, pair.second_id)}"
        raise Invalid(f"{public(CITATION, keep_id)} is not of this pair; keep {listed}.", field="keep")
    gone_id = pair.second_id if keep_id == pair.first_id else pair.first_id
    return merge(session, revision, gone_id, keep_id, confirmed=confirmed, note=note)


def link(session: Session, revision: Revision, pair: DuplicatePair, *, note: str | None = None) -> DuplicatePair:
    """Link a waiting pair as preprint and article; both records stay."""
    _refuse_decided(pair)
    ties.link(session, revision, pair)
    return duplicates.decide(session, revision, pair, "linked", note=note)


def keep_apart(session: Session, revision: Revision, pair: DuplicatePair, *, note: str | None = None) -> DuplicatePair:
    """Decide that a waiting pair is two records; no later pass queues it again."""
    return duplicates.decide(session, revision, pair, "kept", note=note)


def reopen(session: Session, revision: Revision, pair: DuplicatePair) -> DuplicatePair:
    """Take the decision on a pair back; a tie goes, a merge is undone by :func:`unmerge` alone."""
    if pair.state == "open":
        raise Conflict(f"{public(DUPLICATE, pair.id)} is open; there is no decision to take back.")
    if pair.state == "merged":
        gone = merging.gone_of(session, pair.first_id, pair.second_id)
        raise Conflict(f"The two were merged; unmerge {public(CITATION, gone)}, and the pair opens by itself.")
    if pair.state == "linked":
        ties.unlink(session, revision, pair.first_id, pair.second_id)
    return duplicates.reopen(session, revision, pair)


def _refuse_decided(pair: DuplicatePair) -> None:
    if pair.state not in duplicates.WAITING:
        raise Conflict(
            f"{public(DUPLICATE, pair.id)} is {pair.state} already, by {pair.decided_by}; take that back first if it was wrong."
        )
