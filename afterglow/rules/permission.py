"""Which channel carries a message now: consent, address, the law's hours, the gate for voice, what was tried before."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from afterglow.rules.channel_words import NAMES
from afterglow.rules.decisions import Decision, End, Send, Skip, Task, Wait
from afterglow.rules.facts import Channel, ClientFacts, PracticeFacts, Purpose
from afterglow.rules.hours import Open, next_open
from afterglow.rules.number_caps import CAP_SPAN, cap_towards
from afterglow.rules.number_checks import has_new_owner, number_refusal
from afterglow.rules.outages import clock_time, spoken_hold
from afterglow.rules.protocol import Step
from afterglow.rules.timing import local_day, spoken_day
from afterglow.rules.touch_facts import UNTRIED, Tried

QUIET_BEFORE_VOICE = timedelta(days=90)  # without a visit or an inbound message
STAFF_NEED = timedelta(hours=2)  # to do by hand what a step promises, if it never leaves
WRONG_NUMBER = "wrong_number"  # a flag about the phone number, not about the person
NO_PHONE, NO_MAILBOX = "no phone number", "no e-mail address"
NOT_FUNDED = "paid for by a third party: needs the client's own authorisation"
NEITHER = "no phone number and no e-mail address on file"
NO_ADDRESS = "There is no phone number and no e-mail address on file that works. Please ask at the next visit."


def choose_channels(
    step: Step,
    *,
    client: ClientFacts,
    practice: PracticeFacts,
    now: datetime,
    valid_until: datetime,
    because: str,
    tried: Tried = UNTRIED,
) -> Decision:
    """Send by the first channel of the step that is allowed, with its companions; else wait for its hour, else skip.

    Without the right to use a channel, after its no, or when its account recovers too late, the next one is tried.
    Without an hour for it, a step with a task fallback goes to a person at once: a check-in is too urgent for a letter
    box.
    """
    refusals: list[str] = []
    end = End.FAILED if tried.refused else End.SKIPPED
    answer_of = partial(_answer, step=step, practice=practice, now=now, valid_until=valid_until, tried=tried)
    for channel in step.channels:
        answer = answer_of(channel, client=client)
        if isinstance(answer, Wait):
            return answer
        if isinstance(answer, Skip):
            refusals.append(answer.reason)
            end = End.EXPIRED if answer.is_expired and end is End.SKIPPED else end
            if answer.task is not None:
                break
            continue
        going: tuple[Channel, ...] = (channel,)
        for other in step.together:
            if other not in going and isinstance(answer_of(other, client=_beside(going, client, now)), Send):
                going += (other,)
        instead = f"; {NAMES[channel]} because {'; '.join(refusals)}" if refusals else ""
        return Send(going, because + instead)
    reason = _in_one_sentence(refusals)
    if step.has_task_fallback:
        return Skip(reason, check_in_by_hand(client, reason, practice), end)
    if end is End.FAILED:
        by_hand = another_way(client, practice)
        return Skip(reason, Task("failed", f"A message did not get through: {reason}. {by_hand}"), end)
    return Skip(reason, None, end)


def _beside(going: tuple[Channel, ...], client: ClientFacts, now: datetime) -> ClientFacts:
    """The client as a companion finds them: what it goes out with counts towards the number's cap."""
    texts = sum(channel is not Channel.EMAIL for channel in going)
    return replace(client, texts_to_number_at=client.texts_to_number_at + (now,) * texts) if texts else client


def _answer(
    channel: Channel,
    step: Step,
    *,
    client: ClientFacts,
    practice: PracticeFacts,
    now: datetime,
    valid_until: datetime,
    tried: Tried,
) -> Decision:
    refusal = tried.refused.get(channel) or may_contact(
        channel, step.purpose, client=client, practice=practice, now=now, funded_by=step.funded_by
    )
    if refusal:
        return Skip(refusal)
    opens = partial(next_open, practice=practice, recipient=client.recipient, channel=channel, purpose=step.purpose)
    if channel in practice.holds or channel in tried.not_before:
        later = _put_off(channel, client, practice, now, tried)
        if later is not None:
            latest = valid_until - STAFF_NEED if step.has_task_fallback else valid_until
            if not isinstance(opens(at=later.until, until=latest), Open):
                return Skip(later.reason, end=End.EXPIRED)
            return Wait(later.until, f"{later.reason}; next try at {clock_time(later.until, practice)}")
    opening = opens(at=now, until=valid_until)
    if not isinstance(opening, Open):
        if opening.is_banned and not step.has_task_fallback and now < valid_until:
            return Wait(valid_until, opening.reason)  # whoever ends the ban brings the message back earlier
        return _out_of_time(step, client, practice, opening.reason)
    if opening.at > now:
        return Wait(opening.at, opening.reason)
    if channel is not Channel.EMAIL and client.texts_to_number_at:
        return _capped(step, channel, client, practice, now, valid_until)
    return Send((channel,), "")


def _capped(
    step: Step, channel: Channel, client: ClientFacts, practice: PracticeFacts, now: datetime, valid_until: datetime
) -> Decision:
    cap = cap_towards(practice, client.recipient, channel, now)
    texts = sorted(client.texts_to_number_at)
    if len(texts) < cap.most or (free_at := texts[-cap.most] + CAP_SPAN) <= now:
        return Send((channel,), "")
    return Wait(free_at, str(cap)) if free_at <= valid_until else _out_of_time(step, client, practice, str(cap))


