"""`afterglow up`: the whole of Afterglow in one process group."""

from __future__ import annotations

from typing import Annotated

import typer

from afterglow.cli.up import up as run

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@command.command()
def up(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port of the web.", min=0, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="Worker processes.")] = 1,
) -> None:
    """Run web, worker and database until Ctrl-C."""
    raise typer.Exit(run(host=host, port=port, workers=workers))
