"""What commands that work on the database share: getting it ready, finding the practice, the clock."""

from __future__ import annotations

from datetime import UTC, datetime

from afterglow.cli.output import refuse
from afterglow.config.database import prepare_database
from afterglow.config.embedded import EmbeddedFailed
from afterglow.config.env import WrongSetting
from afterglow.models import Practice
from afterglow.models.across import all_practices
from afterglow.models.scope import practice_scope


def now() -> datetime:
    """Now: commands are an edge, where the wall clock may be read."""
    return datetime.now(UTC)


def ready() -> None:
    """The database is started, migrated and open to the app's role."""
    try:
        prepare_database()
    except (WrongSetting, EmbeddedFailed) as error:
        refuse(str(error))


def find_practice(wanted: int | None) -> Practice:
    """The practice with this id, or the only one there is."""
    ids = all_practices()
    if not ids:
        refuse("There is no practice yet. Open one: afterglow open-practice --name … --timezone … --state …")
    if wanted is None and len(ids) > 1:
        refuse(f"There are {len(ids)} practices; say which with --practice ({', '.join(map(str, ids))}).")
    practice_id = ids[0] if wanted is None else wanted
    if practice_id not in ids:
        refuse(f"There is no practice {practice_id}; there are {', '.join(map(str, ids))}.")
    with practice_scope(practice_id):
        return Practice.objects.get(pk=practice_id)
