"""The next lawful moment for a message, and the sentence that says why it moved."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterglow.rules.facts import Channel, PracticeFacts, Recipient, SendWindow
from afterglow.rules.hours import Open, Shut, next_open
from afterglow.rules.state_rules import rules_by_state

ALL_DAY = SendWindow(opens_at=time(0), closes_at=time(0))
WEEK = timedelta(days=7)

DALLAS = PracticeFacts(timezone="America/Chicago", state="TX")
SALT_LAKE = PracticeFacts(timezone="America/Denver", state="UT")
NEW_YORK = PracticeFacts(timezone="America/New_York", state="NY")
PROVIDENCE = PracticeFacts(timezone="America/New_York", state="RI")
ATLANTA = PracticeFacts(timezone="America/New_York", state="GA")

EL_PASO = Recipient(area_code="915", state="TX")
UTAHN = Recipient(area_code="801", state="UT")
NEW_YORKER = Recipient(area_code="212", state="NY")
ANGELENO = Recipient(area_code="213", state="CA")
RHODE_ISLANDER = Recipient(area_code="401", state="RI")
ATLANTAN = Recipient(area_code="404", state="GA")
NOBODY_KNOWS = Recipient(area_code=None, state=None)


def local(practice: PracticeFacts, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(practice.timezone))


def asked(
    practice: PracticeFacts, recipient: Recipient, at: str, *, channel: Channel = Channel.SMS, within: timedelta = WEEK
) -> tuple[str, str]:
    """The clinic's wall time of the answer, and why it moved."""
    moment = local(practice, at)
    answer = next_open(at=moment, until=moment + within, practice=practice, recipient=recipient, channel=channel)
    if isinstance(answer, Shut):
        return "", answer.reason
    return f"{answer.at.astimezone(ZoneInfo(practice.timezone)):%Y-%m-%dT%H:%M}", answer.reason


@pytest.mark.parametrize(
    ("practice", "recipient", "at", "goes_at", "because"),
    [
        (NEW_YORK, NEW_YORKER, "2026-07-01T11:00", "2026-07-01T11:00", ""),
        (NEW_YORK, NEW_YORKER, "2026-07-01T03:00", "2026-07-01T09:00", "outside the practice's hours"),
        (
            NEW_YORK,
            NEW_YORKER,
            "2026-07-01T19:45",
            "2026-07-02T09:00",
            "too late for today: the practice's hours end at 20:00",
        ),
        (
            NEW_YORK,
            ANGELENO,
            "2026-07-01T09:00",
            "2026-07-01T11:00",
            "federal law allows no texts before 8:00; 8:00 at the client's place is 11:00 here",
        ),
        (
            DALLAS,
            EL_PASO,
            "2026-07-01T09:00",
            "2026-07-01T10:00",
            "Texas allows no texts before 9:00; 9:00 at the client's place is 10:00 here",
        ),
        (  # a Sunday in Texas: not before noon Mountain
            DALLAS,
            EL_PASO,
            "2026-07-05T09:00",
            "2026-07-05T13:00",
            "Texas allows no texts before 12:00; 12:00 at the client's place is 13:00 here",
        ),
        (SALT_LAKE, UTAHN, "2026-07-05T10:00", "2026-07-06T09:00", "Utah allows no texts on Sundays"),
        (SALT_LAKE, UTAHN, "2026-07-24T10:00", "2026-07-25T09:00", "Utah allows no texts on Pioneer Day"),
        (
            PROVIDENCE,
            RHODE_ISLANDER,
            "2026-07-01T17:45",
            "2026-07-02T09:00",
            "too late for today: Rhode Island allows no texts after 18:00",
        ),
        (
            PROVIDENCE,
            RHODE_ISLANDER,
            "2026-08-10T12:00",
            "2026-08-11T09:00",
            "Rhode Island allows no texts on Victory Day",
        ),
        (
            NEW_YORK,
            NOBODY_KNOWS,
            "2026-07-01T09:00",
            "2026-07-01T14:00",
            (
                "the client's number cannot be placed: federal law allows no texts before 8:00; "
                "8:00 in Honolulu is 14:00 here"
            ),
        ),
    ],
)
def test_a_text_goes_at_the_first_lawful_moment_and_says_why(
    practice: PracticeFacts, recipient: Recipient, at: str, goes_at: str, because: str
) -> None:
    assert asked(practice, recipient, at) == (goes_at, because)


