"""Put a due touch into words, ready to be handed to its provider."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from afterglow.actions.due_touches import Due
from afterglow.channels.contract import OutgoingMessage
from afterglow.models.public_links import public_links
from afterglow.rules.facts import Channel, PracticeFacts, Purpose
from afterglow.rules.letter import as_html
from afterglow.rules.protocol import Template
from afterglow.rules.timing import local_day
from afterglow.rules.tokens import Links, given_name, tokens_for
from afterglow.rules.touch_facts import TouchFacts
from afterglow.rules.wording import Held, render


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """From whom and when: what all messages of a batch have in common."""

    practice_id: int
    practice: PracticeFacts
    public_url: str
    now: datetime


def word_message(desk: Desk, due: Due, channel: Channel, *, expires_at: datetime) -> OutgoingMessage | Held:
    """The message of this touch on this channel, under a token of its own; or why it cannot be worded."""
    touch = due.facts
    template = touch.step.templates[channel]
    tokens = tokens_for(
        practice=desk.practice,
        treatment=touch.treatment,
        first_name=due.person.first_name,
        provider=due.plan.visit__provider,
        visit_on=due.plan.visit__visit_on,
        today=local_day(desk.now, desk.practice.timezone),
        duration_text=touch.protocol.duration_text,
        links=_links(desk, touch, template),
    )
    text = render(template, tokens)
    if isinstance(text, Held):
        return text
    is_email = channel is Channel.EMAIL
    return OutgoingMessage(
        token=secrets.token_urlsafe(18),
        to=due.person.email if is_email else due.person.phone,
        text=text.text,
        subject=text.subject,
        html=as_html(text.text, practice=desk.practice, subject=text.subject) if is_email else "",
        headers=_unsubscribe_headers(desk, touch) if is_email else None,
        created_at=desk.now,
        function=touch.step.function,
        first_name=given_name(due.person.first_name),
        expires_at=expires_at,
    )


def _links(desk: Desk, touch: TouchFacts, template: Template) -> Links:
    """A ticket is signed only for a text that shows one."""
    if ".link" not in template.body:
        return Links()
    return public_links(desk.public_url, desk.practice_id, int(touch.id), booking=desk.practice.booking_link)


def _unsubscribe_headers(desk: Desk, touch: TouchFacts) -> dict[str, str] | None:
    """One-click unsubscribe for marketing mail (RFC 8058)."""
    if touch.step.purpose is not Purpose.MARKETING:
        return None
    link = public_links(desk.public_url, desk.practice_id, int(touch.id)).unsubscribe
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
