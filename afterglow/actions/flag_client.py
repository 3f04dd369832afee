"""Mark a client with a lasting remark that changes what may be sent, or take it away."""

from __future__ import annotations

from datetime import datetime

from afterglow.actions.leave_remarks import NewRemark, leave_remarks
from afterglow.models import ClientFlag
from afterglow.models.scope import practice_scope

FLAGS = ("do_not_contact", "deceased", "minor", "banned", "pregnant", "moved", "wrong_number")


class UnknownFlag(ValueError):
    """There is no such mark."""


def flag_client(*, practice_id: int, client_id: int, flag: str, by: str, now: datetime) -> bool:
    """Whether the mark is new. From now on every message is decided with it."""
    if flag not in FLAGS:
        raise UnknownFlag(flag)
    with practice_scope(practice_id):
        _, is_new = ClientFlag.objects.get_or_create(
            practice_id=practice_id, client_id=client_id, flag=flag, defaults={"set_at": now, "set_by": by}
        )
        if is_new:
            _remark(practice_id, client_id, f"Marked “{_spoken(flag)}”", by, now)
        return is_new


def unflag_client(*, practice_id: int, client_id: int, flag: str, by: str, now: datetime) -> bool:
    """Whether the client had the mark. What was not sent because of it is not caught up."""
    with practice_scope(practice_id):
        count, _ = ClientFlag.objects.filter(practice=practice_id, client=client_id, flag=flag).delete()
        if count:
            _remark(practice_id, client_id, f"No longer marked “{_spoken(flag)}”", by, now)
        return count > 0


def _remark(practice_id: int, client_id: int, text: str, by: str, now: datetime) -> None:
    leave_remarks(practice_id=practice_id, remarks=[NewRemark(client_id=client_id, text=text, by=by)], now=now)


def _spoken(flag: str) -> str:
    return flag.replace("_", " ")
