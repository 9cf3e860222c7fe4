"""Accounts and tokens on the command line: secrets go out once, and in by standard input only."""

import json

import pytest
from typer.testing import CliRunner

from app.accounts import people, principals
from app.cli.main import program
from tests.factories import opened

PASSWORD = "four words in a row"  # noqa: S105 - of nobody


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("EVIDENCE_DATABASE_URL", database_url)
    return CliRunner()


def _add(run: CliRunner, name: str = "ada", role: str = "admin") -> None:
    added = run.invoke(program, ["account", "add", name, "--role", role, "--password-stdin"], input=f"{PASSWORD}\n")
    assert 0 == added.exit_code, added.output


def test_an_account_is_added_listed_and_its_password_is_right(run: CliRunner, database_url: str) -> None:
    _add(run)
    listed = json.loads(run.invoke(program, ["account", "list", "--json"]).stdout)["accounts"]

    assert [("ada", "admin", True, None)] == [
        (each["name"], each["role"], each["has_password"], each["disabled_at"]) for each in listed
    ]
    assert PASSWORD not in str(listed)
    with opened(database_url) as store, store.reading() as session:
        assert people.verified(session, "ada", PASSWORD)
        assert not people.verified(session, "ada", PASSWORD + " ")


def test_a_token_is_printed_once_alone_on_standard_output_and_revoked_by_itself(
    run: CliRunner, database_url: str
) -> None:
    _add(run)
    secret = run.invoke(
        program, ["token", "create", "--account", "ada", "--scope", "write", "--days", "2"]
    ).stdout.strip()
    listed = run.invoke(program, ["token", "list", "--account", "ada"]).stdout
    with opened(database_url) as store, store.reading() as session:
        assert ("ada", "write") == ((found := principals.of_token(session, secret)).name, found.scope)

    assert (True, False, True) == (secret.startswith("ke_"), secret in listed, secret[:10] in listed)
    assert 0 == run.invoke(program, ["token", "revoke", secret]).exit_code
    assert "revoked" in run.invoke(program, ["token", "list"]).stdout


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["account", "add", "Ada!", "--role", "admin", "--no-password"], 2, "no name for an account"),
        (["account", "add", "bob", "--role", "king", "--no-password"], 2, "not a role"),
        (["account", "add", "bob", "--role", "editor"], 2, "--password-stdin"),
        (["account", "add", "ada", "--role", "editor", "--no-password"], 1, "not used twice"),
        (["account", "disable", "ada"], 1, "last administrator"),
        (["account", "role", "ada", "curator"], 1, "last administrator"),
        (["account", "disable", "nobody"], 1, "no account"),
        (["token", "create", "--account", "nobody"], 1, "no account"),
        (["token", "create", "--account", "ada", "--scope", "all"], 2, "not a scope"),
        (["token", "create", "--account", "ada", "--days", "367"], 2, "1 to 366 days"),
        (["token", "revoke", "999"], 1, "no token"),
        (["token", "revoke", "ke_abc"], 1, "0 tokens"),
    ],
)
def test_a_slip_is_named_and_changes_nothing(run: CliRunner, arguments: list[str], code: int, told: str) -> None:
    _add(run)
    result = run.invoke(program, arguments)

    assert (code, True) == (result.exit_code, told in result.stderr), result.stderr
    assert 1 == len(json.loads(run.invoke(program, ["account", "list", "--json"]).stdout)["accounts"])


def test_an_account_is_disabled_let_in_again_and_given_another_role_and_password(
    run: CliRunner, database_url: str
) -> None:
    _add(run)
    _add(run, "maria", "curator")
    for arguments in (["disable", "maria"], ["enable", "maria"], ["role", "maria", "editor"]):
        assert 0 == run.invoke(program, ["account", *arguments]).exit_code
    changed = run.invoke(program, ["account", "password", "maria", "--password-stdin"], input="another four words\n")
    with opened(database_url) as store, store.reading() as session:
        maria = people.verified(session, "maria", "another four words")

    assert (0, "editor") == (changed.exit_code, maria and maria.role)
    assert "disabled since" not in run.invoke(program, ["account", "list"]).stdout
