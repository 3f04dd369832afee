"""`afterglow export-client`: everything that is kept about one client, in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from afterglow.actions.export_client import export_client
from afterglow.cli.edge import find_practice, now, ready
from afterglow.cli.output import DONE, progress, refuse, say
from afterglow.models import Client
from afterglow.models.scope import practice_scope
from afterglow.queries.client_export import client_export

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@command.command()
def export(
    client: Annotated[int, typer.Argument(help="The client's number, as in the address of the client's page.")],
    out: Annotated[Path | None, typer.Option(help="Where to write; client-ID.zip without it.")] = None,
    by: Annotated[str, typer.Option(help="Who asks for it; it is kept.")] = "command line",
    practice: Annotated[int | None, typer.Option(help="Which practice, if there are several.")] = None,
) -> None:
    """Write everything about one client to a ZIP file. That it was done is kept."""
    ready()
    found = find_practice(practice)
    file = out or Path(f"client-{client}.zip")
    part, moment = file.with_name(f"{file.name}.part"), now()
    with practice_scope(found.pk), progress("Reading"):
        try:
            told = client_export(found, client, now=moment)
        except Client.DoesNotExist:
            refuse(f"Practice {found.pk} has no client {client}.")
        with part.open("wb") as stream:
            export_client(practice_id=found.pk, client_id=client, told=told, out=stream, by=by, now=moment)
    part.replace(file)
    say(f"Everything about client {client}: {file}")
    raise typer.Exit(DONE)
