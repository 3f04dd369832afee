"""ActiveCampaign starts the practice's own automation once for each message, whatever breaks on the way."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import timedelta

import pytest
from aiohttp import web

from afterglow.channels.config_check import ConfigFault
from afterglow.channels.contract import Absent, Accepted, CannotTell, Found, LookUp, Outcome, Refused, Unknown
from afterglow.channels.email.activecampaign import ActiveCampaignSender, from_config
from afterglow.rules.facts import Function
from tests.channels.activecampaign import ROSA, ActiveCampaign, Answer, account, rebook, sent, told
from tests.channels.samples import NOON, TEXT, TOKEN, serving


def test_a_tag_starts_the_step_s_automation_and_no_treatment_is_told() -> None:
    outcome, there = sent()

    assert outcome == Accepted("contactTag:7")
    assert there.contacts == {ROSA: {"id": "12", "email": ROSA, "firstName": "Rosa"}}
    assert [entry["tag"] for entry in there.tagged] == ["20"]
    assert (there.started, there.events) == (1, [])


def test_an_automation_can_be_started_by_its_number() -> None:
    outcome, there = sent(rebook(function=Function.RESULTS))

    assert outcome == Accepted("contactAutomation:7")
    assert [entry["automation"] for entry in there.automations] == ["3"]


def test_the_text_is_handed_over_only_into_a_field_that_the_practice_names() -> None:
    _, there = sent(settings={"text_field": "9"})

    assert there.contacts[ROSA]["fieldValues"] == [{"field": "9", "value": TEXT}]


def test_a_start_is_noted_among_the_contact_s_events_with_our_own_id() -> None:
    tracking = {"event_account": "5", "event_key": "k", "event_address": "HERE/event"}

    _, there = sent(settings=tracking)

    visit = json.dumps({"email": ROSA})
    assert there.events == [
        {"actid": "5", "key": "k", "event": "afterglow_started", "eventdata": TOKEN, "visit": visit}
    ]


def test_the_same_message_sent_again_starts_nothing_again() -> None:
    outcome, there = sent(rebook(), rebook())

    assert (outcome, there.started) == (Accepted("contactTag:7"), 1)


def test_the_same_automation_for_the_same_message_is_started_once() -> None:
    results = rebook(function=Function.RESULTS)

    outcome, there = sent(results, results)

    assert (outcome, there.started) == (Accepted("contactAutomation:7"), 1)


def test_a_tag_left_from_last_time_is_renewed_so_that_the_automation_starts_again() -> None:
    old = {"contact": "12", "tag": "20", "id": "1", "cdate": (NOON - timedelta(days=90)).isoformat()}

    outcome, there = sent(tagged=[old], contacts={ROSA: {"id": "12"}})

    assert (outcome, there.started) == (Accepted("contactTag:7"), 1)
    assert [entry["id"] for entry in there.tagged] == ["7"]


@pytest.mark.parametrize("function", [Function.CHECK_IN, Function.REACTIVATE, None])
def test_a_step_that_nothing_is_set_up_for_says_which_setting_is_missing(function: Function | None) -> None:
    outcome, there = sent(rebook(function=function))

    assert isinstance(outcome, Refused)
    assert outcome.kind == "content"
    assert (f"automation_{function}" if function else "no step") in outcome.detail
    assert there.asked == []


def test_a_misspelt_tag_is_noticed_and_not_made() -> None:
    outcome, there = sent(settings={"tag_rebook": "Time to"})

    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.detail) == ("content", "ActiveCampaign knows no tag called Time to")
    assert there.started == 0


def saying(status: int, path: str, **headers: str) -> Answer:
    def answer(request: web.Request) -> web.StreamResponse | None:
        return web.Response(status=status, headers=headers) if request.path.endswith(path) else None

    return answer


@pytest.mark.parametrize(
    ("status", "path", "kind"),
    [
        (403, "contact/sync", "configuration"),
        (429, "contact/sync", "rate"),
        (503, "contact/sync", "unavailable"),
        (422, "contact/sync", "configuration"),
        (403, "/tags", "configuration"),
        (429, "/tags", "rate"),
        (500, "/tags", "unavailable"),
        (503, "/12/contactTags", "unavailable"),
        (404, "/3/contactTags", "configuration"),
        (429, "/3/contactTags", "rate"),
    ],
)
def test_a_no_says_what_kind_it_is_and_nothing_was_started(status: int, path: str, kind: str) -> None:
    outcome, there = sent(says_first=saying(status, path, **{"Retry-After": "2"}))

    assert isinstance(outcome, Refused)
    assert (outcome.kind, there.started) == (kind, 0)
    assert outcome.retry_after == (timedelta(seconds=2) if kind == "rate" else None)
    assert "rosa" not in outcome.detail.lower()


def test_an_address_that_is_none_is_refused_as_such() -> None:
    outcome, _ = sent(rebook(to="rosa"))

    assert isinstance(outcome, Refused)
    assert outcome.kind == "invalid_address"


def test_a_wrong_key_is_a_matter_of_configuration() -> None:
    outcome, _ = sent(settings={"api_token": "another"})

    assert isinstance(outcome, Refused)
    assert outcome.kind == "configuration"


@pytest.mark.parametrize("function", [Function.REBOOK, Function.RESULTS])
def test_a_line_that_breaks_after_the_start_is_in_doubt_until_asked(function: Function) -> None:
    async def story(there: ActiveCampaign, sender: ActiveCampaignSender) -> tuple[Outcome, LookUp, Outcome]:
        lost = await sender.send(rebook(function=function))
        there.drops_after = ""
        return lost, await sender.look_up(rebook(function=function)), await sender.send(rebook(function=function))

    kind = "contactTag" if function is Function.REBOOK else "contactAutomation"
    (lost, found, again), there = told(story, drops_after=f"POST /api/3/{kind}s")

    assert isinstance(lost, Unknown)
    assert (found, again) == (Found(f"{kind}:7"), Accepted(f"{kind}:7"))
    assert there.started == 1


def test_a_line_that_breaks_before_the_start_leaves_no_doubt() -> None:
    outcome, there = sent(drops_after="POST /api/3/contact/sync")

    assert isinstance(outcome, Refused)
    assert (outcome.kind, there.started) == ("unavailable", 0)


def test_what_was_never_started_is_known_to_be_absent() -> None:
    async def story(there: ActiveCampaign, sender: ActiveCampaignSender) -> list[LookUp]:
        stranger = await sender.look_up(rebook())
        await sender.send(rebook(created_at=NOON - timedelta(days=2)))
        there.tagged[0]["cdate"] = (NOON - timedelta(days=2)).isoformat()
        earlier = await sender.look_up(rebook())
        other = await sender.look_up(rebook(created_at=NOON - timedelta(days=2)), but_not=frozenset({"contactTag:7"}))
        return [stranger, earlier, other]

    found, _ = told(story)

    assert found == [Absent(), Absent(), Absent()]


def test_a_look_up_that_fails_tells_nothing() -> None:
    async def story(there: ActiveCampaign, sender: ActiveCampaignSender) -> list[LookUp]:
        return [await sender.look_up(rebook()), await sender.look_up(rebook(function=Function.CHECK_IN))]

    found, _ = told(story, says_first=saying(500, "/contacts"))

    assert [type(each) for each in found] == [CannotTell, CannotTell]


def test_nobody_listening_means_nothing_left(unused_tcp_port: int) -> None:
    async def story() -> Outcome:
        async with from_config(account(f"http://127.0.0.1:{unused_tcp_port}")) as sender:
            return await sender.send(rebook())

    outcome = asyncio.run(story())
    assert isinstance(outcome, Refused)
    assert outcome.kind == "unavailable"


def test_an_answer_that_nobody_can_read_starts_nothing() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")

    async def story() -> Outcome:
        async with serving(babble) as port, from_config(account(f"http://127.0.0.1:{port}")) as sender:
            return await sender.send(rebook())

    outcome = asyncio.run(story())
    assert isinstance(outcome, Refused)
    assert outcome.kind == "unavailable"


def test_a_message_whose_time_is_over_starts_nothing() -> None:
    outcome, there = sent(rebook(expires_at=NOON))

    assert isinstance(outcome, Refused)
    assert (outcome.kind, there.asked) == ("expired", [])


def test_five_requests_a_second_are_never_exceeded_by_the_pace_it_asks_for() -> None:
    _, there = sent()
    pace = from_config(account("https://glow.example.test")).capabilities.per_second

    assert pace is not None
    assert pace * len(there.asked) <= 5


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"tag_rebook": "", "automation_results": ""}, "Say what starts your automations"),
        ({"automation_rebook": "4"}, "Give tag_rebook or automation_rebook, not both"),
        ({"event_account": "5"}, "Event tracking needs event_account and event_key"),
        ({"address": "http://glow.example.test"}, "The setting address must begin with https://"),
        ({"event_address": "http://glow.example.test"}, "The setting event_address must begin with https://"),
    ],
)
def test_an_account_is_checked_before_it_is_used(changes: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigFault, match=sentence):
        from_config(account("https://glow.example.test", **changes))


def test_the_log_holds_no_address_and_no_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="afterglow")

    sent(settings={"text_field": "9"})

    assert "rosa" not in caplog.text.lower()
