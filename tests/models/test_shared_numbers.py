"""One number, several people: a STOP of one silences all, a consent of one counts for one, caps count everybody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from afterglow.actions.open_practice import open_practice
from afterglow.models import Client, Consent, Message, Practice
from afterglow.models.client_facts import client_facts
from afterglow.models.practice_facts import practice_facts
from afterglow.models.scope import practice_scope
from afterglow.rules.decisions import Decision, Send, Wait
from afterglow.rules.facts import Channel, ClientFacts, PracticeFacts, Purpose
from afterglow.rules.permission import choose_channels
from afterglow.rules.protocol import Step
from tests.actions.providers import NOON
from tests.rules.people import BOOK

pytestmark = pytest.mark.django_db
PHONE, OTHER = "+12075550101", "+12075550102"
CHECK_IN, REBOOK = (BOOK.get("neuromodulator").step(key) for key in ("day_1", "rebook"))
CARE, MARKETING = (Channel.SMS, Purpose.CARE), (Channel.SMS, Purpose.MARKETING)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Home:
    """A practice, a mother and a daughter with one phone, and a stranger with another."""

    practice_id: int
    mother: int
    daughter: int
    stranger: int

    def facts(self) -> dict[int, ClientFacts]:
        with practice_scope(self.practice_id):
            practice = Practice.objects.get(pk=self.practice_id)
            ids = [self.mother, self.daughter, self.stranger]
            return client_facts(practice, practice_facts(practice), ids, now=NOON)

    def decision(self, step: Step, client: int) -> Decision:
        with practice_scope(self.practice_id):
            practice = practice_facts(Practice.objects.get(pk=self.practice_id))
        everything = replace(practice, channels=frozenset(Channel), is_voice_enabled=True)
        return choose_channels(
            step, client=self.facts()[client], practice=everything, now=NOON, valid_until=NOON + 9 * HOUR, because=""
        )


@pytest.fixture
def home() -> Home:
    practice_id = open_practice(name="Glow", timezone="America/New_York", state="ME", now=NOON).practice_id
    with practice_scope(practice_id):
        people = [
            Client.objects.create(
                practice_id=practice_id, identity=name, first_name=name, phone=phone, state="ME", created_at=NOON
            )
            for name, phone in (("Rosa", PHONE), ("Ida", PHONE), ("Mina", OTHER))
        ]
    return Home(practice_id, *(person.pk for person in people))


def say(
    home: Home,
    client: int | None,
    what: tuple[Channel, Purpose],
    *,
    is_grant: bool = True,
    at: datetime = NOON - 5 * HOUR,
    by: str = "",
    phone: str = PHONE,
) -> None:
    with practice_scope(home.practice_id):
        Consent.objects.create(
            practice_id=home.practice_id,
            client_id=client,
            address=phone,
            channel=what[0].value,
            purpose=what[1].value,
            status="granted" if is_grant else "revoked",
            evidence="",
            source="test",
            recorded_by=by,
            at=at,
        )


def stop(home: Home, *, at: datetime = NOON - HOUR) -> None:
    """What a STOP from the number leaves: words of nobody in particular."""
    for what in (CARE, MARKETING):
        say(home, None, what, is_grant=False, at=at)


def test_the_consent_of_one_is_no_consent_of_the_other(home: Home) -> None:
    say(home, home.mother, MARKETING)
    assert isinstance(home.decision(REBOOK, home.mother), Send)
    assert not isinstance(home.decision(REBOOK, home.daughter), Send)


def test_a_stop_from_the_number_silences_everybody_at_it_and_nobody_else(home: Home) -> None:
    for client in (home.mother, home.daughter):
        say(home, client, CARE)
    say(home, home.stranger, CARE, phone=OTHER)
    stop(home)
    reasons = [home.decision(CHECK_IN, client).reason for client in (home.mother, home.daughter)]
    assert all("the client stopped texts on 18 November 2026" in reason for reason in reasons)
    assert isinstance(home.decision(CHECK_IN, home.stranger), Send)


def test_what_one_takes_back_at_the_desk_leaves_the_other_alone(home: Home) -> None:
    for client in (home.mother, home.daughter):
        say(home, client, MARKETING)
    say(home, home.daughter, MARKETING, is_grant=False, at=NOON - HOUR)
    assert isinstance(home.decision(REBOOK, home.mother), Send)
    assert not isinstance(home.decision(REBOOK, home.daughter), Send)


def test_a_new_visit_of_one_does_not_open_the_number_again_for_either(home: Home) -> None:
    stop(home)
    say(home, home.mother, CARE, at=NOON - HOUR / 2)  # claimed by the booking system
    for client in (home.mother, home.daughter):
        assert not isinstance(home.decision(CHECK_IN, client), Send)


def test_the_cap_of_a_number_counts_what_everybody_at_it_got(home: Home) -> None:
    for client in (home.mother, home.daughter):
        say(home, client, CARE)
    with practice_scope(home.practice_id):
        for hours, client in enumerate((home.mother, home.mother, home.daughter), start=1):
            Message.objects.create(
                practice_id=home.practice_id,
                client_id=client,
                direction="out",
                channel="sms",
                address=PHONE,
                body="Hello",
                status="delivered",
                at=NOON - hours * HOUR,
            )
    for client in (home.mother, home.daughter):
        decision = home.decision(replace(CHECK_IN, has_task_fallback=False), client)
        assert "3 messages to one number in 24 hours" in decision.reason
        assert not isinstance(decision, Send)
    later = choose_channels(
        CHECK_IN,
        client=home.facts()[home.daughter],
        practice=practice_facts_of(home),
        now=NOON,
        valid_until=NOON + 40 * HOUR,
        because="",
    )
    assert isinstance(later, Wait)
    assert later.until == NOON + 21 * HOUR


def practice_facts_of(home: Home) -> PracticeFacts:
    with practice_scope(home.practice_id):
        practice = practice_facts(Practice.objects.get(pk=home.practice_id))
    return replace(practice, channels=frozenset(Channel))


KEYS = list(product([Channel.SMS], [Purpose.CARE, Purpose.MARKETING]))
words = st.tuples(
    st.sampled_from(["mother", "daughter", "number"]),
    st.sampled_from(KEYS),
    st.booleans(),
    st.sampled_from(["", "Kit"]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(words, max_size=8))
def test_after_any_history_nothing_goes_out_against_the_newest_word(
    home: Home, said: list[tuple[str, tuple[Channel, Purpose], bool, str]]
) -> None:
    with practice_scope(home.practice_id):
        Consent.objects.filter(practice=home.practice_id).delete()
    for n, (who, what, is_grant, by) in enumerate(said):
        client = {"mother": home.mother, "daughter": home.daughter}.get(who)
        say(home, client, what, is_grant=is_grant, by=by, at=NOON - (20 - n) * HOUR)
    for who, step in product(("mother", "daughter"), (CHECK_IN, REBOOK)):
        mine = [(what, is_grant, by) for speaker, what, is_grant, by in said if speaker in (who, "number")]
        about = [is_grant for what, is_grant, _ in mine if what == (Channel.SMS, step.purpose)]
        if not about or not about[-1]:
            decision = home.decision(step, home.mother if who == "mother" else home.daughter)
            assert not (isinstance(decision, Send) and Channel.SMS in decision.channels)
        stopped = max(
            (n for n, (s, what, g, _) in enumerate(said) if s == "number" and what == CARE and not g), default=-1
        )
        reopened = any(g and by for s, _, g, by in said[stopped + 1 :] if s in (who, "number"))
        if stopped >= 0 and not reopened:
            decision = home.decision(step, home.mother if who == "mother" else home.daughter)
            assert not (isinstance(decision, Send) and Channel.SMS in decision.channels)
