"""What each wording that clients agree to must say.

Prior express written consent: 47 CFR 64.1200(f)(9). Opt-in rules of the carriers: CTIA messaging principles, May 2023.
The warning about unencrypted channels: 78 FR 5566 at 5634. Authorizations: 45 CFR 164.508.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from afterglow.rules.consent_texts import LANGUAGES, TOKEN, TOKENS, Offer

LONGEST = 2_000


def faults_in(offer: Offer, template: str, *, language: str) -> tuple[str, ...]:
    """What a wording of the practice's own lacks or has too much, each as a sentence that says what to write."""
    text = " ".join(template.split())
    if not text:
        return ("Write the words that clients agree to.",)
    faults = [f"Shorten it: at most {LONGEST:,} characters."] if len(text) > LONGEST else []
    unknown = sorted({name for name in TOKEN.findall(text) if name not in TOKENS})
    faults += [f"There is no {{{name}}} to fill in; use {_listed()}." for name in unknown]
    if "{practice}" not in text:
        faults.append("Name who asks: write {practice} where the practice's name belongs.")
    faults += [need.advice for need in _NEEDS[offer] if not need.is_met(text, language)]
    if offer is Offer.CARE_TEXTS and _SELLS.search(text):
        faults.append("Leave offers out: what sells belongs to the marketing box, which clients tick apart.")
    return tuple(faults)


def lacking_in(offer: Offer, text: str, *, practice_name: str) -> tuple[str, ...]:
    """Why words from another form prove no consent to this; empty when they do. In either language.

    Only what the law itself asks of written consent to marketing by text and voice, and of authorizations.
    """
    lacking = [] if practice_name.casefold() in text.casefold() else [f"it does not name {practice_name}"]
    for need in _NEEDS[offer]:
        if need.is_law and not any(need.is_met(text, language) for language in LANGUAGES):
            lacking.append(need.lack)
    return tuple(lacking)


@dataclass(frozen=True, slots=True)
class _Need:
    """One thing that must be said, as a pattern in each language."""

    en: str
    es: str
    advice: str
    lack: str = ""
    is_law: bool = False

    def is_met(self, text: str, language: str) -> bool:
        return bool(re.search(self.es if language == "es" else self.en, text, re.IGNORECASE))


_OFTEN = _Need(
    r"\{(care|marketing)_frequency\}|(messages?|texts?|msgs?)( a | per |/)(day|week|month)|frequency varies",
    r"\{(care|marketing)_frequency\}|(mensajes?)( al | por |/)(día|semana|mes)|frecuencia (varía|variable)",
    "Say how often: write {care_frequency} or {marketing_frequency}.",
)
_RATES = _Need(
    r"(msg|message)s?\.? ?(&|and) ?data rates (may|can) apply",
    r"tarifas? (de|por) mensajes y datos|mensajes y datos",
    "Say “Msg & data rates may apply”.",
)
_STOP = _Need(r"\bSTOP\b", r"\b(STOP|ALTO)\b", "Say how it ends: “Reply STOP to stop”.")
_HELP = _Need(r"\bHELP\b", r"\b(HELP|AYUDA)\b", "Say how to get help: “HELP for help”.")
_PLAIN = _Need(
    r"not encrypted|unencrypted|not secure",
    r"no (están|son|van) (cifrad|encriptad|segur)|sin cifrar",
    "Warn that texts are not encrypted: somebody else could read them.",
)
_FREE = _Need(
    r"not (a )?(condition|requirement|required)|(without|not have to|need not|n[’']t have to) agree",
    r"no es (una )?(condición|requisito|obligatorio)|sin aceptar",
    "Say that agreeing is not a condition of buying anything or of being treated.",
    "it does not say that agreeing is not a condition of a purchase",
    is_law=True,
)
_MACHINE = _Need(
    r"automat|auto-?dial|prerecorded",
    r"automát|automatiz|pregrabad",
    "Say that an automated system sends these messages.",
    "it does not say that an automated system is used",
    is_law=True,
)
_MARKETING = _Need(
    r"marketing|offers?\b|promotion|advertis|telemarketing",
    r"marketing|mercadeo|ofertas|promocion|publicidad",
    "Call it what it is: marketing.",
    "it does not say that these are marketing messages",
    is_law=True,
)
_NUMBER = _Need(
    r"(phone )?number|mobile",
    r"número|teléfono|móvil|celular",
    "Name the phone number: “the phone number I give here”.",
    "it does not name the phone number",
    is_law=True,
)
_SIGNED = _Need(
    r"\bagree|consent|authoriz|signature",
    r"acept|consient|autoriz|firma",
    "Say that the tick agrees, as a signature would.",
    "it does not say that the client agrees",
    is_law=True,
)
_UNSHARED = _Need(
    r"(no|not|never)\b.*\b(shared?|sold|sell)",
    r"\bno\b.*\b(compart|vend)",
    "Say that the number and this consent are not shared with third parties.",
)
_ENDS = _Need(
    r"unsubscribe|link that ends|opt out|\bend (it|them)",
    r"cancelar|darme de baja|dejar de recibir",
    "Say that every e-mail has a link that ends them.",
)
_VOICE = _Need(
    r"(prerecorded|pre-recorded).*artificial|artificial.*(prerecorded|pre-recorded)",
    r"pregrabad.*artificial|artificial.*pregrabad",
    "Name the voice: “prerecorded or artificial”.",
    "it does not name a prerecorded or artificial voice",
    is_law=True,
)
_REVOCABLE = _Need(
    r"(take (it|this) back|revoke|withdraw)",
    r"revo(c|qu)|retir",
    "Say how and that it can be taken back at any time.",
    "it does not say that it can be taken back",
    is_law=True,
)
_PAID = _Need(
    r"\bpay|\bpaid|remuneration|money",
    r"\bpaga|remuneración|dinero",
    "Say that other companies pay the practice for these messages.",
    "it does not say that somebody pays for these messages",
    is_law=True,
)
_PICTURES = _Need(
    r"photo|picture|image", r"foto|imagen|imágenes", "Name the photos.", "it names no photos", is_law=True
)
_TEXTING = (_OFTEN, _RATES, _STOP, _HELP)
_WRITTEN = (_SIGNED, _MARKETING, _MACHINE, _NUMBER, _FREE)

_NEEDS: Mapping[Offer, tuple[_Need, ...]] = {
    Offer.CARE_TEXTS: (*_TEXTING, _PLAIN),
    Offer.MARKETING_TEXTS: (*_WRITTEN, *_TEXTING, _UNSHARED),
    Offer.MARKETING_EMAIL: (_MARKETING, _ENDS),
    Offer.VOICE: (*_WRITTEN, _VOICE, _OFTEN, _STOP),
    Offer.PHOTO: (_PICTURES, _REVOCABLE),
    Offer.FUNDED: (_PAID, _REVOCABLE, _FREE),
}
_SELLS = re.compile(r"\b(offers?|promotions?|discounts?|marketing|deals?|ofertas?|promociones|descuentos?)\b", re.I)


def _listed() -> str:
    return ", ".join(f"{{{name}}}" for name in TOKENS)
