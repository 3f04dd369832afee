"""Bare keywords, in all the dress people put on them, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from afterglow.rules.optout import Keyword, read_keyword

PER_SE = ["stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe"]
GATEWAYS = ["stopall", "stop all", "optout", "opt-out", "remove"]
SPANISH = ["para", "alto", "parar", "baja", "no más", "cancelar"]


@pytest.mark.parametrize("word", PER_SE + GATEWAYS + SPANISH)
@pytest.mark.parametrize(
    "dress", ["{}", "{}.", "{}!!!", " {} 🙏", "“{}”", "{}\n\nSent from my iPhone", "please {}", "{} thanks"]
)
def test_a_word_that_ends_texting_ends_it_in_any_dress(word: str, dress: str) -> None:
    assert read_keyword(dress.format(word)) is Keyword.STOP
    assert read_keyword(dress.format(word).upper()) is Keyword.STOP


@pytest.mark.parametrize(
    "text",
    [
        "stop please",
        "STOP STOP STOP",
        "stooop",
        "stahp",
        "s.t.o.p",
        "\uff33\uff34\uff2f\uff30",  # full-width letters
        "🛑",
        "🚫 🚫",
        "Please stop texting me",
        "can you please stop messaging me",
        "stop sending me these messages",
        "Don’t text me anymore",
        "do not contact me again",
        "no more texts",
        "take me off your list",
        "Please remove me from your texting list.",
        "remove me",
        "delete my number",
        "I want to opt out of all texts",
        "how do I unsubscribe?",
        "I withdraw my consent to be texted",
        "I no longer wish to receive these messages",
        "leave me alone",
        "ya no me manden mensajes",
        "No me escriban más, por favor",
        "no quiero recibir más mensajes",
        "dejen de mandarme mensajes",
        "quiero darme de baja",
        "déjenme en paz",
    ],
)
def test_a_plain_request_to_stop_needs_no_keyword(text: str) -> None:
    assert read_keyword(text) is Keyword.STOP


@pytest.mark.parametrize(
    "text",
    [
        "",
        "🙏",
        "the bleeding won't stop",
        "started swelling",
        "Stop by Tuesday?",
        "don't stop",
        "please don't stop",
        "make it stop",
        "stop the bleeding",
        "stop, it hurts and my lip is blue",
        "STOP. also my eye is swollen shut",
        "when can I stop the ice?",
        "cancel my appointment",
        "cancel Tuesday",
        "quit my job so pausing for now",
        "at the end of the day",
        "remove the stitches?",
        "take me off Tuesday's schedule",
        "don't text me today, I am at work",
        "no marketing, only reminders please",
        "unsubscribed by mistake, put me back on",
        "Liked “Reply STOP to end”",
        "yes please",
        "yes, Tuesday works",
        "help me",
        "help, I can't see",
        "start on Monday?",
        "no",
        "no thanks",
        "para el martes",
        "no me duele",
        "no más dolor",
    ],
)
def test_a_text_that_says_more_goes_to_people(text: str) -> None:
    assert read_keyword(text) is Keyword.NONE


@pytest.mark.parametrize("text", ["START", "unstop", "Yes", "yes!", "Opt in", "start 🙂"])
def test_a_bare_word_brings_the_texts_back(text: str) -> None:
    assert read_keyword(text) is Keyword.START


@pytest.mark.parametrize("text", ["HELP", "info?", "Ayuda", "información"])
def test_a_bare_word_asks_for_help(text: str) -> None:
    assert read_keyword(text) is Keyword.HELP


CLINICAL = ["bleeding", "swollen", "tuesday", "lip", "appointment", "hurts", "by", "sangrado"]


@given(st.sampled_from(PER_SE + SPANISH), st.lists(st.sampled_from(CLINICAL), min_size=1, max_size=6), st.booleans())
def test_a_keyword_beside_anything_else_is_never_taken_alone(word: str, others: list[str], is_first: bool) -> None:
    words = [word, *others] if is_first else [*others, word]
    assert read_keyword(" ".join(words)) is Keyword.NONE


@given(st.text(max_size=300))
def test_any_text_at_all_gets_an_answer(text: str) -> None:
    assert read_keyword(text) in Keyword
