"""The protocols that ship: what is on, when each message goes, and that every text reads well and fits."""

import re
from importlib.resources import files
from itertools import chain

import pytest

from afterglow.rules.facts import Channel, Function, SeasonalRule, TreatmentFacts
from afterglow.rules.protocol import Protocol, Step
from afterglow.rules.protocol_book import NoProtocol, load_library
from afterglow.rules.protocol_file import check_protocol, parse_protocol
from afterglow.rules.seasonal import seasonal_protocol
from afterglow.rules.tokens import SAMPLES, TOKENS
from afterglow.rules.vocabulary import FAMILIES
from afterglow.rules.wording import Rendered, render

ON = [
    "chemical_peel",
    "daxxify",
    "facial",
    "filler_cheeks",
    "filler_dissolve",
    "filler_lips",
    "hydrafacial",
    "laser_hair_removal",
    "microneedling",
    "neuromodulator",
]
DRAFTS = [
    "biostimulator",
    "body_contouring",
    "injection_wellness",
    "ipl",
    "iv_therapy",
    "kybella",
    "laser_resurfacing",
    "prp",
    "rf_microneedling",
    "tattoo_removal",
    "threads",
    "toxin_lip_flip",
    "toxin_masseter",
    "toxin_underarms",
    "vascular_laser",
    "weight_management",
]
ALL = load_library(include_drafts=True)
SEASONAL = seasonal_protocol(
    SeasonalRule(
        id="autumn", family="chemical_peel", month=10, day=15, lookback_years=2, window_days=21, channel=Channel.SMS
    )
)
STEPS = [(protocol, step) for protocol in (*ALL.protocols, SEASONAL) for step in protocol.steps]
TEXTS = [(protocol, step, channel) for protocol, step in STEPS for channel in step.templates]
MINIMAL = {name: "" if token.may_be_empty else token.sample for name, token in TOKENS.items()}

TOXIN_AND_FILLER_CHECK_IN = "day_1 check_in visit: 24 hours to 48 hours by sms, email, staff_task"
FACIAL = [
    TOXIN_AND_FILLER_CHECK_IN,
    "results results visit: 7 days to 14 days by sms, email",
    "rebook rebook visit: 28 days to 35 days by sms, email",
    "reactivate reactivate visit: 90 days to 104 days by sms, email",
]
SCHEDULE = {
    "neuromodulator": [
        TOXIN_AND_FILLER_CHECK_IN,
        "results results visit: 14 days to 17 days by sms, email with email",
        "rebook rebook visit: 75 days to 80 days by sms, email",
        "rebook_nudge rebook visit: 90 days to 97 days by email",
        "reactivate reactivate visit: 120 days to 134 days by voice, sms, email",
    ],
    "daxxify": [
        TOXIN_AND_FILLER_CHECK_IN,
        "results results visit: 14 days to 17 days by sms, email with email",
        "rebook rebook visit: 5 months to 6 months by sms, email",
        "reactivate reactivate window_close: 60 days to 74 days by voice, sms, email",
    ],
    "filler_lips": [
        "same_day check_in visit: 1 hour to 0 days by sms",
        TOXIN_AND_FILLER_CHECK_IN,
        "results results visit: 14 days to 17 days by sms, email",
        "rebook rebook visit: 5 months to 6 months by sms, email",
        "reactivate reactivate window_close: 60 days to 74 days by sms, email",
    ],
    "filler_cheeks": [
        "same_day check_in visit: 1 hour to 0 days by sms",
        TOXIN_AND_FILLER_CHECK_IN,
        "results results visit: 14 days to 17 days by sms, email",
        "rebook rebook visit: 10 months to 11 months by sms, email",
        "reactivate reactivate window_close: 60 days to 74 days by sms, email",
    ],
    "hydrafacial": FACIAL,
    "facial": FACIAL,
    "chemical_peel": FACIAL,
    "microneedling": FACIAL,
    "laser_hair_removal": [
        TOXIN_AND_FILLER_CHECK_IN,
        "next_session rebook visit: 28 days to 42 days by sms, email",
        "next_session_nudge rebook visit: 35 days to 42 days by sms, email",
        "reactivate reactivate visit: 90 days to 104 days by sms, email",
    ],
    "filler_dissolve": [],
}
GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)
GSM7_DOUBLE = frozenset("^{}\\[~]|€")


