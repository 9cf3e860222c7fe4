"""``evidence serve``: its options. What serving takes is in ``serving``, which loads the server."""

from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes any free one.")] = 8000,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes; 1 on SQLite, up to 4 on PostgreSQL unless set.")
    ] = None,
    no_init: Annotated[bool, typer.Option("--no-init", help="Leave the database as it is.")] = False,
) -> int:
    """Serve REST and pages until Ctrl-C or SIGTERM; requests under way are finished first."""
    from app.cli import serving  # noqa: PLC0415 - the server, which no other verb needs

    return serving.serve(host, port, workers=workers, init=not no_init)