def _put_off(
    channel: Channel, client: ClientFacts, practice: PracticeFacts, now: datetime, tried: Tried
) -> Wait | None:
    """Until when, and why, an account out of order or an earlier no to this message keeps the channel shut."""
    hold, again_at = practice.holds.get(channel), tried.not_before.get(channel, now)
    if hold is not None and hold.retry_at > max(now, again_at):
        return Wait(hold.retry_at, spoken_hold(hold, channel, practice, now))
    if again_at > now:
        return Wait(again_at, f"the {NAMES[channel]} did not go out at the first try")
    return None


def _out_of_time(step: Step, client: ClientFacts, practice: PracticeFacts, reason: str) -> Skip:
    return Skip(reason, check_in_by_hand(client, reason, practice) if step.has_task_fallback else None)


def check_in_by_hand(client: ClientFacts, reason: str, practice: PracticeFacts) -> Task:
    """What staff are asked to do about a check-in that no message can do: only what they can."""
    if _can_be_called(client, practice):
        return Task("call", f"Please check in by phone. {_as_sentence(reason)}")
    if _can_be_mailed(client):
        return Task("review", f"Please check in by e-mail, the only way left. {_as_sentence(reason)}")
    return Task("review", NO_ADDRESS, is_once=True)


def another_way(client: ClientFacts, practice: PracticeFacts) -> str:
    """What staff can do when a message could not be delivered."""
    can_be_reached = _can_be_called(client, practice) or _can_be_mailed(client)
    return "Please contact the client another way." if can_be_reached else NO_ADDRESS


def _in_one_sentence(refusals: list[str]) -> str:
    """Every reason once; an address that is missing altogether is said in one breath."""
    said = list(dict.fromkeys(refusals))
    if {NO_PHONE, NO_MAILBOX} <= set(said):
        said = [*(reason for reason in said if reason not in (NO_PHONE, NO_MAILBOX)), NEITHER]
    return "; ".join(said) or "no channel is set for this step"


def _as_sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:].rstrip('.')}."


def _can_be_called(client: ClientFacts, practice: PracticeFacts) -> bool:
    return client.has_phone and WRONG_NUMBER not in client.flags and not has_new_owner(client, practice.timezone)


def _can_be_mailed(client: ClientFacts) -> bool:
    return client.has_email and Channel.EMAIL not in client.dead


def may_contact(
    channel: Channel,
    purpose: Purpose,
    *,
    client: ClientFacts,
    practice: PracticeFacts,
    now: datetime,
    funded_by: str = "",
) -> str:
    """Why this channel may not be used for this purpose; empty when it may. Hours are judged apart.

    What a third party pays for (`funded_by`) needs the client's authorisation on top: 45 CFR 164.508(a)(3).
    """
    if channel not in practice.channels:
        return f"no sender is set up for {NAMES[channel]}s"
    if funded_by and not any(allowed is Purpose.FUNDED for _, allowed in client.granted):
        return NOT_FUNDED
    if channel is Channel.EMAIL:
        return _may_email(purpose, client, practice)
    if not client.has_phone:
        return NO_PHONE
    if WRONG_NUMBER in client.flags:
        return "the phone number belongs to somebody else"
    if refusal := number_refusal(channel, purpose, client=client, now=now, timezone=practice.timezone):
        return refusal
    if client.opted_out_at is not None:
        return f"the client stopped texts on {spoken_day(local_day(client.opted_out_at, practice.timezone))}"
    if channel in client.dead:
        return client.dead[channel]
    if channel is Channel.VOICE:
        return _may_call(client, practice, now)
    if (Channel.SMS, purpose) not in client.granted:
        return "no consent to marketing texts" if purpose is Purpose.MARKETING else "no consent to texts about care"
    return ""


def _may_email(purpose: Purpose, client: ClientFacts, practice: PracticeFacts) -> str:
    if not client.has_email:
        return NO_MAILBOX
    if client.mail_stopped_at is not None:
        return f"the client stopped e-mail on {spoken_day(local_day(client.mail_stopped_at, practice.timezone))}"
    if Channel.EMAIL in client.dead:
        return client.dead[Channel.EMAIL]
    if purpose is Purpose.MARKETING and (Channel.EMAIL, Purpose.MARKETING) not in client.granted:
        return "no consent to marketing e-mail"
    return ""


def _may_call(client: ClientFacts, practice: PracticeFacts, now: datetime) -> str:
    if not practice.is_voice_enabled:
        return "voice messages are switched off"
    if (Channel.VOICE, Purpose.VOICE) not in client.granted:
        return "no consent to voice messages"
    if client.lifetime_value < practice.high_value_threshold:
        return f"voicemails are kept for clients above {practice.high_value_threshold:,.0f} in lifetime value"
    signs = [m for m in (client.last_visit_at, client.last_inbound_at) if m is not None]
    if signs and now - max(signs) < QUIET_BEFORE_VOICE:
        return "less than 90 days since the client's last visit or message"
    return ""