REVEALING = {"botox", "toxin", "filler", "peel", "laser", "needling", "facial", "injection", "tattoo", "wax", "drip"}
REVEALING |= {"lips", "lip", "cheek", "cheeks", "chin", "jaw", "eye", "eyes", "belly", "arm", "neck", "scalp", "dose"}


def row(step: Step) -> str:
    ways = [*step.channels, *([Channel.STAFF_TASK] if step.has_task_fallback else [])]
    beside = f" with {', '.join(step.together)}" if step.together else ""
    times = f"{step.anchor}: {step.send_after} to {step.valid_for}"
    return f"{step.key} {step.function} {times} by {', '.join(ways)}{beside}"


def read(step: Step, channel: Channel, values: dict[str, str]) -> Rendered:
    rendered = render(step.templates[channel], values)
    assert isinstance(rendered, Rendered), rendered
    return rendered


@pytest.mark.parametrize("name", [*ON, *DRAFTS])
def test_every_file_is_a_protocol_without_a_fault_or_warning(name: str) -> None:
    text = files("afterglow.library").joinpath("protocols", f"{name}.toml").read_text(encoding="utf-8")
    assert check_protocol(text) == ()
    assert parse_protocol(text).key == name
    assert parse_protocol(text).source


def test_what_is_on_is_exactly_what_was_decided() -> None:
    assert [protocol.key for protocol in load_library(include_drafts=False).protocols] == ON
    assert sorted(protocol.key for protocol in ALL.protocols) == sorted([*ON, *DRAFTS])


def test_every_draft_waits_for_a_signature() -> None:
    for protocol in ALL.protocols:
        assert protocol.is_draft == (protocol.key in DRAFTS)
        assert protocol.draft_note == ("draft, for the medical director to sign" if protocol.is_draft else "")


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_a_plan_or_a_draft(family: str) -> None:
    assert isinstance(ALL.find(TreatmentFacts(family=family)), Protocol)


@pytest.mark.parametrize(("key", "rows"), SCHEDULE.items())
def test_the_schedule_is_the_agreed_one(key: str, rows: list[str]) -> None:
    assert [row(step) for step in ALL.get(key).steps] == rows


@pytest.mark.parametrize(
    ("family", "brand", "area", "expected"),
    [
        ("neuromodulator", "daxxify", "", "daxxify"),
        ("neuromodulator", "botox", "lip_flip", "neuromodulator"),
        ("ha_filler", "", "", "filler_lips"),
        ("ha_filler", "", "nose", "filler_lips"),
        ("ha_filler", "juvederm", "chin", "filler_cheeks"),
        ("ha_filler", "", "lips+cheeks", "filler_lips"),
        ("filler_dissolve", "hylenex", "", "filler_dissolve"),
    ],
)
def test_treatments_find_their_plan(family: str, brand: str, area: str, expected: str) -> None:
    found = load_library(include_drafts=False).find(TreatmentFacts(family=family, brand=brand, area=area))
    assert isinstance(found, Protocol)
    assert found.key == expected


def test_a_draft_is_never_used_by_itself() -> None:
    found = load_library(include_drafts=False).find(TreatmentFacts(family="ipl"))
    assert found == NoProtocol("the plan for IPL is a draft that waits for the medical director's signature")


def test_touch_ups_and_classes_are_as_decided() -> None:
    facials = ("hydrafacial", "facial", "chemical_peel", "microneedling")
    assert {ALL.get(key).treatment_class for key in facials} == {"facial"}
    assert {ALL.get(key).touch_up_within_days for key in facials} == {0}
    assert ALL.get("daxxify").treatment_class == "neuromodulator"
    for key in ("neuromodulator", "daxxify", "filler_lips", "filler_cheeks"):
        assert ALL.get(key).touch_up_within_days == 21


