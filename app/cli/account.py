"""``evidence account``: who may write. There is no account before one is added here, and no password is ever an argument."""

import getpass
import sys
from typing import Annotated, Any

import typer

from app.accounts import people
from app.accounts.people import LONGEST_PASSWORD
from app.cli.endings import DONE
from app.cli.preparing import ready
from app.cli.speaking import give, give_json, say
from app.config import load_settings
from app.errors import Invalid
from app.models.account import ROLES, Account

_Name = Annotated[str, typer.Argument(metavar="NAME", help="2 to 40 of a-z, 0-9, '.', '_' and '-'.")]
_Role = Annotated[str, typer.Option(metavar="|".join(ROLES), help="What the account may do.")]
_FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


def add(name: _Name, role: _Role, password_stdin: _FromStdin = False, no_password: Annotated[
    bool, typer.Option("--no-password", help="For programs: tokens only.")
] = False) -> int:  # fmt: skip
    """Add an account; asks for its password."""
    people.known_role(role)
    if password_stdin and no_password:
        raise Invalid("Give either --password-stdin or --no-password.")
    with ready(load_settings()) as store:
        password = None if no_password else _password(from_stdin=password_stdin)
        with store.writing() as session:
            people.add(session, name, role=role, password=password)
    say(f"Added {name} as {role}. A token for programs: evidence token create --account {name}")
    return DONE


def list_all(as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> int:
    """List all accounts."""
    with ready(load_settings()) as store, store.reading() as session:
        accounts = [_told(each) for each in people.everybody(session)]
    if as_json:
        give_json({"accounts": accounts})
        return DONE
    for each in accounts:
        state = f"disabled since {each['disabled_at']}" if each["disabled_at"] else "active"
        give(f"{each['name']:40} {each['role']:8} {state}")
    if not accounts:
        say("There is no account yet. Add the first: evidence account add NAME --role admin")
    return DONE


def password(name: _Name, password_stdin: _FromStdin = False) -> int:
    """Set another password; ends the log-ins of the account, not its tokens."""
    with ready(load_settings()) as store:
        wanted = _password(from_stdin=password_stdin)
        with store.writing() as session:
            people.set_password(session, people.get(session, name), wanted)
    say(f"{name} has a new password; its log-ins were ended.")
    return DONE


def role(name: _Name, role: Annotated[str, typer.Argument(metavar="|".join(ROLES))]) -> int:
    """Give an account another role, from its next request on."""
    with ready(load_settings()) as store, store.writing() as session:
        people.set_role(session, people.get(session, name), role)
    say(f"{name} is {role} now.")
    return DONE


def disable(name: _Name) -> int:
    """Refuse an account from its next request on, whatever it shows. What it wrote stays."""
    with ready(load_settings()) as store, store.writing() as session:
        people.disable(session, people.get(session, name))
    say(f"{name} is disabled. To let it in again: evidence account enable {name}")
    return DONE


def enable(name: _Name) -> int:
    """Let a disabled account in again."""
    with ready(load_settings()) as store, store.writing() as session:
        people.enable(session, people.get(session, name))
    say(f"{name} is let in again; its tokens that have not expired hold.")
    return DONE


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline(LONGEST_PASSWORD + 2).rstrip("\r\n")
    if not sys.stdin.isatty():
        raise Invalid("There is no terminal to ask for a password; use --password-stdin.")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("The same again: "):
        raise Invalid("The two are not the same; nothing was done.")
    return first


def _told(account: Account) -> dict[str, Any]:
    moments = {name: getattr(account, name) for name in ("created_at", "disabled_at")}
    told = {name: moment.isoformat().replace("+00:00", "Z") if moment else None for name, moment in moments.items()}
    return {"name": account.name, "role": account.role, "has_password": account.password_hash is not None, **told}
