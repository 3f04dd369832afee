"""Whatever happens to Rosa, the engine keeps its promises."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from afterglow.rules.facts import (
    BookingFacts,
    Channel,
    ClientFacts,
    Function,
    PracticeFacts,
    Purpose,
    Recipient,
    SendWindow,
    TreatmentFacts,
)
from afterglow.rules.happenings import (
    ClientComplained,
    ClientFlagged,
    ClientOptedOut,
    ClientReplied,
    ConcernClosed,
    ConsentGiven,
    Happening,
    Outage,
    VisitBooked,
    VisitNotHappening,
    VisitPerformed,
)
from afterglow.rules.planning import plan_visit
from afterglow.rules.simulated_stage import SimulatedTouch
from afterglow.rules.simulation import simulate
from tests.rules.people import (
    BOOK,
    CARE_TEXT,
    CHEEKS,
    EVERY_CONSENT,
    HYDRAFACIAL,
    LIPS,
    MARKETING_EMAIL,
    MARKETING_TEXT,
    PEEL,
    PRACTICE,
    TOXIN,
    VOICE,
    ZONE,
    laser_hair,
    local,
    rosa,
    visit,
)

START = local("2026-03-02T10:00").astimezone(UTC)
UNTIL = date(2028, 3, 1)
CLIENT_FACING = {Channel.SMS, Channel.EMAIL, Channel.VOICE}
MARKETING = {Function.REBOOK, Function.REACTIVATE}
MOMENTS = st.integers(min_value=0, max_value=24 * 200).map(lambda hours: START + timedelta(hours=hours))
TREATMENTS = st.sampled_from([TOXIN, LIPS, CHEEKS, HYDRAFACIAL, PEEL, laser_hair(1, 6), laser_hair(6, 6)])
CONSENTS = st.frozensets(st.sampled_from([CARE_TEXT, MARKETING_TEXT, MARKETING_EMAIL, VOICE]))


def happened(at: datetime, treated: TreatmentFacts) -> VisitPerformed:
    seen = visit(f"{at.astimezone(ZONE):%Y-%m-%dT%H:%M}", treated)
    return VisitPerformed(
        at=seen.reported_at, client_id="rosa", visit=replace(seen, id=f"{at} {treated.family} {treated.area}")
    )


VISITS = st.builds(happened, MOMENTS, TREATMENTS)
OTHER_EVENTS = st.one_of(
    st.builds(
        ClientReplied,
        at=MOMENTS,
        client_id=st.just("rosa"),
        text=st.just("hm"),
        urgency=st.sampled_from(["none", "routine", "urgent"]),
    ),
    st.builds(ClientComplained, at=MOMENTS, client_id=st.just("rosa"), text=st.just("unhappy")),
    st.builds(ConcernClosed, at=MOMENTS, client_id=st.just("rosa")),
    st.builds(
        ClientOptedOut, at=MOMENTS, client_id=st.just("rosa"), channel=st.sampled_from([Channel.SMS, Channel.EMAIL])
    ),
    st.builds(ConsentGiven, at=MOMENTS, client_id=st.just("rosa"), granted=CONSENTS),
    st.builds(
        ClientFlagged,
        at=MOMENTS,
        client_id=st.just("rosa"),
        flag=st.sampled_from(["pregnant", "minor", "banned", "wrong_number"]),
    ),
    st.builds(
        VisitBooked,
        at=MOMENTS,
        client_id=st.just("rosa"),
        booking=st.builds(
            BookingFacts,
            id=st.just("b1"),
            starts_at=MOMENTS,
            family=st.sampled_from(["neuromodulator", "hydrafacial", "none"]),
        ),
    ),
    st.builds(VisitNotHappening, at=MOMENTS, client_id=st.just("rosa"), booking_id=st.just("b1")),
)
LIVES = st.tuples(st.lists(VISITS, min_size=1, max_size=4), st.lists(OTHER_EVENTS, max_size=5)).map(
    lambda both: [*both[0], *both[1]]
)
CLIENTS = st.builds(
    rosa,
    granted=CONSENTS,
    has_email=st.booleans(),
    is_held_out=st.booleans(),
    lifetime_value=st.sampled_from([Decimal(100), Decimal(5000)]),
    recipient=st.sampled_from(
        [
            Recipient(area_code=a, state=s)
            for a, s in (("336", "NC"), ("310", "CA"), ("401", "RI"), (None, None), ("801", "UT"))
        ]
    ),
)
PRACTICES = st.builds(
    PracticeFacts,
    timezone=st.just("America/New_York"),
    state=st.just("NC"),
    is_voice_enabled=st.booleans(),
    messages_per_day=st.integers(min_value=1, max_value=2),
    marketing_per_week=st.integers(min_value=1, max_value=2),
    is_merging_same_day=st.booleans(),
    window=st.builds(SendWindow, weekdays=st.frozensets(st.integers(min_value=0, max_value=6), min_size=2)),
    closed_on=st.frozensets(st.dates(min_value=START.date(), max_value=date(2026, 12, 31)), max_size=5),
)


def run(
    life: list[Happening], client: ClientFacts, practice: PracticeFacts = PRACTICE, outages: tuple[Outage, ...] = ()
) -> list[SimulatedTouch]:
    return simulate(
        life, clients=[(client, "phone")], practice=practice, book=BOOK, until=UNTIL, outages=outages, has_texts=False
    )


def messages(touches: list[SimulatedTouch]) -> list[SimulatedTouch]:
    return [t for t in touches if t.outcome == "sent" and t.channel in CLIENT_FACING]


def logical(touches: list[SimulatedTouch]) -> set[tuple[datetime, Function]]:
    """A text and its e-mail are one message."""
    return {(t.at, t.function) for t in messages(touches)}


def granted_over_time(
    life: list[Happening], client: ClientFacts
) -> Iterator[tuple[datetime, frozenset[tuple[Channel, Purpose]]]]:
    granted = client.granted
    yield START - timedelta(days=1), granted
    for event in sorted(life, key=lambda e: e.at):
        if isinstance(event, ConsentGiven):
            granted |= event.granted
        elif isinstance(event, ClientOptedOut):
            is_email = event.channel is Channel.EMAIL
            granted = frozenset(g for g in granted if (g[0] is Channel.EMAIL) is not is_email)
        yield event.at, granted


@settings(max_examples=60, deadline=None)
@given(life=LIVES, client=CLIENTS, practice=PRACTICES)
def test_never_more_messages_on_a_local_day_than_allowed(
    life: list[Happening], client: ClientFacts, practice: PracticeFacts
) -> None:
    per_day = Counter(at.astimezone(ZONE).date() for at, _ in logical(run(life, client, practice)))
    assert max(per_day.values(), default=0) <= practice.messages_per_day


@settings(max_examples=60, deadline=None)
@given(life=LIVES, client=CLIENTS, practice=PRACTICES)
def test_never_more_marketing_in_seven_days_than_allowed(
    life: list[Happening], client: ClientFacts, practice: PracticeFacts
) -> None:
    days = sorted(at.astimezone(ZONE).date() for at, f in logical(run(life, client, practice)) if f in MARKETING)
    for day in days:
        assert sum(day <= other < day + timedelta(days=7) for other in days) <= practice.marketing_per_week


@settings(max_examples=100, deadline=None)
@given(life=LIVES, client=CLIENTS)
def test_no_text_call_or_marketing_without_the_consent_of_that_moment(
    life: list[Happening], client: ClientFacts
) -> None:
    history = list(granted_over_time(life, client))
    for touch in messages(run(life, client)):
        granted = next(g for at, g in reversed(history) if at <= touch.at)
        purpose = Purpose.MARKETING if touch.function in MARKETING else Purpose.CARE
        if touch.channel is Channel.VOICE:
            assert VOICE in granted
        elif touch.channel is Channel.SMS or purpose is Purpose.MARKETING:
            assert (touch.channel, purpose) in granted


@settings(max_examples=60, deadline=None)
@given(life=LIVES, stopped_at=MOMENTS)
def test_after_stop_no_text_and_no_call(life: list[Happening], stopped_at: datetime) -> None:
    quiet = [e for e in life if not isinstance(e, ConsentGiven)]
    stop = ClientOptedOut(at=stopped_at, client_id="rosa", channel=Channel.SMS)
    for touch in messages(run([*quiet, stop], rosa())):
        assert touch.channel is Channel.EMAIL or touch.at < stopped_at


@settings(max_examples=60, deadline=None)
@given(life=LIVES, client=CLIENTS)
def test_while_a_concern_is_open_nobody_is_nudged(life: list[Happening], client: ClientFacts) -> None:
    opened_at: datetime | None = None
    spans = []
    for event in sorted(life, key=lambda e: e.at):
        is_alarm = isinstance(event, ClientComplained) or (
            isinstance(event, ClientReplied) and event.urgency == "urgent"
        )
        if is_alarm and opened_at is None:
            opened_at = event.at
        elif isinstance(event, ConcernClosed) and opened_at is not None:
            spans.append((opened_at, event.at))
            opened_at = None
    if opened_at is not None:
        spans.append((opened_at, local("2099-01-01T00:00")))
    for touch in messages(run(life, client)):
        assert not any(first < touch.at < last for first, last in spans)


@settings(max_examples=60, deadline=None)
@given(life=LIVES, client=CLIENTS, practice=PRACTICES)
def test_messages_keep_the_practices_hours_and_days(
    life: list[Happening], client: ClientFacts, practice: PracticeFacts
) -> None:
    for touch in messages(run(life, client, practice)):
        here = touch.at.astimezone(ZONE)
        assert practice.window.opens_at <= here.time() < practice.window.closes_at
        assert here.weekday() in practice.window.weekdays
        assert here.date() not in practice.closed_on


@settings(max_examples=60, deadline=None)
@given(life=LIVES, client=CLIENTS)
def test_the_comparison_group_is_never_invited(life: list[Happening], client: ClientFacts) -> None:
    assert not [t for t in messages(run(life, replace(client, is_held_out=True))) if t.function in MARKETING]


@settings(max_examples=60, deadline=None)
@given(life=LIVES, client=CLIENTS, practice=PRACTICES)
def test_every_touch_ends_once_and_says_why(
    life: list[Happening], client: ClientFacts, practice: PracticeFacts
) -> None:
    touches = run(life, client, practice)
    assert all(touch.reason for touch in touches)
    assert {touch.outcome for touch in touches} <= {"sent", "skipped", "cancelled"}


@settings(max_examples=80, deadline=None)
@given(treated=TREATMENTS, others=st.lists(OTHER_EVENTS, max_size=5), client=CLIENTS, practice=PRACTICES)
def test_one_visit_ends_with_exactly_one_outcome_for_each_step(
    treated: TreatmentFacts, others: list[Happening], client: ClientFacts, practice: PracticeFacts
) -> None:
    touches = run([happened(START, treated), *others], client, practice)
    own = [t for t in touches if t.channel is not Channel.STAFF_TASK]
    ended = Counter((t.at, t.function, t.outcome) for t in own)
    both_channels = sum(count - 1 for (_, _, outcome), count in ended.items() if outcome == "sent")
    protocol = BOOK.find(treated)
    finished = treated.series is not None and treated.series.is_finished
    steps = [s for s in protocol.steps if not (finished and s.conditions.series)]  # type: ignore[union-attr]
    assert len(own) - both_channels == len(steps)


@settings(max_examples=80, deadline=None)
@given(treated=TREATMENTS, others=st.lists(OTHER_EVENTS, max_size=5), client=CLIENTS, practice=PRACTICES)
def test_no_message_leaves_outside_the_window_of_its_step(
    treated: TreatmentFacts, others: list[Happening], client: ClientFacts, practice: PracticeFacts
) -> None:
    performed = happened(START, treated)
    (draft,) = plan_visit(
        performed.visit,
        others=(),
        running=(),
        book=BOOK,
        practice=practice,
        recipient=client.recipient,
        now=START,
    ).plans
    for message in messages(run([performed, *others], client, practice)):
        windows = [(t.planned_at, t.valid_until) for t in draft.touches if t.function is message.function]
        assert any(first <= message.at <= last for first, last in windows)


@settings(max_examples=80, deadline=None)
@given(
    at=MOMENTS, treated=st.sampled_from([TOXIN, HYDRAFACIAL, PEEL]), client=CLIENTS, practice=PRACTICES, down=MOMENTS
)
def test_a_check_in_comes_one_to_two_days_after_the_visit_or_a_person_calls(
    at: datetime, treated: TreatmentFacts, client: ClientFacts, practice: PracticeFacts, down: datetime
) -> None:
    outage = Outage(at=down, end=down + timedelta(hours=40))
    touches = [t for t in run([happened(at, treated)], client, practice, (outage,)) if t.function is Function.CHECK_IN]
    said = messages(touches)
    assert all(at + timedelta(hours=24) <= t.at <= at + timedelta(hours=48) for t in said)
    assert len(said) == 1 or any(t.channel is Channel.STAFF_TASK for t in touches)


@settings(max_examples=40, deadline=None)
@given(life=LIVES, client=CLIENTS, practice=PRACTICES)
def test_the_same_life_gives_the_same_messages(
    life: list[Happening], client: ClientFacts, practice: PracticeFacts
) -> None:
    assert run(life, client, practice) == run(life, client, practice)


@settings(max_examples=40, deadline=None)
@given(life=LIVES, down=MOMENTS, hours=st.integers(min_value=1, max_value=300))
def test_while_the_worker_is_down_nothing_leaves(life: list[Happening], down: datetime, hours: int) -> None:
    outage = Outage(at=down, end=down + timedelta(hours=hours))
    assert not [t for t in messages(run(life, rosa(), outages=(outage,))) if outage.at <= t.at < outage.end]


def test_a_cancelled_booking_brings_the_reminder_back_at_once() -> None:
    booking = BookingFacts(id="b1", starts_at=START + timedelta(days=100), family="neuromodulator")
    life: list[Happening] = [
        happened(START, TOXIN),
        VisitBooked(at=START + timedelta(days=70), client_id="rosa", booking=booking),
        VisitNotHappening(at=START + timedelta(days=78, hours=1), client_id="rosa", booking_id="b1"),
    ]
    (reminder,) = [t for t in messages(run(life, rosa())) if t.function is Function.REBOOK and t.channel is Channel.SMS]
    assert reminder.at == START + timedelta(days=78, hours=1)


def test_a_visit_entered_after_closing_time_is_never_texted_in_the_past() -> None:
    seen = visit("2026-03-03T08:30", TOXIN, reported=timedelta(hours=36))
    touches = run([VisitPerformed(at=seen.reported_at, client_id="rosa", visit=seen)], rosa())
    check_ins = [t for t in touches if t.function is Function.CHECK_IN]
    assert [(t.channel, t.outcome) for t in check_ins] == [(Channel.SMS, "skipped"), (Channel.STAFF_TASK, "sent")]
    assert all(t.at >= seen.reported_at for t in touches if t.outcome == "sent")


def test_texts_are_worded_for_the_client_and_the_day() -> None:
    touches = simulate(
        [happened(START, TOXIN)],
        clients=[(rosa(granted=EVERY_CONSENT), "phone")],
        practice=PRACTICE,
        book=BOOK,
        until=START.date() + timedelta(days=3),
    )
    (check_in,) = messages(touches)
    assert check_in.text.startswith(
        "Hi Rosa, it's Juniper Skin Studio. How are you feeling after your visit yesterday?"
    )
