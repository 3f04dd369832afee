"""`afterglow open-practice`: a practice and its first owner."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer
from django.contrib.auth import get_user_model

from afterglow.actions.open_practice import add_member, open_practice
from afterglow.cli.arguments import checked_email, checked_phone, checked_state, checked_zone
from afterglow.cli.edge import now, ready
from afterglow.cli.output import refuse, say

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@command.command()
def open_new_practice(
    name: Annotated[str, typer.Option(help="As clients know it.")],
    timezone: Annotated[str, typer.Option(help="For example America/Chicago.")],
    state: Annotated[str, typer.Option(help="Two letters.")],
    owner: Annotated[str, typer.Option(help="The owner's user name.")],
    phone: Annotated[str, typer.Option(help="The number clients call.")] = "",
    urgent_phone: Annotated[str, typer.Option(help="The number for urgent concerns, day and night.")] = "",
    address: Annotated[str, typer.Option(help="Postal address; marketing e-mail must show it.")] = "",
    booking_link: Annotated[str, typer.Option(help="Where clients book online.")] = "",
    alert_email: Annotated[str, typer.Option(help="Who is told when Afterglow itself stops.")] = "",
    alert_phone: Annotated[str, typer.Option(help="The same by text.")] = "",
) -> None:
    """Open a practice with the protocols of the library and its first owner."""
    timezone, state = checked_zone(timezone), checked_state(state)
    ready()
    if get_user_model().objects.filter(username=owner).exists():
        refuse(f"The user name “{owner}” is taken. Choose another one: a person works in one practice.")
    opened = open_practice(
        name=name,
        timezone=timezone,
        state=state,
        now=now(),
        phone=phone,
        urgent_phone=urgent_phone,
        address=address,
        booking_link=booking_link,
        alert_email=checked_email(alert_email),
        alert_phone=checked_phone(alert_phone),
    )
    password = secrets.token_urlsafe(12)
    add_member(practice_id=opened.practice_id, username=owner, password=password, role="owner")
    say(f"Practice {opened.practice_id} is open.")
    say(f"Sign in as {owner} with {password} (shown once).")
    say(f"Webhook for visits: /hooks/visits/{opened.webhook_token}/")
    say(f"Its signing secret: {opened.webhook_secret} (shown once)")
