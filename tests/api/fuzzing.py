"""Requests made from the OpenAPI document, as it describes them and otherwise, by anybody, about records that are there too.

Half of the requests speak of records that are there, at a version that they have: the rest of the world is soon answered 404.
What is judged is the same for all: no failure, and an answer as described.
"""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from app.accounts.principals import EVERYBODY
from app.database import Store
from app.models.account import AdminFlag
from tests.api.people import a_token, an_account, bearer

MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
THERE = {
    "study_id": "S7", "finding_id": "F44", "citation_id": "R11", "outcome_id": "insomnia", "claim_id": "C03", "run_id": "I1",
    "name": "phases", "form": "csv", "search_id": "L1", "stage": "title_abstract", "token_id": "1",
}  # fmt: skip
"""Parameters of paths with a value that is there in the starter corpus; any other is asked as it was made up."""
# ``unsupported_method`` is left out: it wants 405 for OPTIONS, which is answered with the methods there are (204).
# ``positive_data_acceptance`` too: an id that fits its pattern may be nobody's, and a draft may be nobody's business.
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
_TAGS = st.sampled_from(('"1.1"', '"2.2"', '"1.1", "2.1", "3.1", "4.1", "5.1", "6.1", "7.1", "8.1", "9.1"'))


def _as_it_is(test: Any) -> Any:
    return test


def people(store: Store) -> dict[str, dict[str, str]]:
    """A header for each role, of somebody new; and writing is on, whatever was switched meanwhile."""
    with store.writing() as session:
        for flag in session.query(AdminFlag):
            flag.is_on = False
        roles = {role: bearer(a_token(session, an_account(session, role))) for role in EVERYBODY if role != "anonymous"}
    return {"anonymous": {}, **roles}


def ask(
    operation: Any,
    mode: GenerationMode,
    who: dict[str, dict[str, str]],
    *,
    cases: int,
    decorate: Callable[[Any], Any] = _as_it_is,
) -> None:
    """Make so many requests of one operation, each by somebody else; raises with what is wrong and how to ask it again."""

    @given(
        case=operation.as_strategy(generation_mode=mode),
        role=st.sampled_from(sorted(who)),
        there=st.booleans(),
        tag=_TAGS,
    )
    @settings(
        deadline=None,
        max_examples=cases,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def one(case: Case, role: str, there: bool, tag: str) -> None:
        headers = {"Host": "localhost", **who[role]}
        if there:
            case.path_parameters = {
                name: THERE.get(name, value) for name, value in (case.path_parameters or {}).items()
            }
            headers["If-Match"] = tag
        case.call_and_validate(headers=headers, checks=CHECKS)

    decorate(one)()
