"""Logging in, tokens, switches and limits, as a client meets them."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import select

from app.accounts import credentials, people, principals
from app.api.guarding import COOKIE
from app.errors import Conflict, Invalid
from app.kit.canonical import now
from app.models.account import Account, LoginSession, Token
from tests.api.people import PASSWORD, a_token, an_account, bearer, signed_in
from tests.api.serving import API, Writable, problem, serving
from tests.factories import a_finding, a_study

R11 = f"{API}/citations/R11"


@pytest.fixture
def maria(writable: Writable) -> str:
    with writable.store.writing() as session:
        an_account(session, "curator", name="maria", password=PASSWORD)
    return "maria"


def _log_in(writable: Writable, name: str, password: str = PASSWORD) -> Response:
    return writable.client.post(f"{API}/session", json={"name": name, "password": password})


def _edit(writable: Writable, **headers: str) -> Response:
    return writable.client.patch(R11, json={"volume": "77"}, headers={"If-Match": '"1.1"', **headers})


def test_a_log_in_is_a_cookie_that_scripts_cannot_read_and_other_sites_do_not_send(
    writable: Writable, maria: str
) -> None:
    response = _log_in(writable, maria)
    cookie = response.headers["set-cookie"].lower()

    assert (201, "maria", "curator") == (
        response.status_code, response.json()["data"]["name"], response.json()["data"]["role"],
    )  # fmt: skip
    assert all(part in cookie for part in ("httponly", "samesite=lax", "path=/"))
    assert "secure" not in cookie
    secret = writable.client.cookies[COOKIE]
    with writable.store.reading() as session:
        assert secret not in str(session.scalars(select(LoginSession.hash)).all())


def test_a_cookie_over_https_is_sent_over_https_only(writable: Writable, maria: str) -> None:
    response = writable.client.post(f"https://localhost{API}/session", json={"name": maria, "password": PASSWORD})

    assert "secure" in response.headers["set-cookie"].lower()


def test_a_write_by_log_in_needs_the_token_of_its_form(writable: Writable, maria: str) -> None:
    form = _log_in(writable, maria).json()["data"]["csrf_token"]

    assert (403, "Forbidden") == problem(_edit(writable))
    assert (403, "Forbidden") == problem(_edit(writable, **{"X-CSRF-Token": form[:-1] + "x"}))
    assert (403, "Forbidden") == problem(_edit(writable, **{"X-CSRF-Token": form, "Origin": "https://evil.example"}))
    assert form == writable.json("/me")["data"]["csrf_token"]
    assert 200 == _edit(writable, **{"X-CSRF-Token": form, "Origin": "http://localhost"}).status_code


def test_a_write_from_a_page_of_another_site_is_refused_whatever_it_shows(writable: Writable) -> None:
    assert (403, "Forbidden") == problem(_edit(writable, Origin="https://evil.example", **signed_in(writable.store)))
    assert (403, "Forbidden") == problem(_edit(writable, Origin="null", **signed_in(writable.store)))
    for origin in ("http://[", "http://[evil", "//", "\\"):
        response = writable.client.post(f"{API}/session", json={}, headers={"Origin": origin})

        assert (403, "Forbidden") == problem(response)


def test_logging_out_ends_it_wherever_the_cookie_was_copied_to(writable: Writable, maria: str) -> None:
    form = _log_in(writable, maria).json()["data"]["csrf_token"]
    copied = writable.client.cookies[COOKIE]
    gone = writable.client.delete(f"{API}/session", headers={"X-CSRF-Token": form})
    writable.client.cookies.clear()
    again = writable.client.get(f"{API}/me", headers={"Cookie": f"{COOKIE}={copied}"})

    assert (204, 401) == (gone.status_code, again.status_code)
    assert 200 == writable.client.get(R11, headers={"Cookie": f"{COOKIE}={copied}"}).status_code


@pytest.mark.parametrize("state", ["expired", "disabled", "another password"])
def test_a_log_in_that_ended_is_none(writable: Writable, maria: str, state: str) -> None:
    _log_in(writable, maria)
    before = writable.get("/me").status_code
    with writable.store.writing() as session:
        account = people.get(session, maria)
        if state == "expired":
            session.scalars(select(LoginSession)).one().expires_at = now() - timedelta(seconds=1)
        elif state == "disabled":
            people.disable(session, account)
        else:
            people.set_password(session, account, PASSWORD[::-1])

    assert (200, (401, "NotAuthenticated")) == (before, problem(writable.get("/me")))
    assert "WWW-Authenticate" in writable.get("/me").headers


def test_an_unknown_name_and_a_wrong_password_have_the_same_answer(writable: Writable, maria: str) -> None:
    with writable.store.writing() as session:
        people.disable(session, an_account(session, "editor", name="gone", password=PASSWORD))
        an_account(session, "editor", name="program")
    tried = [_log_in(writable, maria, "wrong"), *(_log_in(writable, name) for name in ("nobody", "gone", "program"))]

    assert {(401, "NotAuthenticated")} == {problem(each) for each in tried}
    assert 1 == len({each.json()["detail"] for each in tried})


def test_guessing_passwords_is_stopped_also_for_who_knows_it_now(writable: Writable, maria: str) -> None:
    for name in (maria, "nobody"):
        statuses = [_log_in(writable, name, "wrong").status_code for _ in range(11)]

        assert [401] * 10 + [429] == statuses
    stopped = _log_in(writable, maria)
    assert (429, "TooOften") == problem(stopped)
    assert 0 < int(stopped.headers["retry-after"]) <= 300


def test_of_thirty_passwords_tried_at_once_no_more_are_tried_than_in_a_row(writable: Writable, maria: str) -> None:
    with ThreadPoolExecutor(30) as pool:
        statuses = list(pool.map(lambda n: _log_in(writable, maria, f"wrong {n}").status_code, range(30)))

    assert [401] * 10 + [429] * 20 == sorted(statuses)
    assert 429 == _log_in(writable, maria).status_code


def test_a_right_password_counts_as_no_failure(writable: Writable, maria: str) -> None:
    for _ in range(11):
        assert 201 == _log_in(writable, maria).status_code
        writable.client.cookies.clear()


@pytest.mark.parametrize("change", ["another password", "disabled"])
def test_a_log_in_that_waited_is_refused_when_the_account_changed_meanwhile(
    writable: Writable, maria: str, change: str
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with writable.store.writing() as session:
            account = people.get(session, maria)
            if change == "disabled":
                people.disable(session, account)
            else:
                people.set_password(session, account, PASSWORD[::-1])
            waiting = pool.submit(_log_in, writable, maria)
            # Long enough for the password to be found right, as it is until this is committed.
            time.sleep(0.7)
        answer = waiting.result()
    with writable.store.reading() as session:
        logins = session.scalars(select(LoginSession)).all()

    assert (401, "NotAuthenticated") == problem(answer)
    assert [] == logins


def test_a_token_is_made_by_log_in_shown_once_and_revoked_at_once(writable: Writable, maria: str) -> None:
    form = {"X-CSRF-Token": _log_in(writable, maria).json()["data"]["csrf_token"], "Idempotency-Key": "t1"}
    draft = {"label": "my script", "scope": "write", "days": 2}
    made = writable.client.post(f"{API}/tokens", json=draft, headers=form)
    again = writable.client.post(f"{API}/tokens", json=draft, headers=form)
    token = made.json()["data"]["token"]
    listed = writable.json("/tokens")["data"]
    writable.client.cookies.clear()
    by_token = writable.client.post(f"{API}/tokens", json=draft, headers=bearer(token))
    before = writable.client.get(f"{API}/me", headers=bearer(token))
    revoked = writable.client.delete(f"{API}/tokens/{made.json()['data']['id']}", headers=bearer(token))

    assert (201, (409, "Conflict"), (403, "Forbidden")) == (made.status_code, problem(again), problem(by_token))
    assert [("my script", token[:10], "write")] == [(t["label"], t["beginning"], t["scope"]) for t in listed]
    assert "token" not in listed[0]
    assert (200, 204, 401) == (
        before.status_code, revoked.status_code, writable.client.get(f"{API}/me", headers=bearer(token)).status_code,
    )  # fmt: skip
    with writable.store.reading() as session:
        assert token not in str([vars(each) for each in session.scalars(select(Token))])


def test_a_token_of_another_is_not_found_but_by_an_administrator(writable: Writable) -> None:
    with writable.store.writing() as session:
        secret = a_token(session, an_account(session))
        number = credentials.find_token(session, secret).id
    other, admin = signed_in(writable.store), signed_in(writable.store, "admin")

    assert (404, "NotFound") == problem(writable.client.delete(f"{API}/tokens/{number}", headers=other))
    assert (403, "Forbidden") == problem(writable.client.get(f"{API}/tokens?of=all", headers=other))
    assert 3 == len(writable.client.get(f"{API}/tokens?of=all", headers=admin).json()["data"])
    assert 204 == writable.client.delete(f"{API}/tokens/{number}", headers=admin).status_code
    for path in ("0", "x", "99999999999", "999999"):
        assert (404, "NotFound") == problem(writable.client.delete(f"{API}/tokens/{path}", headers=admin))


def test_the_use_of_a_token_is_noted_once_in_five_minutes_and_makes_no_data_revision(writable: Writable) -> None:
    who = signed_in(writable.store)
    revision = writable.json("/changes")["meta"]["data_revision"]

    def noted() -> Any:
        writable.client.get(f"{API}/me", headers=who)
        writable.client.portal.call(writable.client.app.state.doorkeeper.close)
        with writable.store.reading() as session:
            return session.scalars(select(Token.last_used_at)).one()

    first, second = noted(), noted()
    with writable.store.writing() as session:
        session.scalars(select(Token)).one().last_used_at = first - timedelta(minutes=6)
    third = noted()

    assert first == second <= third
    assert revision == writable.json("/changes")["meta"]["data_revision"]


def test_a_role_taken_away_or_an_account_disabled_counts_at_once(writable: Writable) -> None:
    admin = signed_in(writable.store, "admin", name="ada")
    signed_in(writable.store, "admin")
    assert 200 == writable.client.get(f"{API}/admin/flags", headers=admin).status_code
    with writable.store.writing() as session:
        people.set_role(session, people.get(session, "ada"), "curator")
    assert (403, "Forbidden") == problem(writable.client.get(f"{API}/admin/flags", headers=admin))
    with writable.store.writing() as session:
        people.disable(session, people.get(session, "ada"))
    assert (401, "NotAuthenticated") == problem(writable.client.get(R11, headers=admin))


def test_the_operator_stops_all_writing_with_a_reason_and_reading_goes_on(writable: Writable) -> None:
    admin, curator = signed_in(writable.store, "admin"), signed_in(writable.store)

    def switch(**flags: Any) -> Response:
        return writable.client.patch(f"{API}/admin/flags", json=flags, headers=admin)

    assert (422, "Invalid") == problem(switch(read_only=True))
    assert (422, "Invalid") == problem(switch(read_only="yes", reason="x"))
    assert (422, "Invalid") == problem(switch(no_imports=None, reason="x"))
    on = switch(read_only=True, reason="Moving house.").json()["data"]
    assert [("read_only", True, "Moving house."), ("no_imports", False, None)] == [
        (flag["name"], flag["is_on"], flag["reason"]) for flag in on
    ]
    refused = _edit(writable, **curator)
    assert (503, "Paused") == problem(refused)
    assert "Moving house." in refused.json()["detail"]
    assert "retry-after" in refused.headers
    assert 200 == writable.get("/citations/R11").status_code
    assert (422, "Invalid") == problem(switch(read_only=None))
    assert [True, False] == [flag["is_on"] for flag in switch().json()["data"]]
    assert 200 == switch(read_only=False).status_code
    assert 200 == _edit(writable, **curator).status_code


def test_who_asks_too_often_is_told_when_to_go_on(starter_url: str) -> None:
    with serving(starter_url, reads_per_minute=3) as client:
        client.app.state.rates.address_of = lambda _scope: "192.0.2.1"
        answers = [client.get(f"{API}/claims") for _ in range(4)]
        health = client.get("/health/live")

    assert [200, 200, 200, 429] == [each.status_code for each in answers]
    assert ["2", "1", "0", "0"] == [each.headers["ratelimit-remaining"] for each in answers]
    assert {"3"} == {each.headers["ratelimit-limit"] for each in answers}
    assert (429, "TooOften") == problem(answers[-1])
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    assert 200 == health.status_code


def test_a_token_is_counted_wherever_it_is_used_from_and_beside_others_of_its_address(writable: Writable) -> None:
    first, second = (signed_in(writable.store, "curator") for _ in range(2))
    with serving(writable.store.url, reads_per_minute=3) as client:

        def ask(address: str, token: dict[str, str]) -> int:
            client.app.state.rates.address_of = lambda _scope: address
            return int(client.get(f"{API}/claims", headers=token).status_code)

        of_one_token = [ask(f"192.0.2.{n}", first) for n in range(4)]
        of_one_address = [ask("192.0.2.9", each) for each in ({}, second, {}, second)]

    assert [200, 200, 200, 429] == of_one_token == of_one_address


@pytest.mark.parametrize("name", ["", "a", "Ada", "0da", "ada lovelace", "x" * 41, "system", "ada\n"])
def test_a_name_that_would_mislead_is_refused(writable: Writable, name: str) -> None:
    with pytest.raises(Invalid), writable.store.writing() as session:
        people.add(session, name, role="curator", password=None)


def test_the_last_administrator_stays_one_and_a_name_is_not_used_twice(writable: Writable) -> None:
    signed_in(writable.store, "admin", name="ada")
    with pytest.raises(Conflict, match="last administrator"), writable.store.writing() as session:
        people.disable(session, people.get(session, "ada"))
    with pytest.raises(Conflict, match="last administrator"), writable.store.writing() as session:
        people.set_role(session, people.get(session, "ada"), "editor")
    with pytest.raises(Conflict, match="not used twice"), writable.store.writing() as session:
        people.add(session, "ada", role="curator", password=None)
    with writable.store.reading() as session:
        ada = session.scalars(select(Account)).one()
        assert ("admin", None) == (ada.role, ada.disabled_at)
    with pytest.raises(Invalid, match="12 to 1000"), writable.store.writing() as session:
        people.add(session, "bob", role="curator", password="short")  # noqa: S106 - it is refused


def test_a_curator_sees_own_drafts_and_an_editor_all(writable: Writable) -> None:
    who = {name: signed_in(writable.store, role, name=name) for name, role in
           (("maria", "curator"), ("paul", "curator"), ("eva", "editor"))}  # fmt: skip
    with writable.write() as (session, revision):
        study = a_study(session, revision, status="draft")
        finding = a_finding(session, revision, study, status="draft")
        study.created_by = finding.created_by = "maria"

    def seen(headers: dict[str, str], kind: str) -> int:
        response = writable.client.get(f"{API}/{kind}?status=draft&evidence=all", headers=headers)
        return int(response.json()["page"]["total"]) if response.status_code == 200 else -response.status_code

    for kind in ("studies", "findings"):
        assert [1, 0, 1] == [seen(headers, kind) for headers in who.values()]
        assert -403 == seen({}, kind)


def test_a_principal_is_told_what_is_missing() -> None:
    assert not principals.ANONYMOUS.known
    assert not principals.ANONYMOUS.is_editor
