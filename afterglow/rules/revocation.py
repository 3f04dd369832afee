"""What ends when a client asks to stop, and what the one answer says.

A stop by text ends every automated text and voicemail to that number, those about care too; e-mail goes on under its
own consent. 47 CFR 64.1200(a)(10)–(12): any reasonable wording, at once, one answer that asks nothing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from afterglow.rules.facts import Channel, PracticeFacts, Purpose
from afterglow.rules.optout import OptOut, Scope, Wish
from afterglow.rules.segments import segments

Ended = frozenset[tuple[Channel, Purpose]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationPolicy:
    """How far a stop without further words reaches: everything by that channel, or marketing alone from a day on.

    Sources: the FCC's rule that one stop ends all unrelated messages too is waived until 31 January 2027 (orders of
    7 April 2025 and 6 January 2026), so a practice may choose the narrower reading; ending all is always lawful.
    """

    marketing_only_from: date | None = None  # None: never; everything ends

    def is_marketing_only(self, on: date) -> bool:
        return self.marketing_only_from is not None and self.marketing_only_from <= on


REVOKE_ALL = RevocationPolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """What ends from this moment, and the sentence that says so on the client's page. Nothing: empty."""

    ends: Ended = frozenset()
    sentence: str = ""


def what_ends(
    opt_out: OptOut,
    *,
    channel: Channel,
    on: date,
    policy: RevocationPolicy = REVOKE_ALL,
    in_reply_to: Purpose | None = None,
) -> Revocation:
    """What a wish to stop ends. `channel` is the one it came by, `on` the practice's date, `in_reply_to` what the last
    message to the client was for, if that is known.

    The narrower policy is used only for a bare stop that answers a marketing message: after a message about care, or
    when nobody knows, everything ends.
    """
    if opt_out.wish is not Wish.STOP:
        return Revocation()
    scope = opt_out.scope
    if policy.is_marketing_only(on) and in_reply_to is Purpose.MARKETING and _is_bare(opt_out, channel):
        scope = Scope.MARKETING_EMAIL if channel is Channel.EMAIL else Scope.MARKETING_TEXTS
    return Revocation(ends=_ENDS[scope], sentence=_SENTENCES[scope])


def stop_confirmation(practice: PracticeFacts, opt_out: OptOut) -> str:
    """The only message that still goes out, within five minutes: one plain part, no question, no marketing.

    In the language of the text that asked. After a bare "cancel" it says whom to call about an appointment.
    """
    words = _SPANISH if opt_out.is_spanish else _ENGLISH
    said = words[opt_out.scope]
    if opt_out.is_ambiguous and practice.phone:
        said += words["appointment"].format(phone=practice.phone)
    return _in_one_part(practice.name, said)


def help_text(practice: PracticeFacts, opt_out: OptOut) -> str:
    """The answer to HELP: who writes, whom to call, how to stop. One plain part."""
    words = _SPANISH if opt_out.is_spanish else _ENGLISH
    call = words["help"].format(phone=practice.phone) if practice.phone else ""
    return _in_one_part(practice.name, call + words["how"])


def _is_bare(opt_out: OptOut, channel: Channel) -> bool:
    own = Scope.EMAIL if channel is Channel.EMAIL else Scope.TEXTS
    return opt_out.scope is own and not any(_ALL.search(words) for words in opt_out.matched)


def _in_one_part(name: str, said: str) -> str:
    """A name that is long or has letters of its own is cut and spelled plainly: a second part costs and may be lost."""
    plain = "".join(_plainest(letter) for letter in name)
    while plain and segments(f"{plain}: {said}") > 1:
        plain = plain[:-1].rstrip()
    return f"{plain}: {said}" if plain else said


def _plainest(letter: str) -> str:
    if len(letter.encode("utf-8")) == 1 or segments(letter * 100) == 1:
        return letter
    return unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode() or " "


