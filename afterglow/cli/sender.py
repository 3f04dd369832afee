"""`afterglow set-sender`: the account that a channel is sent from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from afterglow.actions.open_senders import hook_addresses, is_public_site, set_sender
from afterglow.channels.config_check import ConfigFault
from afterglow.channels.registry import HOOK_MEANINGS, PROVIDERS
from afterglow.cli.arguments import text_of
from afterglow.cli.edge import find_practice, now, ready
from afterglow.cli.output import Format, FormatOption, Row, refuse, say, show
from afterglow.rules.facts import Channel

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
KNOWN = " ".join(f"{channel}: {', '.join(providers)}." for channel, providers in PROVIDERS.items())
COLUMNS = ("hook", "address", "meaning", "is_entered")


@command.command()
def set_account(
    channel: Annotated[Channel, typer.Argument(help="sms, email or voice.")],
    provider: Annotated[str, typer.Argument(help=KNOWN)],
    config: Annotated[
        Path | None, typer.Option(help="A file with one key=value a line; secrets stay off the command line.")
    ] = None,
    practice: Annotated[int | None, typer.Option(help="Which practice, if there are several.")] = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Set the account that a channel is sent from. It is stored encrypted.

    Says which web addresses to enter at the provider, so that replies and delivery reports arrive.
    """
    ready()
    found = find_practice(practice)
    try:
        set_sender(practice_id=found.pk, channel=channel, provider=provider, config=_read(config), now=now())
    except ConfigFault as fault:
        refuse("\n".join(fault.sentences))
    say(f"{channel.value} of practice {found.pk} is sent through {provider}.")
    addresses = hook_addresses(practice_id=found.pk, channel=channel)
    rows: list[Row] = [
        {
            "hook": hook,
            "address": address,
            "meaning": HOOK_MEANINGS[hook],
            "is_entered": PROVIDERS[channel][provider].hooks[hook].is_entered,
        }
        for hook, address in addresses.items()
    ]
    if form is Format.JSONL:
        show(rows, columns=COLUMNS, form=form)
    else:
        _tell(rows, provider)


def _tell(rows: list[Row], provider: str) -> None:
    """The addresses in words: they are for a person who has the provider's own screen open."""
    to_enter = [row for row in rows if row["is_entered"]]
    if to_enter:
        say(f"\nEnter at {provider}:")
    for row in to_enter:
        say(f"  {row['meaning']}\n    {row['address']}")
    by_itself = [str(row["meaning"]) for row in rows if not row["is_entered"]]
    if by_itself:
        say(f"\nTold to {provider} with every message: {'; '.join(by_itself)}.")
    if rows and not is_public_site():
        say("\nNobody outside this machine reaches these addresses yet: set AFTERGLOW_SITE_URL, then run this again.")


def _read(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    pairs = (
        line.partition("=") for line in text_of(path).splitlines() if line.strip() and not line.lstrip().startswith("#")
    )
    return {key.strip(): value.strip() for key, _, value in pairs}
