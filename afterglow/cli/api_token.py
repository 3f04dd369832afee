"""`afterglow api-token`: who may speak to the API for a practice."""

from __future__ import annotations

from typing import Annotated

import typer

from afterglow.actions.api_tokens import UnknownToken, make_token, revoke_token
from afterglow.cli.edge import find_practice, now, ready
from afterglow.cli.output import Format, FormatOption, Row, refuse, say, show
from afterglow.models import ApiToken
from afterglow.models.scope import practice_scope

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
COLUMNS = ("id", "name", "created_at", "last_used_at", "revoked_at")
PracticeOption = Annotated[int | None, typer.Option(help="Which practice, if there are several.")]


@command.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What the program is called, for you.")],
    practice: PracticeOption = None,
) -> None:
    """Make a token for one program. It is shown once, on standard output."""
    if not 1 <= len(name.strip()) <= 80:
        refuse("Give the program a name of at most 80 characters.")
    ready()
    found = find_practice(practice)
    token = make_token(practice_id=found.pk, name=name.strip(), by="command line", now=now())
    say(f"Token {token.token_id} of practice {found.pk}. It is shown once:")
    print(token.secret)


@command.command("list")
def show_tokens(practice: PracticeOption = None, form: FormatOption = Format.TABLE) -> None:
    """The tokens of the practice, without their secrets."""
    ready()
    found = find_practice(practice)
    with practice_scope(found.pk):
        tokens = ApiToken.objects.filter(practice=found.pk).order_by("pk")
        rows: list[Row] = [
            {column: getattr(t, column if column != "id" else "pk") or "" for column in COLUMNS} for t in tokens
        ]
    show(rows, columns=COLUMNS, form=form)


@command.command("revoke")
def revoke(
    token: Annotated[int, typer.Argument(help="The number that `list` shows.")], practice: PracticeOption = None
) -> None:
    """Shut a program out at once."""
    ready()
    found = find_practice(practice)
    try:
        revoke_token(practice_id=found.pk, token_id=token, by="command line", now=now())
    except UnknownToken:
        refuse(f"Practice {found.pk} has no token {token} that works.")
    say(f"Token {token} does not work any more.")
