"""Once a year: an invitation to clients who had a treatment around this date before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from afterglow.rules.facts import BookingFacts, Channel, Function, Offset, Purpose, SeasonalRule, VisitFacts
from afterglow.rules.protocol import Anchor, Protocol, Step, Template

VALID_FOR_DAYS = 7
SMS = (
    'Hi {{ client.first_name | default: "there" }}, it\'s {{ practice.name }}. You were here on {{ last_visit.date }}, '
    "and the season is back. Plan the next visit? {{ booking.link }} Reply STOP to opt out"
)
EMAIL = """
Hi {{ client.first_name | default: "there" }},

It's {{ practice.name }}. You were with us on {{ last_visit.date }}, and the same season is here again.

Choose your time: {{ booking.link }}

Rather talk to us? Call {{ practice.phone }}.

The team at {{ practice.name }}

--
{{ practice.name }}
{{ practice.address }}
No more e-mails like this: {{ unsubscribe.link }}""".strip()


def seasonal_visit(
    rule: SeasonalRule, *, on: date, visits: Iterable[VisitFacts], bookings: Iterable[BookingFacts]
) -> VisitFacts | None:
    """The earlier visit that earns a client this year's invitation, or None: none then, one since, or one booked."""
    of_family = [v for v in visits if any(t.family == rule.family for t in v.treatments) and v.visit_on < on]
    if not of_family or any(rule.family in b.family.split("+") for b in bookings):
        return None
    last = max(of_family, key=lambda v: v.ended_at)
    anniversaries = (_same_day(on, years) for years in range(1, rule.lookback_years + 1))
    return last if any(abs((last.visit_on - day).days) <= rule.window_days for day in anniversaries) else None


def _same_day(on: date, years: int) -> date:
    try:
        return on.replace(year=on.year - years)
    except ValueError:  # 29 February
        return on.replace(year=on.year - years, day=28)


@lru_cache
def seasonal_protocol(rule: SeasonalRule) -> Protocol:
    """The one-step protocol that carries a seasonal rule through the same engine as every other message."""
    other = Channel.EMAIL if rule.channel is Channel.SMS else Channel.SMS
    step = Step(
        key=rule.id,
        function=Function.REBOOK,
        purpose=Purpose.MARKETING,
        anchor=Anchor.VISIT,
        send_after=Offset(amount=0, unit="days"),
        valid_for=Offset(amount=VALID_FOR_DAYS, unit="days"),
        channels=(rule.channel, other),
        templates={
            Channel.SMS: Template(body=SMS),
            Channel.EMAIL: Template(body=EMAIL, subject="The same season again"),
        },
    )
    return Protocol(
        key=f"seasonal:{rule.id}",
        title="Seasonal invitation",
        treatment_class=f"seasonal:{rule.family}",
        families=frozenset({rule.family}),
        steps=(step,),
    )
