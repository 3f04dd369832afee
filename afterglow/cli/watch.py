"""`afterglow watch`: a look at what is wrong, and the owner is told."""

from __future__ import annotations

from typing import Annotated

import typer

from afterglow.cli.edge import now
from afterglow.cli.output import DONE, PROBLEMS, say
from afterglow.cli.watch_loop import Seen, look, ping, watch_until_told
from afterglow.queries.words import counted

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@command.command()
def watch(is_once: Annotated[bool, typer.Option("--once", help="Look once and stop: for timers.")] = False) -> None:
    """Watch the scheduler, the workers and the accounts, and tell the owner when something stops."""
    if not is_once:
        watch_until_told()
        return
    seen = look(clock=now)
    if seen.is_well:
        ping()
    say(_sentence(seen))
    raise typer.Exit(DONE if seen.is_well else PROBLEMS)


def _sentence(seen: Seen) -> str:
    if seen.is_blind:
        return "The database does not answer, or a practice could not be looked at. See the log above."
    if seen.standing:
        return f"{counted(seen.standing, 'alarm')} standing. See: afterglow doctor"
    return f"All is well ({counted(seen.practices, 'practice')})."
