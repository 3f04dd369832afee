"""A ban by decree: where it holds, for what, and the sentence that names it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from afterglow.rules.bans import in_force
from afterglow.rules.decisions import Decision, Send, Skip, Wait
from afterglow.rules.facts import BanScope, Blackout, Channel, Purpose, Recipient
from afterglow.rules.hours import closes_after, first_open
from afterglow.rules.permission import choose_channels
from afterglow.rules.protocol import Step
from tests.rules.people import BOOK, HOME, PRACTICE, local, rosa

NOON = local("2026-09-08T12:00")
CHECK_IN, REBOOK = (BOOK.get("neuromodulator").step(key) for key in ("day_1", "rebook"))
IN_LOUISIANA = Recipient(area_code="504", state="LA")
SINCE = "Louisiana: state of emergency since 3 September"


def ban(**told: Any) -> Blackout:
    usual = {
        "state": "LA",
        "scope": BanScope.MARKETING,
        "from_at": local("2026-09-03T08:00"),
        "until_at": None,
        "reason": "state of emergency",
    }
    return Blackout(**{**usual, **told})


def decided(
    step: Step, *bans: Blackout, towards: Recipient = IN_LOUISIANA, now: datetime = NOON, hours: int = 48
) -> Decision:
    return choose_channels(
        step,
        client=rosa(recipient=towards),
        practice=replace(PRACTICE, blackouts=bans),
        now=now,
        valid_until=now + timedelta(hours=hours),
        because="day 75",
    )


def test_marketing_waits_for_the_end_of_the_ban_and_names_it() -> None:
    ends_at = local("2026-09-09T10:00")
    assert decided(REBOOK, ban(until_at=ends_at)) == Wait(ends_at, SINCE)


def test_a_ban_without_an_end_is_waited_out_to_the_messages_own_end_on_no_other_channel() -> None:
    assert decided(REBOOK, ban()) == Wait(NOON + timedelta(hours=48), SINCE)
    assert decided(REBOOK, ban(), hours=0) == Skip(SINCE)


def test_a_ban_that_ends_in_the_night_is_followed_by_the_hours() -> None:
    assert decided(REBOOK, ban(until_at=local("2026-09-09T01:00"))) == Wait(local("2026-09-09T09:00"), SINCE)


@pytest.mark.parametrize(
    "towards",
    [
        Recipient(area_code="504", state="NC"),  # moved away and kept the number
        Recipient(area_code="336", state="LA"),
        Recipient(area_code=None, state=None),  # may be anywhere
    ],
)
def test_a_ban_holds_wherever_the_client_may_be(towards: Recipient) -> None:
    assert decided(REBOOK, ban(), towards=towards).reason == SINCE


def test_the_clinics_own_state_counts_too() -> None:
    assert decided(REBOOK, ban(state="NC"), towards=IN_LOUISIANA).reason.startswith("North Carolina: ")


def test_elsewhere_a_ban_changes_nothing() -> None:
    assert isinstance(decided(REBOOK, ban(), towards=HOME), Send)


def test_a_ban_everywhere_says_so() -> None:
    assert decided(REBOOK, ban(state=""), towards=HOME).reason == "Every state: state of emergency since 3 September"


def test_a_ban_on_marketing_lets_a_check_in_pass() -> None:
    assert isinstance(decided(CHECK_IN, ban()), Send)


def test_under_a_ban_on_everything_a_check_in_waits_if_it_can_and_is_a_call_if_it_cannot() -> None:
    everything = ban(scope=BanScope.EVERYTHING, until_at=local("2026-09-09T10:00"))
    assert decided(CHECK_IN, everything) == Wait(local("2026-09-09T10:00"), SINCE)
    too_long = decided(CHECK_IN, ban(scope=BanScope.EVERYTHING))
    assert isinstance(too_long, Skip)
    assert too_long.reason == SINCE
    assert too_long.task is not None
    assert (too_long.task.kind, too_long.task.reason) == ("call", f"Please check in by phone. {SINCE}.")


def test_an_e_mail_is_no_way_around_a_ban() -> None:
    client = rosa(recipient=IN_LOUISIANA, has_phone=False)
    decision = choose_channels(
        REBOOK, client=client, practice=replace(PRACTICE, blackouts=(ban(),)), now=NOON, valid_until=NOON, because=""
    )
    assert isinstance(decision, Skip)
    assert SINCE in decision.reason


def test_what_is_over_or_still_to_come_stops_nothing() -> None:
    over = ban(until_at=NOON)
    to_come = ban(from_at=NOON + timedelta(hours=1))
    assert isinstance(decided(REBOOK, over, to_come), Send)
    assert in_force((over, to_come), NOON) == ()


def test_the_doors_close_a_quarter_of_an_hour_before_a_ban_begins() -> None:
    begins_at = NOON + timedelta(hours=1)
    practice = replace(PRACTICE, blackouts=(ban(from_at=begins_at),))
    towards: dict[str, Any] = {"practice": practice, "recipient": IN_LOUISIANA, "channel": Channel.SMS}
    assert closes_after(at=NOON, **towards) == begins_at - timedelta(minutes=1)
    assert closes_after(at=begins_at - timedelta(minutes=15), **towards) is None
    assert closes_after(at=NOON, purpose=Purpose.CARE, **towards) == local("2026-09-08T19:59")


def test_several_bans_are_waited_out_one_after_the_other() -> None:
    first = ban(until_at=local("2026-09-08T15:00"))
    second = ban(from_at=local("2026-09-08T14:00"), until_at=local("2026-09-08T17:00"), reason="hurricane")
    assert decided(REBOOK, first, second).reason == "Louisiana: hurricane since 8 September"
    assert decided(REBOOK, second, first) == Wait(local("2026-09-08T17:00"), "Louisiana: hurricane since 8 September")


def test_a_plan_is_made_past_bans_because_they_come_and_go() -> None:
    practice = replace(PRACTICE, blackouts=(ban(scope=BanScope.EVERYTHING),))
    planned = first_open(at=NOON, until=NOON, practice=practice, recipient=IN_LOUISIANA, channel=Channel.SMS)
    assert planned == NOON