def test_a_federal_holiday_counts_where_the_state_does_not_keep_it_too() -> None:
    new_orleans = PracticeFacts(timezone="America/Chicago", state="LA")
    said = asked(new_orleans, Recipient(area_code="504", state="LA"), "2026-10-12T12:00")
    assert said == ("2026-10-13T09:00", "Louisiana allows no texts on Columbus Day")


def test_a_number_that_cannot_be_placed_waits_in_winter_for_the_aleutians() -> None:
    assert asked(NEW_YORK, NOBODY_KNOWS, "2026-12-02T09:00")[0] == "2026-12-02T13:00"


def test_a_number_that_cannot_be_placed_keeps_every_states_weekend() -> None:
    assert asked(NEW_YORK, NOBODY_KNOWS, "2026-07-10T18:00")[0] == "2026-07-13T14:00"  # Friday evening to Monday


def test_the_strictest_state_counts_not_the_nearest() -> None:
    utahn_in_atlanta = Recipient(area_code="801", state="GA")
    assert asked(ATLANTA, ATLANTAN, "2026-07-05T12:00")[0] == "2026-07-05T12:00"
    assert asked(ATLANTA, utahn_in_atlanta, "2026-07-05T12:00") == (
        "2026-07-06T10:00",
        "Utah allows no texts on Sundays",
    )


def test_email_keeps_only_the_practices_hours() -> None:
    assert asked(SALT_LAKE, UTAHN, "2026-07-05T10:00", channel=Channel.EMAIL) == ("2026-07-05T10:00", "")
    assert asked(SALT_LAKE, UTAHN, "2026-07-05T08:00", channel=Channel.EMAIL)[0] == "2026-07-05T09:00"


def test_maine_has_hours_of_its_own_for_calls() -> None:
    portland = PracticeFacts(timezone="America/New_York", state="ME")
    mainer = Recipient(area_code="207", state="ME")
    saturday, evening = "2026-07-11T12:00", "2026-07-08T17:00"
    assert asked(portland, mainer, saturday, channel=Channel.VOICE) == (
        "2026-07-13T09:00",
        "Maine allows no automated calls on Saturdays",
    )
    assert asked(portland, mainer, evening, channel=Channel.VOICE)[0] == "2026-07-09T09:00"
    assert asked(portland, mainer, saturday)[0] == saturday
    assert asked(portland, mainer, evening)[0] == evening


def test_nothing_leaves_on_a_day_the_practice_is_closed() -> None:
    closed = PracticeFacts(timezone="America/New_York", state="NY", closed_on=frozenset({date(2026, 12, 25)}))
    expected = ("2026-12-26T09:00", "the practice is closed on 25 December")
    assert asked(closed, NEW_YORKER, "2026-12-24T21:00") == expected
    assert asked(closed, NEW_YORKER, "2026-12-25T12:00") == expected
    assert asked(closed, NEW_YORKER, "2026-12-25T12:00", channel=Channel.EMAIL) == expected


def test_no_lawful_moment_in_time_is_said_with_the_reason() -> None:
    until_sunday_night = timedelta(hours=12)
    assert asked(SALT_LAKE, UTAHN, "2026-07-05T10:00", within=until_sunday_night) == (
        "",
        "Utah allows no texts on Sundays",
    )


def test_the_last_moment_itself_still_counts() -> None:
    assert asked(DALLAS, EL_PASO, "2026-07-01T09:00", within=timedelta(hours=1))[0] == "2026-07-01T10:00"
    assert asked(DALLAS, EL_PASO, "2026-07-01T09:00", within=timedelta(minutes=59))[0] == ""


def test_a_message_past_its_last_moment_never_goes() -> None:
    assert asked(NEW_YORK, NEW_YORKER, "2026-07-01T11:00", within=-timedelta(minutes=1)) == (
        "",
        "its last moment has passed",
    )


