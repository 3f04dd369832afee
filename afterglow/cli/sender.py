"""`afterglow set-sender`: the account that a channel is sent from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from afterglow.actions.open_senders import set_sender
from afterglow.channels.config_check import ConfigFault
from afterglow.cli.arguments import text_of
from afterglow.cli.edge import find_practice, now, ready
from afterglow.cli.output import refuse, say
from afterglow.rules.facts import Channel

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@command.command()
def set_account(
    channel: Annotated[Channel, typer.Argument(help="sms, email or voice.")],
    provider: Annotated[str, typer.Argument(help="twilio, smtp or simulated.")],
    config: Annotated[
        Path | None, typer.Option(help="A file with one key=value a line; secrets stay off the command line.")
    ] = None,
    practice: Annotated[int | None, typer.Option(help="Which practice, if there are several.")] = None,
) -> None:
    """Set the account that a channel is sent from. It is stored encrypted."""
    ready()
    found = find_practice(practice)
    try:
        set_sender(practice_id=found.pk, channel=channel, provider=provider, config=_read(config), now=now())
    except ConfigFault as fault:
        refuse("\n".join(fault.sentences))
    say(f"{channel.value} of practice {found.pk} is sent through {provider}.")


def _read(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    pairs = (
        line.partition("=") for line in text_of(path).splitlines() if line.strip() and not line.lstrip().startswith("#")
    )
    return {key.strip(): value.strip() for key, _, value in pairs}
