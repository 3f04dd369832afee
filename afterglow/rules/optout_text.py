"""A client's text as plain words: without what it quotes, spelled one way, sentence by sentence."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from afterglow.rules.optout_book import Book

SHORTEST_TO_MEND = 6
LONG = 9  # from this length on a word may hold two typing errors
SHOUTED = "stopsign"  # a stop sign, or STOP in capitals inside a text in small letters


def own_words(text: str) -> str:
    """What the sender wrote now: without the message a reaction or an answer quotes, and without a mail signature."""
    kept = _REACTION.sub(" ", text.replace("\u200b", "").strip())
    kept = _QUOTED_BELOW.sub("", kept)
    kept = _QUOTED_LINE.sub("", kept)
    kept = _SIGNATURE.sub("", kept)
    return _LONG_QUOTE.sub(" ", kept).strip()


def plain_words(text: str, book: Book) -> str:
    """The words in small plain letters, each after a space; "," and "." stand where a clause or a sentence ends."""
    marked = _SIGNS.sub(f" {SHOUTED} ", text)
    if any(c.islower() for c in marked):
        marked = _SHOUT.sub(f" {SHOUTED} ", marked)
    letters = unicodedata.normalize("NFKD", marked.casefold())
    folded = "".join(c for c in letters if not unicodedata.combining(c) and unicodedata.category(c) != "Cf")
    folded = _HOUR.sub(" ", folded)
    folded = _SPACED.sub(_joined, _STARRED.sub("stop", _APOSTROPHES.sub("", folded)))
    tokens = [_mended(token, book) for token in _tokens(folded)]
    said = _SEVERAL_MARKS.sub(_one_mark, "".join(f" {word}" for word in book.spelling.plain(tokens)))
    said = said.replace(" .", "") if _WORD_BY_WORD.fullmatch(said) else said
    return said.removesuffix(" .").removesuffix(" ,").removeprefix(" .").removeprefix(" ,")


def _one_mark(marks: re.Match[str]) -> str:
    return " ." if "." in marks.group() else " ,"


def _tokens(folded: str) -> list[str]:
    return [match.group() if match["word"] else "." if match["end"] else "," for match in _TOKEN.finditer(folded)]


def _mended(token: str, book: Book) -> str:
    short = _THRICE.sub(r"\1", token)
    return _nearest(book.spelling.words.get(token) or book.spelling.words.get(short) or short, book)


@lru_cache(maxsize=20_000)
def _nearest(word: str, book: Book) -> str:
    """The word itself, or the long telling word it misspells."""
    if len(word) < SHORTEST_TO_MEND or word in book.ordinary:
        return word
    most = 2 if len(word) >= LONG else 1
    near = extractOne(word, book.mend, scorer=OSA.distance, score_cutoff=most)
    return near[0] if near and near[0][0] == word[0] else word


def _joined(match: re.Match[str]) -> str:
    letters = re.sub(r"[^a-z]", "", match.group())
    return letters if letters in _SPELLED else match.group()


_QUOTES = '“"«„'
_REACTIONS = (
    r"liked|loved|disliked|laughed at|emphasi[sz]ed|questioned|reacted .{1,20} to|removed .{1,30} from"
    r"|(?:a .{1,40} )?(?:te |le )?(?:no )?(?:gust[oó]|encant[oó]|gusta|encanta)|me gusta|me encanta|no me gusta"
    r"|(?:se )?(?:ri[oó]|r[ií]e) (?:de|con)|enfatiz[oó]|destac[oó]|cuestion[oó]|reaccion[oó] .{1,20} a"
    r"|quit[oó] .{1,30} (?:de|a)|[^\w\s“\"]{1,8}\s*(?:to|a|para)"
)
_REACTION = re.compile(rf"^\s*(?:{_REACTIONS})\s*[{_QUOTES}].*?(?:[”\"»“]\s*(?=\n|$)|\Z)", re.I | re.S)
_QUOTED_BELOW = re.compile(
    r"^[ \t>]*(?:on\b.{4,200}?\bwrote:|el\b.{4,200}?\bescribi[oó]:|-{2,} ?original message ?-{2,}|_{10,}"
    r"|-{2,} ?mensaje original ?-{2,}|-{2,} ?forwarded message|(?:from|de): .{3,80}\n(?:sent|date|enviado|fecha): ).*",
    re.I | re.S | re.M,
)
_QUOTED_LINE = re.compile(r"^[ \t]*>.*$", re.M)
_SIGNATURE = re.compile(
    r"(?:^-- ?$.*|^[ \t]*(?:sent (?:from|via) |enviado desde |get outlook for |obtener outlook )[^\n]*$"
    r"| sent from my [\w ]+$)",
    re.I | re.S | re.M,
)
_LONG_QUOTE = re.compile(r"[“«][^\s“«”»]+(?:\s+[^\s“«”»]+){3,}\s*[”»]|(?<!\w)\"[^\s\"]+(?:\s+[^\s\"]+){3,}\s*\"")

_SIGNS = re.compile("[🛑⛔🚫📵🔕🙅🖕](?:[\ufe0f\u200d♀♂\U0001f3fb-\U0001f3ff]+)?")
_SHOUT = re.compile(r"(?:\A\W*STO+P+\b(?![-'’])|\bSTO+P+\b\W*\Z)")
_APOSTROPHES = re.compile("['’‘`\u00b4]")
_STARRED = re.compile(r"\bs[t7][0o*]p\b|\bs\*+p\b|\b5top\b|\$top\b|\bst@p\b")
_SPACED = re.compile(r"(?<![a-z])[a-z](?:[ .\-_*]{1,3}[a-z](?![a-z])){2,10}")
_HOUR = re.compile(r"(?<=\d)(?=[ap]m\b)")
_SPELLED = frozenset({"stop", "quit", "end", "cancel", "unsubscribe", "remove", "alto", "para", "baja", "basta"})
_THRICE = re.compile(r"(.)\1{2,}")
_TOKEN = re.compile(r"(?P<word>[a-z0-9]+|[&#])|(?P<end>[.!?;\n]+)|(?P<pause>,|:|\(|\)|…|—|–| -+ |[^\x00-\x7f]+)")
_WORD_BY_WORD = re.compile(r"(?: [a-z]+ \.){2,}(?: [a-z]+)?")  # "Leave. Me. Alone."
_SEVERAL_MARKS = re.compile(r"(?: [.,]){2,}")
