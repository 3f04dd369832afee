"""Whether a channel may be used for a client now: consent, address, the law's hours, the gate for voice."""

from __future__ import annotations

from datetime import datetime, timedelta

from afterglow.rules.decisions import Decision, Send, Skip, Task, Wait
from afterglow.rules.facts import Channel, ClientFacts, PracticeFacts, Purpose
from afterglow.rules.hours import Open, next_open
from afterglow.rules.protocol import Step
from afterglow.rules.timing import local_day, spoken_day

QUIET_BEFORE_VOICE = timedelta(days=90)  # without a visit or an inbound message
TEXTS_PER_NUMBER = 3  # in any 24 h: the cap of the strictest states (FL, MD, OK, OR …), kept everywhere
CAP_SPAN = timedelta(hours=24)
WRONG_NUMBER = "wrong_number"  # a flag about the phone number, not about the person
NAMES = {Channel.SMS: "text", Channel.EMAIL: "e-mail", Channel.VOICE: "voicemail", Channel.STAFF_TASK: "task"}


def choose_channels(
    step: Step,
    *,
    client: ClientFacts,
    practice: PracticeFacts,
    now: datetime,
    valid_until: datetime,
    because: str,
) -> Decision:
    """Send by the first channel of the step that is allowed, with its companions; else wait for its hour, else skip.

    Without the right to use a channel the next one is tried. Without an hour for it, a step with a task fallback goes
    to a person at once: a check-in is too urgent for a letter box.
    """
    refusals: list[str] = []
    for channel in step.channels:
        answer = _answer(channel, step, client=client, practice=practice, now=now, valid_until=valid_until)
        if isinstance(answer, Wait):
            return answer
        if isinstance(answer, Skip):
            refusals.append(answer.reason)
            if answer.task is not None:
                break
            continue
        companions = tuple(
            other
            for other in step.together
            if other != channel
            and isinstance(
                _answer(other, step, client=client, practice=practice, now=now, valid_until=valid_until), Send
            )
        )
        instead = f"; {NAMES[channel]} because {'; '.join(refusals)}" if refusals else ""
        return Send((channel, *companions), because + instead)
    reason = "; ".join(dict.fromkeys(refusals)) or "no channel is set for this step"
    if step.has_task_fallback:
        return Skip(reason, _call(reason))
    return Skip(reason)


def _answer(
    channel: Channel,
    step: Step,
    *,
    client: ClientFacts,
    practice: PracticeFacts,
    now: datetime,
    valid_until: datetime,
) -> Decision:
    if refusal := may_contact(channel, step.purpose, client=client, practice=practice, now=now):
        return Skip(refusal)
    opening = next_open(at=now, until=valid_until, practice=practice, recipient=client.recipient, channel=channel)
    if not isinstance(opening, Open):
        return _out_of_time(step, opening.reason)
    if opening.at > now:
        return Wait(opening.at, opening.reason)
    if channel is not Channel.EMAIL and len(client.texts_to_number_at) >= TEXTS_PER_NUMBER:
        free_at = sorted(client.texts_to_number_at)[-TEXTS_PER_NUMBER] + CAP_SPAN
        if free_at > now:
            reason = f"at most {TEXTS_PER_NUMBER} messages to one number in 24 hours"
            return Wait(free_at, reason) if free_at <= valid_until else _out_of_time(step, reason)
    return Send((channel,), "")


def _out_of_time(step: Step, reason: str) -> Skip:
    return Skip(reason, _call(reason) if step.has_task_fallback else None)


def _call(reason: str) -> Task:
    return Task("call", f"Please check in by phone: {reason}.")


def may_contact(
    channel: Channel, purpose: Purpose, *, client: ClientFacts, practice: PracticeFacts, now: datetime
) -> str:
    """Why this channel may not be used for this purpose; empty when it may. Hours are judged apart."""
    if channel not in practice.channels:
        return f"no sender is set up for {NAMES[channel]}s"
    if channel is Channel.EMAIL:
        return _may_email(purpose, client)
    if not client.has_phone:
        return "no phone number"
    if WRONG_NUMBER in client.flags:
        return "the phone number belongs to somebody else"
    if client.opted_out_at is not None:
        return f"stopped texts on {spoken_day(local_day(client.opted_out_at, practice.timezone))}"
    if channel is Channel.VOICE:
        return _may_call(client, practice, now)
    if (Channel.SMS, purpose) not in client.granted:
        return "no consent to marketing texts" if purpose is Purpose.MARKETING else "no consent to texts about care"
    return ""


def _may_email(purpose: Purpose, client: ClientFacts) -> str:
    if not client.has_email:
        return "no e-mail address"
    if purpose is Purpose.MARKETING and (Channel.EMAIL, Purpose.MARKETING) not in client.granted:
        return "no consent to marketing e-mail"
    return ""


def _may_call(client: ClientFacts, practice: PracticeFacts, now: datetime) -> str:
    if not practice.is_voice_enabled:
        return "voice messages are switched off"
    if (Channel.VOICE, Purpose.VOICE) not in client.granted:
        return "no consent to voice messages"
    if client.lifetime_value < practice.high_value_threshold:
        return f"voice is kept for clients above {practice.high_value_threshold:,.0f} in lifetime value"
    signs = [m for m in (client.last_visit_at, client.last_inbound_at) if m is not None]
    if signs and now - max(signs) < QUIET_BEFORE_VOICE:
        return "less than 90 days since the client's last visit or message"
    return ""
