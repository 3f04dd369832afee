"""What a client's text asks about being written to: to stop, to start again, help, or nothing of the kind.

Any reasonable wording counts, not only a keyword: 47 CFR 64.1200(a)(10). The wordings are data, with an example and a
counter-example each (library/optout.toml). Triage of symptoms reads the same text before this and apart from it: a
text can ask to stop and for a doctor in one breath, and the one never hides the other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from afterglow.rules.facts import Channel
from afterglow.rules.optout_book import Book, Rule, book, compiled
from afterglow.rules.optout_text import own_words, plain_words


class Wish(StrEnum):
    STOP = "stop"
    START = "start"  # of a bare "yes" too, which means something only for a number that had stopped
    HELP = "help"
    NONE = "none"


class Scope(StrEnum):
    """What the words of a wish to stop are about. The wider one where they leave a doubt."""

    EVERYTHING = "everything"
    TEXTS = "texts"
    MARKETING = "marketing"  # by every channel
    MARKETING_TEXTS = "marketing_texts"
    CALLS = "calls"
    EMAIL = "email"
    MARKETING_EMAIL = "marketing_email"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptOut:
    """What a text asks for. Of a text that does not ask to stop, the scope is the channel it came by."""

    wish: Wish = Wish.NONE
    scope: Scope = Scope.TEXTS
    matched: tuple[str, ...] = ()  # the words that decided, for the screen
    is_ambiguous: bool = False  # may have meant an appointment: texts end at once, and the answer says whom to call
    is_whole: bool = False  # the text says nothing else, so nobody needs to read it
    is_spanish: bool = False


def read_opt_out(text: str, *, channel: Channel = Channel.SMS) -> OptOut:
    """What a text asks for, and how far. Words that name no channel are about the one they came by.

    A text that asks to stop in one place and to start in another stops.
    """
    return _read(own_words(text), _OWN_SCOPE.get(channel, Scope.TEXTS), book())


def _read(own: str, scope: Scope, wordings: Book) -> OptOut:
    said = plain_words(own, wordings)
    found = _found(said, wordings)
    for wish in (Wish.STOP, Wish.START, Wish.HELP):
        if deciding := _longest([f for f in found if f.rule.wish == wish]):
            return OptOut(
                wish=wish,
                scope=_scope(deciding, scope, wordings) if wish is Wish.STOP else scope,
                matched=tuple(dict.fromkeys(f.words.replace(" ,", ",") for f in deciding)),
                is_ambiguous=all(f.rule.is_ambiguous for f in deciding),
                is_whole=not any(f.rule.is_for_a_person for f in deciding) and _is_whole(said, deciding, wordings),
                is_spanish=any(f.rule.is_spanish for f in deciding) or _is_spanish(said, wordings),
            )
    return OptOut(scope=scope, is_spanish=_is_spanish(said, wordings))


@dataclass(frozen=True, slots=True)
class _Found:
    rule: Rule
    start: int
    end: int
    words: str


def _found(said: str, wordings: Book) -> list[_Found]:
    worth_trying: set[tuple[int, int]] = set()
    for word in wordings.by_word.keys() & set(said.split()):
        worth_trying |= wordings.by_word[word]
    return [
        found
        for rule, wording in sorted(worth_trying)
        if (found := _first(wordings.rules[rule], wording, said, wordings))
    ]


def _first(rule: Rule, wording: int, said: str, wordings: Book) -> _Found | None:
    """The first place where the text says this and nothing around it takes it back."""
    for match in compiled(rule.wordings[wording]).finditer(said):
        if rule.unless_anywhere and rule.unless_anywhere.search(said):
            return None
        before = said[max(0, match.start() - _SIGHT) : match.start()]
        after = said[match.end() : match.end() + _SIGHT]
        if rule.unless_before and rule.unless_before.search(before):
            continue
        if rule.unless_after and rule.unless_after.match(after):
            continue
        tail = wordings.tail.match(said, match.end())
        end = tail.end() if tail else match.end()
        return _Found(rule, match.start(), end, said[match.start() : end].strip(" ,."))
    return None


def _longest(found: Sequence[_Found]) -> list[_Found]:
    """Without those that lie inside another one: "stop texting me specials" is about specials."""
    kept: list[_Found] = []
    for f in sorted(found, key=lambda f: (f.start - f.end, bool(f.rule.scope) is False)):
        if not any(k.start <= f.start and f.end <= k.end for k in kept):
            kept.append(f)
    return sorted(kept, key=lambda f: f.start)


def _scope(found: Sequence[_Found], own: Scope, wordings: Book) -> Scope:
    return _together({_scope_of(f, own, wordings) for f in found})


def _scope_of(found: _Found, own: Scope, wordings: Book) -> Scope:
    words = f" {found.words}"
    about = {name for name, pattern in wordings.about.items() if pattern.search(words)}
    if found.rule.scope == Scope.MARKETING_TEXTS:
        return _marketing(about, own)
    if found.rule.scope and not (found.rule.scope == Scope.CALLS and wordings.joined.search(words)):
        return Scope(found.rule.scope)
    if "everything" in about or ("email" in about and about & {"texts", "calls"}):
        return Scope.EVERYTHING
    if "email" in about:
        return Scope.EMAIL
    if "calls" in about and "texts" not in about:
        return Scope.CALLS
    return Scope.TEXTS if "texts" in about else own


def _marketing(about: Collection[str], own: Scope) -> Scope:
    if "everything" in about or ("email" in about and "texts" in about):
        return Scope.MARKETING
    is_mail = "email" in about or (own is Scope.EMAIL and "texts" not in about)
    return Scope.MARKETING_EMAIL if is_mail else Scope.MARKETING_TEXTS


def _together(scopes: Collection[Scope]) -> Scope:
    """The narrowest scope that leaves out none of these. Calls end with texts: they go to the same number."""
    return next(whole for whole, parts in _PARTS if parts.issuperset(scopes))


def _is_whole(said: str, found: Sequence[_Found], wordings: Book) -> bool:
    rest = said
    for f in reversed(found):
        rest = f"{rest[: f.start]} , {rest[f.end :]}"
    return wordings.harmless.issuperset(_WORD.findall(rest))


def _is_spanish(said: str, wordings: Book) -> bool:
    words = _WORD.findall(said)
    return len(words) > 1 and 2 * sum(word in wordings.spanish for word in words) > len(words)


_OWN_SCOPE = {Channel.SMS: Scope.TEXTS, Channel.EMAIL: Scope.EMAIL, Channel.VOICE: Scope.CALLS}
_BY_PHONE = frozenset({Scope.TEXTS, Scope.MARKETING_TEXTS, Scope.CALLS})
_BY_MAIL = frozenset({Scope.EMAIL, Scope.MARKETING_EMAIL})
_PARTS = (
    *((scope, frozenset({scope})) for scope in Scope),
    (Scope.MARKETING_TEXTS, frozenset({Scope.MARKETING_TEXTS, Scope.CALLS})),
    (Scope.MARKETING, frozenset({Scope.MARKETING, Scope.MARKETING_TEXTS, Scope.MARKETING_EMAIL, Scope.CALLS})),
    (Scope.TEXTS, _BY_PHONE),
    (Scope.EMAIL, _BY_MAIL),
    (Scope.EVERYTHING, frozenset(Scope)),
)
_SIGHT = 80  # letters before and behind a wording in which a guard is looked for
_WORD = re.compile(r"[a-z0-9]+")
