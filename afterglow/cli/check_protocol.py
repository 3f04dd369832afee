"""`afterglow check-protocol`: every fault of a protocol file at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from afterglow.cli.arguments import text_of
from afterglow.cli.output import DONE, PROBLEMS, say
from afterglow.rules.protocol_file import check_protocol as check

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@command.command()
def check_protocol(files: Annotated[list[Path], typer.Argument(help="Protocol files (TOML).")]) -> None:
    """Read protocol files and name every fault, with its line."""
    is_faulty = False
    for file in files:
        faults = check(text_of(file))
        is_faulty |= any(not fault.is_warning for fault in faults)
        for fault in faults:
            say(f"{file.name}, line {fault.line}: {'note: ' if fault.is_warning else ''}{fault.message}")
        if not faults:
            say(f"{file.name}: no faults")
    raise typer.Exit(PROBLEMS if is_faulty else DONE)
