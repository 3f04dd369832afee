"""What a text asks about being written to, in any reasonable wording, and what it leaves alone."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afterglow.rules.facts import Channel
from afterglow.rules.optout import Scope, Wish, read_opt_out
from afterglow.rules.optout_book import BadWording, Rule, book, compiled, read_book
from afterglow.rules.optout_text import plain_words
from tests.rules.optout_cases import CASES, Case

RULES = book().rules
EXAMPLES = [(rule, text) for rule in RULES for text in rule.examples]
COUNTER_EXAMPLES = [(rule, text) for rule in RULES for text in rule.counter_examples]

PER_SE = ["stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe"]
GATEWAYS = ["stopall", "stop all", "optout", "opt-out", "remove", "arret", "td"]
SPANISH = ["para", "alto", "parar", "baja", "basta", "no más", "cancelar"]
DRESSES = [
    "{}",
    "{}.",
    "{}!!!",
    " {} 🙏",
    "“{}”",
    "{}\n\nSent from my iPhone",
    "please {}",
    "{} thanks",
    "{}\n-- \nDana",
]


@pytest.mark.parametrize("word", PER_SE + GATEWAYS + SPANISH)
@pytest.mark.parametrize("dress", DRESSES)
def test_a_word_that_ends_texting_ends_it_in_any_dress(word: str, dress: str) -> None:
    for text in (dress.format(word), dress.format(word).upper()):
        opt_out = read_opt_out(text)
        assert (opt_out.wish, opt_out.scope, opt_out.is_whole) == (Wish.STOP, Scope.TEXTS, True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.text[:60])
def test_a_text_is_read_as_a_person_would(case: Case) -> None:
    opt_out = read_opt_out(case.text)
    assert opt_out.wish == case.wish
    assert opt_out.scope == (case.scope or opt_out.scope)


@pytest.mark.parametrize(("rule", "text"), EXAMPLES, ids=lambda part: getattr(part, "id", part))
def test_every_rule_reads_its_examples(rule: Rule, text: str) -> None:
    opt_out = read_opt_out(text)
    assert opt_out.wish == rule.wish
    assert opt_out.scope == (rule.scope or opt_out.scope)


@pytest.mark.parametrize(("rule", "text"), COUNTER_EXAMPLES, ids=lambda part: getattr(part, "id", part))
def test_every_rule_leaves_its_counter_examples_alone(rule: Rule, text: str) -> None:
    assert read_opt_out(text).wish != rule.wish


def test_every_rule_shows_what_it_means() -> None:
    assert [rule.id for rule in RULES if not rule.examples or not rule.counter_examples] == []


@pytest.mark.parametrize(
    "text",
    [
        "STOP, I can't open my eye",
        "STOP I can't open my eye",
        "stop. my lip is turning white",
        "My face is burning and nobody calls back. Unsubscribe me",
        "me arde mucho la cara, y dejen de mandarme mensajes",
    ],
)
def test_a_text_that_also_tells_of_a_symptom_stops_and_still_needs_a_reader(text: str) -> None:
    opt_out = read_opt_out(text)
    assert opt_out.wish is Wish.STOP
    assert not opt_out.is_whole


@pytest.mark.parametrize(
    "text",
    [
        "the bleeding won't stop",
        "the swelling just won't STOP",
        "started swelling",
        "make it stop, the burning is so bad",
        "no para de sangrar",
    ],
)
def test_a_symptom_alone_neither_stops_nor_starts_anything(text: str) -> None:
    assert read_opt_out(text).wish is Wish.NONE


@pytest.mark.parametrize("text", ["Cancel", "END", "quit", "please cancel", "cancelar", "Fin."])
def test_a_bare_word_that_may_mean_an_appointment_stops_and_is_marked(text: str) -> None:
    opt_out = read_opt_out(text)
    assert opt_out.wish is Wish.STOP
    assert opt_out.is_ambiguous


def test_a_clear_word_beside_a_doubtful_one_leaves_no_doubt() -> None:
    assert not read_opt_out("stop").is_ambiguous
    assert not read_opt_out("cancel everything and stop texting me").is_ambiguous


def test_the_words_that_decided_are_shown() -> None:
    assert read_opt_out("My brow is heavy. Please STOP texting me!").matched == ("stop texting me",)


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        ("Please stop texting me, thanks!", True),
        ("Not interested, remove me", True),
        ("remove me and refund my deposit", False),
        ("delete all my data", False),
        ("this is harassment", False),
        ("my mother died, stop sending her messages", False),
        ("could you text me less often", False),
    ],
)
def test_a_text_that_says_more_still_goes_to_a_person(text: str, is_whole: bool) -> None:
    opt_out = read_opt_out(text)
    assert opt_out.wish is Wish.STOP
    assert opt_out.is_whole is is_whole


@pytest.mark.parametrize(
    "quote", ["Liked “{}”", 'Laughed at "{}"', "Le gustó “{}”", "👍 to “{}”", "> {}", "On Mon, X wrote:\n{}"]
)
def test_what_a_reaction_or_an_answer_quotes_is_not_the_clients_own_word(quote: str) -> None:
    footer = "Time for your next visit. Reply STOP to end texts"
    assert read_opt_out(quote.format(footer)).wish is Wish.NONE
    assert read_opt_out(f"{quote.format(footer)}\nstop").wish is (Wish.NONE if "wrote" in quote else Wish.STOP)


@pytest.mark.parametrize(
    ("channel", "scope"), [(Channel.SMS, Scope.TEXTS), (Channel.EMAIL, Scope.EMAIL), (Channel.VOICE, Scope.CALLS)]
)
def test_words_that_name_no_channel_are_about_the_one_they_came_by(channel: Channel, scope: Scope) -> None:
    assert read_opt_out("please stop", channel=channel).scope is scope
    assert read_opt_out("stop texting me", channel=channel).scope is Scope.TEXTS


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("don't call me", Scope.CALLS),
        ("don't call, just text me", Scope.CALLS),
        ("stop calling me and text me instead", Scope.CALLS),
        ("don't call or text me", Scope.TEXTS),
        ("stop calling and texting me", Scope.TEXTS),
        ("don't call or message", Scope.TEXTS),
        ("no calls or texts", Scope.TEXTS),
        ("Don't call, text or email me", Scope.EVERYTHING),
    ],
)
def test_calls_named_together_with_texts_are_not_all_that_ends(text: str, scope: Scope) -> None:
    assert read_opt_out(text).scope is scope


def test_marketing_by_every_channel_ends_together() -> None:
    assert read_opt_out("no more promo texts or emails").scope is Scope.MARKETING


@pytest.mark.parametrize("text", ["START", "unstop", "Yes", "yes!", "Opt in", "start 🙂"])
def test_a_bare_word_brings_the_texts_back(text: str) -> None:
    said = read_opt_out(text)
    assert (said.wish, said.is_whole) == (Wish.START, True)


@pytest.mark.parametrize(
    "text", ["yes please", "yes, Tuesday works", "start on Monday?", "starting to peel", "restart"]
)
def test_a_word_of_starting_inside_a_text_brings_nothing_back(text: str) -> None:
    assert read_opt_out(text).wish is Wish.NONE


def test_a_text_that_asks_for_both_stops() -> None:
    assert read_opt_out("resubscribe me. no wait, unsubscribe me").wish is Wish.STOP


def test_a_text_that_says_more_than_stop_is_not_whole() -> None:
    said, more = read_opt_out("Please stop texting me"), read_opt_out("STOP, I can't open my eye")
    assert (said.wish, said.is_whole) == (Wish.STOP, True)
    assert (more.wish, more.is_whole) == (Wish.STOP, False)


CLINICAL = ["bleeding", "swollen", "tuesday", "lip", "hurts", "fever", "sangrado", "eye", "blister", "numb"]


@given(st.lists(st.sampled_from(CLINICAL), max_size=8))
def test_clinical_words_alone_ask_for_nothing(words: list[str]) -> None:
    assert read_opt_out(" ".join(words)).wish is Wish.NONE


@given(st.sampled_from(["stop", "unsubscribe"]), st.lists(st.sampled_from(CLINICAL), min_size=1, max_size=8))
def test_no_symptom_hides_a_stop_that_stands_by_itself(word: str, symptoms: list[str]) -> None:
    told = " ".join(symptoms)
    assert read_opt_out(f"{word}. {told}").wish is Wish.STOP
    assert read_opt_out(f"{told}. {word}").wish is Wish.STOP


@given(st.text(max_size=300))
def test_any_text_at_all_gets_an_answer(text: str) -> None:
    assert read_opt_out(text).wish in Wish


LONG = [
    "stop the ",
    "i dont want to ",
    "please ",
    "no mas ",
    "“",
    '"a b ',
    "s t o p ",
    "> ",
    "a",
    "🛑",
    "remove me from the ",
    "\n",
    ". ",
]


@given(st.lists(st.sampled_from(LONG), min_size=1, max_size=3), st.integers(100, 1500))
@settings(deadline=None, max_examples=25)
def test_a_text_of_any_length_gets_an_answer(parts: list[str], times: int) -> None:
    assert read_opt_out("".join(parts) * times).wish in Wish


@pytest.mark.parametrize(
    ("wording", "text"),
    [
        ("i have had it", "I've had it"),
        ("i/we do_not care_for_this", "we don't care for this"),
        ("please/kindly vanish", "vanish"),
        ("vanish from_now_on", "Please vanish from now on!"),
        ("{whom} text_messages gone", "my phone texts gone"),
    ],
)
def test_a_wording_may_be_spelled_in_any_of_the_known_ways(wording: str, text: str) -> None:
    source = files("afterglow.library").joinpath("optout.toml").read_text("utf-8")
    rule = f'[[rule]]\nid = "mine"\nexamples = ["x"]\ncounter_examples = ["y"]\nsays = ["{wording}"]\n'
    own = read_book(source.replace("[[rule]]", f"{rule}\n[[rule]]", 1))
    said = plain_words(text, own)
    assert [r.id for r in own.rules if any(compiled(w).search(said) for w in r.wordings)] == ["mine"]


@pytest.mark.parametrize(
    "row", ['says = ["stop {nobody}"]', 'says = ["[stop]"]', 'says = ["stop"]\nunless_after = ["nobody"]']
)
def test_a_wording_that_cannot_be_read_is_named(row: str) -> None:
    source = files("afterglow.library").joinpath("optout.toml").read_text("utf-8")
    broken = f'[[rule]]\nid = "mine"\nexamples = ["x"]\ncounter_examples = ["y"]\n{row}\n'
    with pytest.raises(BadWording, match="mine"):
        read_book(source.replace("[[rule]]", f"{broken}\n[[rule]]", 1))
