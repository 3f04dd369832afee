"""No message without the right to send it: thousands of cases, judged by a second reader of the law.

`CASES=50000` in the environment tries so many of each kind; `make torture` does.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from afterglow.rules.decisions import Decision, Send
from afterglow.rules.facts import (
    BanScope,
    Blackout,
    Channel,
    ClientFacts,
    NumberChecks,
    PracticeFacts,
    Purpose,
    Recipient,
    SendWindow,
)
from afterglow.rules.protocol import Protocol, Step
from afterglow.rules.sending import decide
from afterglow.rules.touch_facts import TouchFacts
from tests.rules.judge import CODES, STATES, UNDER_WAY, ZONES, cap_of, is_lawful, places, states_of
from tests.rules.people import BOOK, EVERY_CONSENT, TOXIN

CASES = int(os.environ.get("CASES", "1300"))  # of each of four kinds
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
many = settings(
    max_examples=CASES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
STEPS = [(protocol, step) for protocol in BOOK.protocols for step in protocol.steps]
HARD_DAYS = [  # nights on which the clocks change, holidays of the nation and of single states, plain days
    datetime.fromisoformat(f"{on}T12:00Z")
    for on in (
        "2026-03-08", "2026-11-01", "2027-03-14", "2026-07-04", "2026-11-26", "2026-12-25", "2027-01-01",
        "2026-07-24", "2026-08-10", "2026-11-03", "2027-02-09", "2026-05-06", "2026-05-10", "2026-10-18",
    )
]  # fmt: skip
FUNDED = (Channel.SMS, Purpose.FUNDED)
GRANTS = sorted({*EVERY_CONSENT, FUNDED, (Channel.EMAIL, Purpose.CARE)})


@dataclass(frozen=True, kw_only=True)
class Case:
    """One message that is due, and everything that may speak against it."""

    protocol: Protocol
    step: Step
    client: ClientFacts
    practice: PracticeFacts
    now: datetime
    valid_for: timedelta

    def decision(self) -> Decision:
        touch = TouchFacts(
            id="due",
            client_id=self.client.id,
            protocol=self.protocol,
            step=self.step,
            treatment=TOXIN,
            visited_at=self.now - timedelta(days=100),
            planned_at=self.now,
            due_at=self.now,
            valid_until=self.now + self.valid_for,
        )
        return decide(touch, client=self.client, practice=self.practice, book=BOOK, now=self.now)


recipients = st.builds(
    Recipient,
    area_code=st.one_of(st.sampled_from(sorted(CODES)), st.sampled_from(["", "800", "416"])),
    state=st.one_of(st.none(), st.sampled_from(sorted(ZONES))),
)
clinics = st.sampled_from([(state, zone) for state in STATES for zone in ZONES[state]])
moments = st.builds(
    lambda day, minutes: day + minutes * MINUTE, st.sampled_from(HARD_DAYS), st.integers(-2 * 1440, 2 * 1440)
)
noons = st.builds(
    lambda day, minutes: day + 7 * HOUR + minutes * MINUTE, st.sampled_from(HARD_DAYS), st.integers(0, 60)
)
windows = st.sampled_from(
    [
        SendWindow(),
        SendWindow(opens_at=time(0), closes_at=time(0)),
        SendWindow(opens_at=time(1, 30), closes_at=time(12)),
        SendWindow(opens_at=time(11), closes_at=time(23, 59)),
        SendWindow(weekdays=frozenset({0, 2, 4, 5, 6})),
    ]
)
ban_ages = st.one_of(st.integers(-3, 3), st.integers(-200, 200))


@st.composite
def cases(draw: st.DrawFn, /, *, at: st.SearchStrategy[datetime] = moments, **known: st.SearchStrategy[Any]) -> Case:
    """A case whose client agreed to everything, unless `known` says otherwise."""
    protocol, step = draw(st.sampled_from(STEPS))
    if draw(st.integers(0, 9)) == 0:
        step = replace(step, purpose=Purpose.MARKETING, funded_by="Somebody Inc.")
    now, (state, zone) = draw(at), draw(clinics)
    recipient = draw(recipients)
    near = sorted({"", state, recipient.state or state, CODES.get(recipient.area_code or "", ("TX", []))[0]})
    facts: dict[str, Any] = {
        "granted": frozenset(GRANTS),
        "has_email": draw(st.booleans()),
        "lifetime_value": draw(st.sampled_from([Decimal(0), Decimal(9000)])),
        **{name: draw(strategy) for name, strategy in known.items()},
    }
    practice = PracticeFacts(
        timezone=zone,
        state=state,
        window=draw(windows),
        closed_on=frozenset({date(2026, 5, 6)}) if draw(st.integers(0, 9)) == 0 else frozenset(),
        blackouts=tuple(
            Blackout(
                state=draw(st.sampled_from(near)),
                scope=draw(st.sampled_from(BanScope)),
                from_at=now + draw(ban_ages) * HOUR / 4,
                until_at=None if draw(st.booleans()) else now + draw(ban_ages) * HOUR / 4,
                reason="state of emergency",
            )
            for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2])))
        ),
        is_voice_enabled=draw(st.booleans()),
        messages_per_day=9,
        marketing_per_week=9,
    )
    return Case(
        protocol=protocol,
        step=step,
        client=ClientFacts(id="rosa", recipient=recipient, **facts),
        practice=practice,
        now=now,
        valid_for=draw(st.integers(0, 60)) * HOUR,
    )


def sent_in(case: Case) -> tuple[Channel, ...]:
    decision = case.decision()
    assert decision.reason
    return decision.channels if isinstance(decision, Send) else ()


def tried(judge: Callable[[Case], bool], strategy: st.SearchStrategy[Case], *, least: float) -> None:
    """Let the judge see many cases; it says whether something went out, and that must not be a rarity."""
    seen: list[bool] = []

    @many
    @given(case=strategy)
    def judged(case: Case) -> None:
        seen.append(judge(case))

    judged()
    assert sum(seen) >= least * len(seen), f"only {sum(seen)} of {len(seen)} cases sent anything: nothing was judged"


def test_nothing_leaves_outside_any_window_that_applies() -> None:
    def judge(case: Case) -> bool:
        channels = sent_in(case)
        if channels:
            assert_within_own_hours(case)
        for channel in channels:
            assert_within_the_law(case, channel)
        return bool(channels)

    tried(judge, cases(), least=0.05)


def assert_within_own_hours(case: Case) -> None:
    window, here = case.practice.window, case.now.astimezone(ZoneInfo(case.practice.timezone))
    for moment in (here, (case.now + UNDER_WAY - MINUTE).astimezone(ZoneInfo(case.practice.timezone))):
        assert window.opens_at <= moment.time()
        assert window.closes_at == time(0) or moment.time() < window.closes_at
        assert moment.weekday() in window.weekdays
        assert moment.date() not in case.practice.closed_on


def assert_within_the_law(case: Case, channel: Channel) -> None:
    to, practice = case.client.recipient, case.practice
    for moment in (case.now, case.now + UNDER_WAY - MINUTE):
        if channel is not Channel.EMAIL:
            for state, zone in places(to.area_code, to.state, practice.timezone, practice.state):
                assert is_lawful(state, moment, zone, channel.value), (state, zone)
        assert_not_banned(case, moment)


def assert_not_banned(case: Case, moment: datetime) -> None:
    to = case.client.recipient
    states = states_of(to.area_code, to.state, case.practice.state)
    for ban in case.practice.blackouts:
        is_over = ban.until_at is not None and ban.until_at <= case.now
        has_begun = ban.from_at <= moment and (ban.until_at is None or ban.from_at < ban.until_at)
        concerns = ban.scope == "everything" or case.step.purpose == "marketing"
        assert is_over or not has_begun or not concerns or (ban.state and ban.state not in states)


def test_no_number_gets_more_than_the_strictest_cap_allows() -> None:
    ages = st.lists(st.one_of(st.integers(0, 30 * 60), st.integers(1430, 1450)), max_size=5)

    @st.composite
    def with_texts(draw: st.DrawFn) -> Case:
        case = draw(cases(at=noons))
        texts = tuple(case.now - minutes * MINUTE for minutes in draw(ages))
        return replace(case, client=replace(case.client, texts_to_number_at=texts))

    def judge(case: Case) -> bool:
        to_number = [channel for channel in sent_in(case) if channel is not Channel.EMAIL]
        recent = [at for at in case.client.texts_to_number_at if case.now - at < timedelta(hours=24)]
        to = case.client.recipient
        states = states_of(to.area_code, to.state, case.practice.state)
        for channel in to_number:
            assert len(recent) + 1 <= cap_of(states, channel.value, case.now.date())
        return bool(to_number)

    tried(judge, with_texts(), least=0.05)


def test_nothing_leaves_without_the_consent_it_needs() -> None:
    def judge(case: Case) -> bool:
        channels, granted = sent_in(case), case.client.granted
        for channel in channels:
            assert needed(case.step, channel) <= granted
            if case.step.funded_by:
                assert any(purpose == "funded" for _, purpose in granted)
        return bool(channels)

    tried(judge, cases(at=noons, granted=st.frozensets(st.sampled_from(GRANTS))), least=0.05)


def needed(step: Step, channel: Channel) -> set[tuple[Channel, Purpose]]:
    """What a client must have allowed. Care by e-mail needs nothing that was written down."""
    if channel is Channel.VOICE:
        return {(channel, Purpose.VOICE)}
    if step.function.value in ("rebook", "reactivate") or step.purpose is Purpose.MARKETING:
        return {(channel, Purpose.MARKETING)}
    return {(channel, Purpose.CARE)} if channel is Channel.SMS else set()


def test_nothing_leaves_after_a_no() -> None:
    """A STOP, a mark, a number that is somebody else's or listed, an age."""

    def judge(case: Case) -> bool:
        channels, client = sent_in(case), case.client
        by_number = [channel for channel in channels if channel is not Channel.EMAIL]
        silenced = {"deceased", "do_not_contact", "banned", "minor"}
        if channels:
            assert not client.flags & silenced
            assert client.birth_on is None or age_on(case.now.date() + timedelta(days=1), client.birth_on) >= 18
        if by_number:
            assert client.opted_out_at is None
            assert "wrong_number" not in client.flags
            assert client.number.reassigned_on is None
            if case.step.purpose == "marketing" and client.number.is_listed:
                assert {(channel, _WRITTEN[channel]) for channel in by_number} <= client.number.written
        return bool(channels)

    tried(
        judge,
        cases(
            at=noons,
            has_phone=st.booleans(),
            opted_out_at=st.one_of(st.none(), st.none(), st.just(datetime(2025, 1, 1, tzinfo=UTC))),
            flags=st.one_of(
                st.just(frozenset()),
                st.frozensets(st.sampled_from(["deceased", "minor", "wrong_number", "pregnant", "do_not_contact"])),
            ),
            birth_on=st.one_of(st.none(), st.dates(date(2007, 1, 1), date(2010, 1, 1))),
            number=st.builds(
                NumberChecks,
                reassigned_on=st.sampled_from([None, None, date(2026, 1, 1)]),
                compared_on=st.just(date(2026, 1, 1)),
                is_listed=st.booleans(),
                written=st.frozensets(st.sampled_from(GRANTS)),
            ),
        ),
        least=0.02,
    )


def age_on(on: date, born: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


_WRITTEN = {Channel.SMS: Purpose.MARKETING, Channel.VOICE: Purpose.VOICE}
