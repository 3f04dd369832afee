"""`afterglow erase-client`: names, numbers and words of one client go for good."""

from __future__ import annotations

from typing import Annotated

import typer

from afterglow.actions.erase_client import AlreadyErased, MessageOnItsWay, erase_client
from afterglow.cli.edge import find_practice, now, ready
from afterglow.cli.output import DONE, PROBLEMS, Format, FormatOption, refuse, say, show
from afterglow.models import Client

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@command.command()
def erase(
    client: Annotated[int, typer.Argument(help="The client's number, as in the address of the client's page.")],
    is_sure: Annotated[bool, typer.Option("--yes", help="Really do it. It cannot be undone.")] = False,
    by: Annotated[str, typer.Option(help="Who asks for it; it is kept.")] = "command line",
    practice: Annotated[int | None, typer.Option(help="Which practice, if there are several.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Erase one client. Visits stay without a name, the ledger stays whole, a stop stays a stop."""
    if not is_sure:
        refuse("Erasing cannot be undone. Make a copy with export-client if there is to be one, then add --yes.")
    ready()
    found = find_practice(practice)
    try:
        erased = erase_client(practice_id=found.pk, client_id=client, by=by, now=now())
    except Client.DoesNotExist:
        refuse(f"Practice {found.pk} has no client {client}.")
    except AlreadyErased:
        refuse(f"Client {client} was erased before.")
    except MessageOnItsWay as fault:
        say(str(fault))
        raise typer.Exit(PROBLEMS) from None
    row = {"client": client, "planned": erased.planned, "messages": erased.messages, "events": erased.events}
    show([row], columns=tuple(row), form=form)
    say(f"Client {client} is erased. Backups made before still hold the client: let them run out.")
    raise typer.Exit(DONE)
