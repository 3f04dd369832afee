"""`afterglow blackout`: bans by decree, noted and ended while everything runs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from afterglow.actions.set_blackouts import EndsBeforeItBegins, NoReason, OutOfTime, add_blackout, end_blackout
from afterglow.cli.arguments import checked_state
from afterglow.cli.edge import find_practice, now, ready
from afterglow.cli.output import PROBLEMS, Format, FormatOption, refuse, say, show
from afterglow.models.scope import practice_scope
from afterglow.queries.blackouts import blackouts
from afterglow.rules.facts import BanScope

command = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
COLUMNS = ("id", "state", "scope", "from_at", "until_at", "standing", "reason", "by", "ended_by")
PracticeOption = Annotated[int | None, typer.Option(help="Which practice, if there are several.")]
ByOption = Annotated[str, typer.Option(help="Who says so; it is kept.")]


@command.command("add")
def add(
    reason: Annotated[str, typer.Argument(help="Why, as it stands at every message: “state of emergency”.")],
    state: Annotated[str, typer.Option(help="Two letters; everywhere without it.")] = "",
    scope: Annotated[BanScope, typer.Option(help="marketing, or everything automatic.")] = BanScope.MARKETING,
    begins: Annotated[str, typer.Option("--from", help="Like 2026-09-03 or 2026-09-03T08:00; now without it.")] = "",
    until: Annotated[str, typer.Option(help="The same; until somebody ends it without it.")] = "",
    by: ByOption = "command line",
    practice: PracticeOption = None,
) -> None:
    """Forbid messages to a state from now on, or from a moment. Times are the practice's own."""
    ready()
    found = find_practice(practice)
    zone, moment = ZoneInfo(found.timezone), now()
    try:
        number = add_blackout(
            practice_id=found.pk,
            state=checked_state(state) if state else "",
            scope=scope,
            from_at=_moment(begins, zone) if begins else moment,
            until_at=_moment(until, zone) if until else None,
            reason=reason,
            by=by,
            now=moment,
        )
    except NoReason:
        refuse("Say why: the sentence stands at every message that it holds back.")
    except EndsBeforeItBegins:
        refuse("The end must lie after the beginning.")
    except OutOfTime:
        refuse("Write a year between 2000 and 2199. A ban without --until holds until somebody ends it.")
    say(f"Ban {number} is noted. End it with: afterglow blackout end {number}")


@command.command("end")
def end(
    number: Annotated[int, typer.Argument(help="The number that `list` shows.")],
    by: ByOption = "command line",
    practice: PracticeOption = None,
) -> None:
    """End a ban now. What waited for it is decided anew at once."""
    ready()
    found = find_practice(practice)
    if not end_blackout(practice_id=found.pk, blackout_id=number, by=by, now=now()):
        say(f"There is no ban {number} that could be ended.")
        raise typer.Exit(PROBLEMS)
    say(f"Ban {number} has ended.")


@command.command("list")
def list_bans(practice: PracticeOption = None, form: FormatOption = Format.TABLE) -> None:
    """Every ban there is or was, those in force first."""
    ready()
    found = find_practice(practice)
    with practice_scope(found.pk):
        bans = blackouts(found, now=now())
    rows = ({name: getattr(ban, name) for name in COLUMNS} for ban in bans)
    show(rows, columns=COLUMNS, form=form)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        refuse(f"“{text}” is no moment. Write it like 2026-09-03 or 2026-09-03T08:00.")
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
