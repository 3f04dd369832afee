"""What sells: price cuts, gifts, products, reviews, referrals, and drugs with a price."""

from __future__ import annotations

import re
from functools import cache

from afterglow.rules.lint_template import Spot
from afterglow.rules.lint_words import Words, any_of, as_is, group

OFFERS = frozenset({"offer.text", "offer.expires"})


def discount(words: Words) -> Spot | None:
    """A price cut or a gift in words."""
    return words.find(any_of("discounts")) or _gift(words)


def promotion(words: Words) -> Spot | None:
    """A product, package, review or referral that a message about care pushes. Advice to use something is none."""
    return words.find(any_of("promotions", "reviews")) or words.find(as_is("pushed_product"))


def drug_price(words: Words) -> Spot | None:
    """A prescription drug, where a price or a discount stands in the same message."""
    drug = words.find(any_of("drugs"))
    if drug is None:
        return None
    has_price = words.find(any_of("prices")) or discount(words) or words.tokens & {"offer.text"}
    return drug if has_price else None


def revealing(words: Words) -> Spot | None:
    """A treatment, a brand, a drug or a part of the body; not a symptom, and not a figure of speech."""
    text = any_of("says_nothing").sub(lambda found: " " * len(found[0]), words.text)
    found = any_of("treatments", "brands", "areas", "drugs").search(text) or _AS_WRITTEN.search(words.raw)
    return words.spot(found.start(), found.end()) if found else None


def _gift(words: Words) -> Spot | None:
    for found in _free().finditer(words.text):
        if not _not_free().search(words.text[: found.start()]):
            return words.spot(found.start(), found.end())
    return None


@cache
def _free() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])free(?! {group('free_of')}(?!\w))(?=\s+\w|\s+\u27e6|[.!,]|$)")


@cache
def _not_free() -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){group('not_free')}[\s-]+$")


_AS_WRITTEN = re.compile(r"(?<![\w.])(?:IV|Halo|RF|Vivace|Versa|HALO)(?![\w.])")