_ALL = re.compile(r"\b(?:all|any|every|everything|ever|never|todos?|nada|ningun)\b")

_CALLS: Ended = frozenset({(Channel.VOICE, Purpose.VOICE)})
_MARKETING_TEXTS = _CALLS | {(Channel.SMS, Purpose.MARKETING)}  # a voicemail is always marketing
ALL_TEXTS: Ended = _MARKETING_TEXTS | {(Channel.SMS, Purpose.CARE), (Channel.SMS, Purpose.APPOINTMENT)}
_MARKETING_EMAIL: Ended = frozenset({(Channel.EMAIL, Purpose.MARKETING)})
_EMAIL = _MARKETING_EMAIL | {(Channel.EMAIL, Purpose.CARE), (Channel.EMAIL, Purpose.APPOINTMENT)}
_ENDS = {
    Scope.EVERYTHING: ALL_TEXTS | _EMAIL,
    Scope.TEXTS: ALL_TEXTS,
    Scope.MARKETING: _MARKETING_TEXTS | _MARKETING_EMAIL,
    Scope.MARKETING_TEXTS: _MARKETING_TEXTS,
    Scope.CALLS: _CALLS,
    Scope.EMAIL: _EMAIL,
    Scope.MARKETING_EMAIL: _MARKETING_EMAIL,
}
_SENTENCES = {
    Scope.EVERYTHING: "All automated messages have ended: texts, voicemails and e-mail.",
    Scope.TEXTS: "All automated texts and voicemails to this number have ended. E-mail goes on under its own consent.",
    Scope.MARKETING: "Marketing has ended by every channel, and so have voicemails. Messages about care go on.",
    Scope.MARKETING_TEXTS: "Marketing texts and voicemails have ended. Texts about care and e-mail go on.",
    Scope.CALLS: "Automated calls and voicemails have ended. Texts and e-mail go on.",
    Scope.EMAIL: "All automated e-mail has ended. Texts go on under their own consent.",
    Scope.MARKETING_EMAIL: "Marketing e-mail has ended. E-mail about care and texts go on.",
}

_ENGLISH = {
    Scope.EVERYTHING: "You are unsubscribed and will get no more messages.",
    Scope.TEXTS: "You are unsubscribed and will get no more messages by text.",
    Scope.MARKETING: "You will get no more messages with offers. Messages about your care go on.",
    Scope.MARKETING_TEXTS: "You will get no more messages with offers. Messages about your care go on.",
    Scope.CALLS: "You will get no more automated calls or voice messages.",
    Scope.EMAIL: "You will get no more messages by e-mail.",
    Scope.MARKETING_EMAIL: "You will get no more messages with offers by e-mail.",
    "appointment": " To change an appointment call {phone}.",
    "help": "For help call {phone}. In an emergency call 911. ",
    "how": "Reply STOP to end messages. Msg & data rates may apply.",
}
_SPANISH = {  # without á, í, ó and ú, which would make it two parts
    Scope.EVERYTHING: "Ya no le enviaremos mensajes.",
    Scope.TEXTS: "Ya no enviaremos mensajes a su celular.",
    Scope.MARKETING: "Ya no le enviaremos mensajes con ofertas. Los mensajes sobre su cuidado siguen.",
    Scope.MARKETING_TEXTS: "Ya no le enviaremos mensajes con ofertas. Los mensajes sobre su cuidado siguen.",
    Scope.CALLS: "Ya no le haremos llamadas ni le dejaremos mensajes de voz.",
    Scope.EMAIL: "Ya no le enviaremos mensajes por correo.",
    Scope.MARKETING_EMAIL: "Ya no le enviaremos mensajes con ofertas por correo.",
    "appointment": " Para cambiar una cita, llame al {phone}.",
    "help": "Si necesita ayuda, llame al {phone}. En una emergencia, llame al 911. ",
    "how": "Responda STOP para no recibir mensajes.",
}
