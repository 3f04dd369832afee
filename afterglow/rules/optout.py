"""Whether a text is nothing but a request to stop, to start again or for help.

Per se words: 47 CFR 64.1200(a)(10), and those that carriers and gateways act on by themselves. A text that says
anything more is no keyword and goes to people. Triage of symptoms runs before this and apart from it.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum


class Keyword(StrEnum):
    STOP = "stop"
    START = "start"  # means something only for a number that had stopped: a bare "yes" is one too
    HELP = "help"
    NONE = "none"


def read_keyword(text: str) -> Keyword:
    """What the whole text asks for, whatever its case, accents, punctuation, emoji and courtesy. Never a part of it."""
    words = _plain(text)
    if words in _START:
        return Keyword.START
    if words in _HELP:
        return Keyword.HELP
    if _STOP_SIGN.fullmatch(text.strip()) or _STOP.fullmatch(_without_courtesy(words)):
        return Keyword.STOP
    return Keyword.NONE


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in letters if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    return " ".join(_SIGNATURE.sub("", _NOT_WORDS.sub(" ", _APOSTROPHES.sub("", kept)).strip()).split())


def _without_courtesy(words: str) -> str:
    return _COURTESY_AFTER.sub("", _COURTESY_BEFORE.sub("", words))


_APOSTROPHES = re.compile(r"['’‘`]")
_NOT_WORDS = re.compile(r"[^a-z0-9]+")
_SIGNATURE = re.compile(r" sent from my [a-z0-9 ]+$")
_STOP_SIGN = re.compile("[🛑🚫]\ufe0f?(?:\\s*[🛑🚫]\ufe0f?)*")

_COURTESY_BEFORE = re.compile(
    r"^(?:(?:please|pls|plz|kindly|hi|hello|hey|ok|okay|sorry|just|(?:can|could|will|would) (?:you|u)(?: guys)?"
    r"|hola|por favor|favor de) )+"
)
_COURTESY_AFTER = re.compile(
    r"(?: (?:please|pls|plz|thanks|thank you|thx|ty|asap|immediately|guys|for good|forever|por favor|gracias))+$"
)

_START = {"start", "unstop", "yes", "subscribe", "resubscribe", "opt in", "optin", "opt me in", "please start"}
_START |= {"start please", "comenzar", "empezar", "reanudar", "suscribir", "suscribirme"}
_HELP = {"help", "info", "help info", "ayuda", "informacion"}

_KEYWORD = (
    r"(?:st+o+p+|stop ?all|stahp|stpo|sotp|s t o p|unsub|unsubscribed?|unsuscribe|unsubcribe|cancel|end|quit|revoke"
    r"|opt ?out|remove|arret|td|para|pare|paren|parar|alto|baja|basta|detener|cancelar|no mas)"
)
_WHOM = r"(?: (?:me|us|my phone|my number|my cell|this number|this phone))"
_EVER = r"(?: (?:anymore|any more|again|ever again|ever|at all))"
_TEXTS = (
    r"(?: (?:any|all|of|more|these|those|this|the|your|ur|me|automated))*"
    r" (?:texts?|txts?|messages?|msgs?|sms|texting|messaging|spam|everything|contact)"
)
_LIST = (
    r"(?: (?:from|off|off of|of|out of|on)(?: (?:your|ur|the|this|that|these|all|any|text|texting|texts|sms|message"
    r"|messages|messaging|msgs|mailing|contact|contacts|phone|call|list|lists|system|database|everything|here|thing))+)"
)
_WISH = (
    r"(?:(?:i|id|i would|i do|we)? ?(?:want|wanna|like|wish|need|would like)(?: to)? "
    r"|how (?:do|can) i |i hereby |i )?"
)
_NO_LONGER = r"(?:i )?(?:dont|do not|no longer) (?:want|wish|care)(?: to)?(?: (?:get|receive|recieve|be getting|see))?"
_BEING_TEXTED = rf"(?:{_TEXTS}| (?:be texted|text me|(?:receive|get){_TEXTS}))"
_MENSAJES = r"(?: (?:mas|los|sus|estos|tantos))*(?: (?:mensajes?|textos?|sms))"
_MANDEN = r"(?:manden?|envien?|escriban?|texteen?|contacten?)"
_MANDARME = r"(?:escribirme|textearme|mandarme|enviarme|molestarme|contactarme)"

_WORDINGS = (
    rf"{_KEYWORD}(?: {_KEYWORD})*",
    r"(?:i said |no )?stop(?: (?:it|this|that|now|right now|already|all|everything))?(?: stop)*",
    rf"stop (?:texting|txting|messaging|contacting|bothering|spamming|harassing|bugging){_WHOM}?{_EVER}?",
    rf"(?:stop|quit|cease)(?: (?:sending|with|texting))?{_WHOM}?{_TEXTS}(?: to{_WHOM})?{_EVER}?",
    rf"quit (?:texting|txting|messaging|contacting|bothering){_WHOM}?{_EVER}?",
    rf"(?:dont|do not|never) (?:ever )?(?:text|txt|message|msg|contact|bother){_WHOM}{_EVER}?",
    rf"(?:dont|do not) send{_WHOM}?{_TEXTS}{_EVER}?",
    rf"no (?:more|further){_TEXTS}",
    rf"no more (?:texting|txting|messaging){_WHOM}?",
    rf"(?:{_WISH})(?:unsubscribe|unsub|opt out|optout|opt me out|be removed)(?:{_WHOM})?{_LIST}?",
    rf"(?:{_WISH})(?:take|get|remove|delete|erase){_WHOM}(?: off|{_LIST})",
    rf"(?:{_WISH})(?:remove|delete|erase){_WHOM}",
    rf"(?:{_WISH})stop (?:getting|receiving|recieving){_TEXTS}{_EVER}?",
    rf"{_NO_LONGER}(?:{_TEXTS}| (?:these|to be texted|to be contacted)){_EVER}?",
    rf"(?:i )?(?:hereby )?(?:withdraw|revoke|rescind)(?: my)? consent(?: (?:to|for){_BEING_TEXTED})?",
    r"(?:leave me alone|lose my number|go away|opt me out|no stop)",
    rf"(?:ya )?no me {_MANDEN}(?: mas)?(?:{_MENSAJES})?(?: mas)?",
    rf"(?:ya )?no {_MANDEN}(?: mas)?{_MENSAJES}(?: mas)?",
    rf"(?:ya )?no quiero(?: (?:recibir|que me manden))?{_MENSAJES}(?: mas)?",
    rf"no mas{_MENSAJES}|ya no mas",
    rf"(?:dejen|deje|deja|paren|pare) de {_MANDARME}(?:{_MENSAJES})?",
    r"(?:dejenme|dejeme|dejame) en paz",
    r"(?:darme|dame|denme|deme|quiero darme) de baja",
    r"(?:borren|borre|quiten|quite|eliminen|elimine) mi numero(?: de (?:la|su|esta) lista)?",
    r"(?:borrenme|quitenme|eliminenme|saquenme)(?: de (?:la|su|esta) lista)?",
)
_STOP = re.compile("|".join(f"(?:{wording})" for wording in _WORDINGS))
