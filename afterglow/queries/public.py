"""What a client sees behind a link in a message: nothing but what that message was about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from afterglow.config.tickets import read_ticket
from afterglow.models import Plan, Practice, Touch
from afterglow.models.practice_facts import practice_facts, protocols_by_id
from afterglow.models.scope import practice_scope
from afterglow.models.visit_facts import treatment_of_plan, treatments_of
from afterglow.rules.facts import Channel, Function
from afterglow.rules.timing import local_day
from afterglow.rules.tokens import Links, tokens_for
from afterglow.rules.wording import Rendered, render

LETTER_END = "\n--\n"  # what follows in an e-mail is its footer
IN_A_LETTER, ON_A_PAGE = "Reply to this e-mail", "Reply to our message"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPage:
    """The practice behind a ticket, and the aftercare notes of the visit it belongs to."""

    practice_id: int
    client_id: int
    practice_name: str
    phone: str
    urgent_phone: str
    booking_link: str
    paragraphs: tuple[str, ...] = ()


def public_page(ticket: str, *, now: datetime, has_aftercare: bool = False) -> PublicPage | None:
    """The page of this ticket, or None when we never gave it out."""
    known = read_ticket(ticket)
    if known is None:
        return None
    practice_id, touch_id = known
    with practice_scope(practice_id):
        touch = Touch.objects.filter(practice=practice_id, pk=touch_id).first()
        if touch is None:
            return None
        practice = Practice.objects.get(pk=practice_id)
        return PublicPage(
            practice_id=practice_id,
            client_id=touch.client_id,
            practice_name=practice.name,
            phone=practice.phone,
            urgent_phone=practice.urgent_phone or practice.phone,
            booking_link=practice.booking_link,
            paragraphs=_aftercare(practice, touch, now) if has_aftercare else (),
        )


def _aftercare(practice: Practice, touch: Touch, now: datetime) -> tuple[str, ...]:
    """The words of the plan's check-in letter: the same that a clinician read and signed."""
    plan = Plan.objects.select_related("visit").get(practice=practice, pk=touch.plan_id)
    protocol = protocols_by_id(practice, [plan.protocol_id])[plan.protocol_id]
    steps = (s for s in protocol.steps if s.function is Function.CHECK_IN and Channel.EMAIL in s.templates)
    step = next(steps, None)
    if step is None:
        return ()
    facts = practice_facts(practice)
    performed = treatments_of(practice, [plan.visit_id]).get(plan.visit_id, ())
    tokens = tokens_for(
        practice=facts,
        treatment=treatment_of_plan(performed, family=plan.family, area=plan.area, brand=plan.brand),
        first_name="",
        provider=plan.visit.provider,
        visit_on=plan.visit.visit_on,
        today=local_day(now, facts.timezone),
        duration_text=protocol.duration_text,
        links=Links(booking=practice.booking_link or "-", aftercare="-", photo="-", unsubscribe="-"),
    )
    letter = render(step.templates[Channel.EMAIL], tokens)
    if not isinstance(letter, Rendered):
        return ()
    blocks = letter.text.partition(LETTER_END)[0].replace(IN_A_LETTER, ON_A_PAGE).split("\n\n")
    return tuple(block for block in blocks if not _is_for_letters_only(block.strip()))


def _is_for_letters_only(block: str) -> bool:
    """The greeting, and the link to the very page."""
    return block.endswith((",", ": -"))
