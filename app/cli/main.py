"""The program ``evidence``: its verbs being connected. What a verb does stands in its own file."""

import typer

from app.cli import (
    account,
    backup,
    doctor,
    duplicates,
    export,
    imports,
    init,
    migrate,
    search,
    serve,
    sync,
    token,
    verify_audit,
)
from app.cli.endings import plainly
from app.cli.filtering import with_filters

program = typer.Typer(
    name="evidence",
    help="What studies say about kratom, sleep and opioid withdrawal, searchable by outcome.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
importing = typer.Typer(help="Import records from PubMed or from files.", no_args_is_help=True, rich_markup_mode=None)
exporting = typer.Typer(help="Write whole filtered sets.", no_args_is_help=True, rich_markup_mode=None)

deduplicating = typer.Typer(help="Records that may be one.", no_args_is_help=True, rich_markup_mode=None)
accounts = typer.Typer(help="Who may write.", no_args_is_help=True, rich_markup_mode=None)
tokens = typer.Typer(help="Tokens for programs.", no_args_is_help=True, rich_markup_mode=None)


@exporting.callback()
def _exporting() -> None:
    """Write whole filtered sets."""


program.command("serve")(plainly(serve.serve))
program.command("init")(plainly(init.init))
program.command("migrate")(plainly(migrate.migrate))
program.command("doctor")(plainly(doctor.doctor))
program.command("search")(plainly(with_filters(search.search, without=search.WITHOUT)))
program.command("backup")(plainly(backup.backup))
program.command("restore")(plainly(backup.restore))
program.command("verify-audit")(plainly(verify_audit.verify_audit))
program.command("sync")(plainly(sync.sync))
program.add_typer(importing, name="import")
importing.command("pubmed")(plainly(imports.pubmed))
importing.command("file")(plainly(imports.file))
program.add_typer(deduplicating, name="duplicates")
deduplicating.command("find")(plainly(duplicates.find))
deduplicating.command("list")(plainly(duplicates.show))
program.add_typer(exporting, name="export")
exporting.command("findings")(plainly(with_filters(export.findings, without=export.WITHOUT)))
exporting.command("studies")(plainly(with_filters(export.studies, without=export.WITHOUT)))
exporting.command("citations")(plainly(with_filters(export.citations, without=export.WITHOUT)))

program.add_typer(accounts, name="account")
accounts.command("add")(plainly(account.add))
accounts.command("list")(plainly(account.list_all))
accounts.command("password")(plainly(account.password))
accounts.command("role")(plainly(account.role))
accounts.command("disable")(plainly(account.disable))
accounts.command("enable")(plainly(account.enable))
program.add_typer(tokens, name="token")
tokens.command("create")(plainly(token.create))
tokens.command("list")(plainly(token.list_all))
tokens.command("revoke")(plainly(token.revoke))


def run() -> None:
    """Run the program with the arguments of this process."""
    program()