def test_dissolving_stops_filler_plans_and_asks_for_a_review() -> None:
    dissolver = ALL.get("filler_dissolve")
    fillers = {ALL.get(key).treatment_class for key in ("filler_lips", "filler_cheeks")}
    assert dissolver.stops_classes == fillers
    assert dissolver.task_on_visit.startswith("Filler was dissolved: please review")


def test_laser_invitations_end_with_the_series() -> None:
    invitations = [s for s in ALL.get("laser_hair_removal").steps if s.function is not Function.CHECK_IN]
    assert {step.conditions.series for step in invitations} == {"unfinished"}
    assert ALL.get("laser_hair_removal").is_per_area


def test_the_same_day_text_is_a_gentle_extra() -> None:
    for key in ("filler_lips", "filler_cheeks"):
        step = ALL.get(key).step("same_day")
        assert (step.is_optional, step.has_task_fallback, step.channels) == (True, False, (Channel.SMS,))
        assert ALL.get(key).has_area_task


@pytest.mark.parametrize(("protocol", "step", "channel"), TEXTS, ids=lambda part: getattr(part, "key", str(part)))
def test_every_text_reads_well_with_everything_and_with_little(
    protocol: Protocol, step: Step, channel: Channel
) -> None:
    for values in (SAMPLES, MINIMAL):
        text = read(step, channel, values).text
        assert SAMPLES["practice.name"] in text
        assert not any(scrap in text for scrap in ("Hi ,", "  ", " .", " ,", "{{", "{%", "..", "?."))
        assert any(invitation in text.lower() for invitation in ("?", "reply", "call", "https://"))


@pytest.mark.parametrize(("protocol", "step"), STEPS, ids=lambda part: part.key)
def test_every_text_message_fits_one_segment(protocol: Protocol, step: Step) -> None:
    if Channel.SMS not in step.templates:
        assert step.key == "rebook_nudge"
        return
    for values in (SAMPLES, MINIMAL):
        text = read(step, Channel.SMS, values).text
        assert set(text) <= GSM7
        assert len(text) + sum(character in GSM7_DOUBLE for character in text) <= 160


@pytest.mark.parametrize(("protocol", "step"), STEPS, ids=lambda part: part.key)
def test_marketing_says_how_to_stop_it_and_care_sells_nothing(protocol: Protocol, step: Step) -> None:
    ways_out = {Channel.SMS: "Reply STOP", Channel.EMAIL: "{{ unsubscribe.link }}", Channel.VOICE: "press 9"}
    for channel, template in step.templates.items():
        is_marketing = step.function in (Function.REBOOK, Function.REACTIVATE)
        assert (ways_out[channel] in template.body) == is_marketing
        assert ("booking.link" in template.body) == (is_marketing and channel is not Channel.VOICE)
        assert "offer." not in template.body or step.function is Function.REACTIVATE


@pytest.mark.parametrize(("protocol", "step"), STEPS, ids=lambda part: part.key)
def test_a_text_message_names_no_treatment(protocol: Protocol, step: Step) -> None:
    if Channel.SMS in step.templates:
        body = step.templates[Channel.SMS].body.lower()
        assert not REVEALING & set(re.findall(r"[a-z]+", body))
        assert not any(token in body for token in ("treatment.name", "treatment.area"))


@pytest.mark.parametrize("key", [*ON, *DRAFTS])
def test_every_check_in_tells_when_and_whom_to_call(key: str) -> None:
    check_ins = [step for step in ALL.get(key).steps if step.function is Function.CHECK_IN]
    bodies = chain.from_iterable(step.templates.values() for step in check_ins)
    assert check_ins or key == "filler_dissolve"
    assert all("practice.urgent_phone" in template.body or "911" in template.body for template in bodies)
