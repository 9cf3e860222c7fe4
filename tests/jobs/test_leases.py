"""Leases: one holder at a time, and none that slept past its lease may go on."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.database import Store
from app.errors import Conflict
from app.jobs import leases
from app.kit.canonical import now
from app.models.imports import Job
from tests.factories import opened


def _claim(store: Store, holder: str) -> tuple[int, int] | None:
    with store.writing() as session:
        job = leases.claim(session, "import", holder=holder)
        return (job.id, job.token) if job else None


def _sleep_past_the_lease(store: Store, job_id: int) -> None:
    with store.writing() as session:
        session.get_one(Job, job_id).leased_until = now() - timedelta(seconds=1)


def test_the_oldest_job_of_the_kind_comes_first_and_is_given_once(database_url: str) -> None:
    with opened(database_url) as store:
        with store.writing() as session:
            leases.add(session, "another kind", {})
            first, second = (leases.add(session, "import", {"n": n}) for n in (1, 2))
        claims = [_claim(store, f"worker {n}") for n in range(3)]

        assert [(first, 1), (second, 1), None] == claims


def test_many_workers_at_once_share_the_jobs_without_sharing_one(database_url: str) -> None:
    claimed: list[tuple[int, int]] = []

    def work(name: str) -> None:
        while found := _claim(store, name):
            claimed.append(found)

    with opened(database_url) as store:
        with store.writing() as session:
            jobs = [leases.add(session, "import", {}) for _ in range(20)]
        threads = [threading.Thread(target=work, args=(f"worker {n}",)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert [(job, 1) for job in jobs] == sorted(claimed)


def test_a_job_whose_holder_slept_goes_to_the_next_with_a_higher_token(database_url: str) -> None:
    with opened(database_url) as store:
        with store.writing() as session:
            job_id = leases.add(session, "import", {})
        _claim(store, "first")
        _sleep_past_the_lease(store, job_id)
        again = _claim(store, "second")

        assert (job_id, 2) == again
        for late in (_renew, _finish):
            with pytest.raises(Conflict, match="lost"), store.writing() as session:
                late(session, job_id, 1)
        with store.writing() as session:
            _renew(session, job_id, 2)
            _finish(session, job_id, 2)
        with store.reading() as session:
            job = session.get_one(Job, job_id)
            assert ("done", 2, "second", None) == (job.state, job.attempts, job.holder, job.leased_until)


def test_a_finished_job_is_neither_renewed_nor_finished_nor_claimed_again(database_url: str) -> None:
    with opened(database_url) as store:
        with store.writing() as session:
            job_id = leases.add(session, "import", {})
        _claim(store, "one")
        with store.writing() as session:
            leases.finish(session, job_id, 1, failure="the source was silent")

        for late in (_renew, _finish):
            with pytest.raises(Conflict), store.writing() as session:
                late(session, job_id, 1)
        assert _claim(store, "two") is None


def _renew(session: Session, job_id: int, token: int) -> None:
    leases.renew(session, job_id, token)


def _finish(session: Session, job_id: int, token: int) -> None:
    leases.finish(session, job_id, token)