def test_a_practice_that_never_opens_never_sends() -> None:
    never = PracticeFacts(window=SendWindow(weekdays=frozenset()))
    assert asked(never, NEW_YORKER, "2026-07-01T11:00", within=timedelta(days=3000))[0] == ""


def test_the_doors_close_fifteen_minutes_early() -> None:
    assert asked(NEW_YORK, NEW_YORKER, "2026-07-01T19:44")[0] == "2026-07-01T19:44"
    assert asked(NEW_YORK, NEW_YORKER, "2026-07-01T19:45")[0] == "2026-07-02T09:00"


def test_midnight_is_no_closing_hour_for_those_who_are_open_around_it() -> None:
    always = PracticeFacts(window=ALL_DAY)
    assert asked(always, NEW_YORKER, "2026-07-01T23:55", channel=Channel.EMAIL)[0] == "2026-07-01T23:55"
    assert asked(always, NEW_YORKER, "2026-07-01T23:55")[0] == "2026-07-02T08:00"


@pytest.mark.parametrize(
    ("night", "hours_of_night"),
    [("2026-03-07T21:00", 11), ("2026-10-31T21:00", 13), ("2026-06-06T21:00", 12)],
)
def test_a_night_is_as_long_as_the_clocks_make_it(night: str, hours_of_night: int) -> None:
    asked_at = local(NEW_YORK, night)
    answer = next_open(at=asked_at, until=asked_at + WEEK, practice=NEW_YORK, recipient=NEW_YORKER, channel=Channel.SMS)
    assert isinstance(answer, Open)
    assert answer.at.astimezone(UTC) - asked_at.astimezone(UTC) == timedelta(hours=hours_of_night)
    assert answer.at.astimezone(ZoneInfo("America/New_York")).time() == time(9)


def test_hours_that_the_clocks_skip_or_repeat_are_read_the_strict_way() -> None:
    early = PracticeFacts(window=SendWindow(opens_at=time(2, 30), closes_at=time(5)))
    assert asked(early, NEW_YORKER, "2026-03-08T00:00", channel=Channel.EMAIL)[0] == "2026-03-08T03:30"
    night = PracticeFacts(window=SendWindow(opens_at=time(0), closes_at=time(1, 30)))
    second_reading = datetime(2026, 11, 1, 6, 10, tzinfo=UTC)  # 1:10 for the second time
    answer = next_open(
        at=second_reading, until=second_reading + WEEK, practice=night, recipient=NEW_YORKER, channel=Channel.EMAIL
    )
    assert isinstance(answer, Open)
    assert answer.at > second_reading


def test_the_answer_is_in_the_zone_of_the_question() -> None:
    at = datetime(2026, 7, 1, 8, tzinfo=UTC)
    answer = next_open(at=at, until=at + WEEK, practice=NEW_YORK, recipient=NEW_YORKER, channel=Channel.SMS)
    assert isinstance(answer, Open)
    assert answer.at.isoformat() == "2026-07-01T13:00:00+00:00"


def test_a_moment_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 7, 1, 8)  # noqa: DTZ001
    with pytest.raises(TypeError):
        next_open(at=naive, until=naive, practice=NEW_YORK, recipient=NEW_YORKER, channel=Channel.SMS)


@settings(max_examples=40, deadline=None)
@given(day=st.integers(0, 364), area_code=st.sampled_from(["212", "915", "801", "401", "808", "605", "928", "907"]))
def test_asking_later_never_gives_an_earlier_moment(day: int, area_code: str) -> None:
    recipient = Recipient(area_code=area_code, state=None)
    asked_at = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day, hours=hour) for hour in range(0, 48, 3)]
    answers = [
        next_open(at=at, until=at + 2 * WEEK, practice=NEW_YORK, recipient=recipient, channel=Channel.SMS)
        for at in asked_at
    ]
    moments = [answer.at for answer in answers if isinstance(answer, Open)]
    assert len(moments) == len(asked_at)
    assert all(earlier <= later for earlier, later in pairwise(moments))


def test_every_row_of_the_table_says_how_sure_it_is_and_where_it_comes_from() -> None:
    for rules in rules_by_state().values():
        for rule in rules:
            assert rule.confidence in {"high", "medium", "low"}
            assert rule.source
