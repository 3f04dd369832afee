"""A client asks by text to be left alone: it ends at once, for whoever shares the number, and is confirmed once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from afterglow.actions.confirm_request import cancel_requests
from afterglow.actions.open_tasks import NewTask, open_tasks
from afterglow.actions.plan_notices import NewNotice, plan_notices
from afterglow.actions.revoke_consents import revoke_at
from afterglow.models import Client, Message, Practice, Visit
from afterglow.models.ended import ended_at
from afterglow.models.practice_facts import practice_facts
from afterglow.rules.facts import Channel, Function, Purpose
from afterglow.rules.notices import NoticeKind
from afterglow.rules.optout import OptOut, Scope
from afterglow.rules.revocation import REVOKE_ALL, Ended, RevocationPolicy, stop_confirmation, what_ends
from afterglow.rules.timing import local_day

MAY_BE_AN_APPOINTMENT = (
    "The client wrote only “{words}”. Texts have ended; it may have been about the appointment. Please call."
)


def stop_by_text(
    *, message: Message, clients: Sequence[Client], opt_out: OptOut, is_answered: bool, now: datetime
) -> None:
    """End what these words end, from this moment. Said again, it changes nothing and gets no answer.

    `is_answered`: the provider has confirmed the stop itself. `clients` are those who share the number. Inside a
    practice scope.
    """
    practice = Practice.objects.get(pk=message.practice_id)
    ends = what_ends(
        opt_out,
        channel=Channel.SMS,
        on=local_day(now, practice.timezone),
        policy=stop_policy(practice),
        in_reply_to=_in_reply_to(message),
    ).ends
    emails = {client.email for client in clients if client.email}
    if _is_ended(practice, ends, message.address, emails):
        return
    revoke_at(
        practice_id=practice.pk,
        whats=ends,
        phone=message.address,
        emails=emails,
        source="reply",
        evidence=f"message {message.pk}",
        now=now,
    )
    cancel_requests(practice_id=practice.pk, phone=message.address, now=now)
    if not is_answered:
        said = (
            opt_out if (Channel.SMS, Purpose.CARE) in ends or opt_out.scope is not Scope.TEXTS else _narrowed(opt_out)
        )
        _confirm(practice, message, said, now)
    if opt_out.is_ambiguous and _is_booked(clients, now):
        _ask_to_call(message, opt_out, now)


def stop_policy(practice: Practice) -> RevocationPolicy:
    """How far a stop without further words reaches at this practice."""
    if practice.stop_scope != "marketing" or practice.stop_scope_from is None:
        return REVOKE_ALL
    return RevocationPolicy(marketing_only_from=practice.stop_scope_from)


def _in_reply_to(message: Message) -> Purpose | None:
    """What the last message of a plan to this number was for; none if there was none."""
    sent = Message.objects.filter(
        practice=message.practice_id, address=message.address, direction=Message.Direction.OUT, at__lte=message.at
    ).exclude(touch=None)
    function = sent.order_by("-at").values_list("touch__function", flat=True).first()
    return Function(function).purpose if function else None


def _is_ended(practice: Practice, ends: Ended, phone: str, emails: set[str]) -> bool:
    """Whether all of it has ended before."""
    known = ended_at(practice.pk, {phone, *emails})
    return all(
        (channel, purpose) in known[address]
        for channel, purpose in ends
        for address in (emails if channel is Channel.EMAIL else {phone})
    )


def _narrowed(opt_out: OptOut) -> OptOut:
    """The practice's policy ended marketing alone, and the answer says so."""
    return replace(opt_out, scope=Scope.MARKETING_TEXTS)


def _confirm(practice: Practice, message: Message, opt_out: OptOut, now: datetime) -> None:
    notice = NewNotice(
        kind=NoticeKind.STOP_CONFIRMATION,
        address=message.address,
        body=stop_confirmation(practice_facts(practice), opt_out),
        client_id=message.client_id,
        cause_id=message.pk,
    )
    plan_notices(practice_id=practice.pk, notices=[notice], now=now)


def _is_booked(clients: Sequence[Client], now: datetime) -> bool:
    booked = Visit.objects.filter(status=Visit.Status.BOOKED, starts_at__gt=now, client__in=[c.pk for c in clients])
    return bool(clients) and booked.filter(practice=clients[0].practice_id).exists()


def _ask_to_call(message: Message, opt_out: OptOut, now: datetime) -> None:
    words = ", ".join(opt_out.matched) or "cancel"
    task = NewTask(
        kind="call",
        reason=MAY_BE_AN_APPOINTMENT.format(words=words),
        client_id=message.client_id,
        message_id=message.pk,
    )
    open_tasks(practice_id=message.practice_id, tasks=[task], now=now)
