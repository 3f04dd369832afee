"""What a client reads is complete and safe, or the message is held with a reason."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterglow.rules.facts import PracticeFacts, Series, TreatmentFacts
from afterglow.rules.letter import as_html
from afterglow.rules.protocol import Template
from afterglow.rules.tokens import SAMPLES, TOKENS, Links, Offer, day_text, given_name, tokens_for
from afterglow.rules.wording import Held, Rendered, render

TODAY = date(2026, 3, 11)  # a Wednesday
GLOWHOUSE = PracticeFacts(name="Glowhouse", phone="(555) 010-0100", address="1 Main St, Bath, ME 04530")


def tokens(**changes: object) -> dict[str, str]:
    facts: dict[str, object] = {
        "practice": GLOWHOUSE,
        "treatment": TreatmentFacts(family="hydrafacial"),
        "first_name": "Rosa",
        "provider": "Hale",
        "visit_on": TODAY - timedelta(days=1),
        "today": TODAY,
    }
    return tokens_for(**{**facts, **changes})  # type: ignore[arg-type]


def read(body: str, values: dict[str, str]) -> str:
    rendered = render(Template(body=body), values)
    return rendered.text if isinstance(rendered, Rendered) else f"held: {rendered.reason}"


NO_TOKEN = 'held: there is no token "client.frist_name"; did you mean "client.first_name"?'
GREETING = 'Hi {{ client.first_name | default: "there" }}, it\'s {{ practice.name }}.'


@pytest.mark.parametrize(
    ("body", "first_name", "text"),
    [
        (GREETING, "Rosa", "Hi Rosa, it's Glowhouse."),
        (GREETING, "", "Hi there, it's Glowhouse."),
        ("Hi {{ client.first_name }},", "", "held: the client's first name is missing and the text has no fallback"),
        (
            'Hi {{ client.first_name | default: "" }},',
            "",
            "held: the client's first name is missing and the text has no fallback",
        ),
        ("Hi{% if client.first_name %} {{ client.first_name }}{% endif %},", "", "Hi,"),
        ("Well {% if client.first_name %}{{ client.first_name }}{% endif %} done", "", "Well done"),
        ("A\n\n{% if offer.text %}{{ offer.text }}{% endif %}\n\nB", "", "A\n\nB"),
        ("Hi {{ client.frist_name }}", "Rosa", NO_TOKEN),
        ("Hi {{ client.first_name | shout }}", "Rosa", 'held: there is no filter "shout"'),
        ("{% for x in client %}{% endfor %}", "Rosa", 'held: texts know only "if", "unless" and "comment", not "for"'),
    ],
)
def test_a_text_is_complete_or_held(body: str, first_name: str, text: str) -> None:
    assert read(body, tokens(first_name=first_name)) == text


def test_liquid_in_a_value_stays_text() -> None:
    assert read("For you: {{ offer.text }}", tokens(offer=Offer(text="{{ practice.phone }}"))) == (
        "For you: {{ practice.phone }}"
    )


def test_a_value_cannot_add_lines_or_hide_text() -> None:
    assert read("{{ product.name }}!", tokens(product="mild\r\ncream\u202e\u200b\x07")) == "mild cream!"


def test_a_missing_value_in_the_subject_holds_the_email() -> None:
    template = Template(body="Hello", subject="For {{ client.first_name }}")
    assert isinstance(render(template, tokens(first_name="")), Held)
    assert render(template, tokens()) == Rendered("Hello", "For Rosa")


def test_a_message_without_the_practice_name_is_held() -> None:
    nameless = tokens(practice=PracticeFacts(name=""))
    assert read(GREETING, nameless) == "held: the practice's name is missing and the text has no fallback"


@given(st.text(max_size=60), st.text(max_size=30))
def test_no_name_can_break_a_message(first_name: str, product: str) -> None:
    text = read(GREETING + ' {{ product.name | default: "cream" }}.', tokens(first_name=first_name, product=product))
    assert text.startswith("Hi ")
    assert not text.startswith("Hi ,")
    assert "\n" not in text


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("Rosa", "Rosa"),
        ("  ROSA ", "Rosa"),
        ("rosa", "Rosa"),
        ("Mary-Ann", "Mary-Ann"),
        ("O\u2019Neil", "O'Neil"),
        ("Rosa (VIP)", "Rosa"),
        ("J. Zoë", "J. Zoë"),
        ("JD", "JD"),
        ("Rosa 555-0101", "Rosa"),
        ("http://evil.test", ""),
        ("evil.test", ""),
        ("rosa@example.test", ""),
        ("12345", ""),
        ("N/A", ""),
        ("Walk-in", ""),
        ("", ""),
        ("x" * 200, ""),
    ],
)
def test_only_a_name_is_repeated_to_a_client(entry: str, name: str) -> None:
    assert given_name(entry) == name


@pytest.mark.parametrize(
    ("days_ago", "text"),
    [
        (0, "today"),
        (1, "yesterday"),
        (2, "on Monday"),
        (6, "on Thursday"),
        (7, "on March 4"),
        (45, "on January 25"),
        (400, "on February 4, 2025"),
    ],
)
def test_the_day_of_the_visit_is_said_as_people_say_it(days_ago: int, text: str) -> None:
    assert day_text(TODAY - timedelta(days=days_ago), today=TODAY) == text


def test_a_treatment_is_named_only_where_the_practice_chose_so() -> None:
    open_practice = PracticeFacts(name="Glowhouse", has_named_treatments=True)
    assert tokens()["treatment.alias"] == "your visit"
    assert tokens(practice=open_practice)["treatment.alias"] == "your HydraFacial"


@pytest.mark.parametrize(
    ("treatment", "name", "area"),
    [
        (TreatmentFacts(family="neuromodulator", brand="botox", area="crows_feet"), "Botox", "crow's feet"),
        (TreatmentFacts(family="neuromodulator", brand="botox+dysport"), "wrinkle relaxer", ""),
        (TreatmentFacts(family="ha_filler", brand="juvederm", area="lips+chin"), "filler", "lips and chin"),
        (TreatmentFacts(family="laser_hair_removal", area="other"), "laser hair removal", ""),
        (TreatmentFacts(family="none"), "treatment", ""),
    ],
)
def test_treatments_and_areas_are_said_in_a_clients_words(treatment: TreatmentFacts, name: str, area: str) -> None:
    values = tokens(treatment=treatment)
    assert (values["treatment.name"], values["treatment.area"]) == (name, area)


@pytest.mark.parametrize(
    ("series", "done", "total"),
    [
        (Series(session=2, total=3), "2", "3"),
        (Series(session=3, total=3), "", ""),
        (Series(session=2, total=None), "", ""),
        (None, "", ""),
    ],
)
def test_a_series_is_mentioned_only_while_sessions_are_left(series: Series | None, done: str, total: str) -> None:
    values = tokens(treatment=TreatmentFacts(family="facial", series=series))
    assert (values["series.done"], values["series.total"]) == (done, total)


def test_every_token_gets_a_value_or_an_honest_blank() -> None:
    values = tokens(links=Links(aftercare="https://a.test/c"), open_slots=0, offer=Offer(expires_on=date(2026, 5, 31)))
    assert values.keys() == TOKENS.keys() == SAMPLES.keys()
    assert values["availability.open_slots"] == ""
    assert values["offer.expires"] == "May 31"
    assert values["practice.urgent_phone"] == GLOWHOUSE.phone


def test_an_email_is_escaped_and_only_web_addresses_become_links() -> None:
    page = as_html("<b>Hi</b> javascript:alert(1) see https://a.test/x?y=1&z=2.", practice=GLOWHOUSE)
    assert "&lt;b&gt;Hi&lt;/b&gt; javascript:alert(1)" in page
    assert '<a class="link" href="https://a.test/x?y=1&amp;z=2"' in page
    assert page.count("<a ") == 1


def test_a_line_with_a_link_becomes_a_button() -> None:
    page = as_html("Hello\n\nChoose your time: https://a.test/b", practice=GLOWHOUSE)
    assert '<a class="button" href="https://a.test/b"' in page
    assert ">Choose your time</a>" in page


def test_an_email_always_carries_the_postal_address_once() -> None:
    signed = f"Hello\n\n--\nGlowhouse\n{GLOWHOUSE.address}\nNo more: https://a.test/u"
    for text in ("Hello", signed):
        assert as_html(text, practice=GLOWHOUSE).count(GLOWHOUSE.address) == 1


@given(st.text(max_size=200))
def test_no_text_can_smuggle_markup_into_an_email(text: str) -> None:
    plain = as_html("", practice=GLOWHOUSE)
    page = as_html(text, practice=GLOWHOUSE, subject=text)
    assert page.count("<script") == 0
    assert page.count("<table") == plain.count("<table")
