"""The session that is kept open for short questions: it sees what was committed, and is not kept when the database fails."""

import sqlite3

import pytest
from sqlalchemy.orm import Session

from app.accounts import flags
from app.api.glances import Glances
from app.database import Store
from app.errors import Paused, StoreBusy
from tests.api.serving import Writable

# Other databases are asked in a thread.
pytestmark = pytest.mark.parametrize(
    "starter_copy_url", [pytest.param("sqlite", marks=pytest.mark.sqlite)], indirect=True
)


@pytest.fixture
def glances(writable: Writable) -> Glances:
    return Glances(writable.store)


def _is_on(session: Session) -> bool:
    try:
        flags.refuse_while_on(session, flags.READ_ONLY)
    except Paused:
        return True
    return False


def test_a_question_sees_what_was_committed_before_it_and_nothing_else(writable: Writable, glances: Glances) -> None:
    seen = [glances.ask(_is_on)]
    with writable.store.writing() as session:
        flags.switch(session, flags.READ_ONLY, on=True, reason="A restore.", by="ada")
        seen.append(glances.ask(_is_on))
    seen.append(glances.ask(_is_on))
    with writable.store.writing() as session:
        flags.switch(session, flags.READ_ONLY, on=False, reason=None, by="ada")
    seen.append(glances.ask(_is_on))
    glances.close()

    assert [False, False, True, False] == seen


def test_a_question_that_failed_is_asked_again_in_a_session_of_its_own(writable: Writable, glances: Glances) -> None:
    asked = list[Session]()

    def failing_once(session: Session) -> bool:
        asked.append(session)
        if len(asked) == 2:
            raise sqlite3.OperationalError("disk I/O error")
        return _is_on(session)

    answers = [glances.ask(failing_once) for _ in range(3)]
    glances.close()

    assert [False] * 3 == answers
    assert [asked[0], asked[0]] == asked[:2]
    assert 3 == len({id(each) for each in asked})


def test_while_every_connection_is_taken_the_store_is_busy_and_nothing_is_kept_of_the_trial(
    starter_copy_url: str,
) -> None:
    store = Store(starter_copy_url, readers=1)
    store._reader.pool._timeout = 0.05  # type: ignore[attr-defined]  # half a minute is long for a test
    glances = Glances(store)
    with store.reading() as other:
        other.connection()
        for _ in range(2):
            with pytest.raises(StoreBusy):
                glances.ask(_is_on)
    kept = list(glances._kept._exit_callbacks)  # type: ignore[attr-defined]  # what would be let go at the end
    answer = glances.ask(_is_on)
    glances.close()
    store.close()

    assert [] == kept
    assert answer is False
