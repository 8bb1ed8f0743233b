"""Segments whose messages say the same, or always the same thing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from html import unescape
from itertools import combinations
from typing import Any

from campaigns.models import JourneyVersion
from campaigns.queries.in_force import Letter, letters_in_force
from campaigns.queries.spoken import Said, journey_with_most, said_between
from common.rows import rows_of
from segmentation.findings.base import FindingKind, Fix, Found, Look, Severity, counted
from segmentation.models import Segment
from segmentation.models.segment import Status

QUARTER = timedelta(days=90)
# Fewer messages are no habit.
FEWEST = 50

_TAG = re.compile(r"<[^>]*>")
_ADDRESS = re.compile(r"https?://\S+")
# A discount by its name, in the languages shops mostly write in, or as so much off. Liquid is read with the words: a letter
# that puts `coupon_code` in carries one.
_DISCOUNT = re.compile(
    r"(?<![^\W_])(?:coupon|voucher|discount|promo[ _-]?code|code[ _]promo|rabat|gutschein|kupon|zniżk|slev[aouy]|korting|descuento|"
    r"cup[oó]n|scont[oi]|réduction|alennus)"
    r"|\d\s*(?:%|percent|per cent)\s*off\b|\bsave\s+\D{0,3}\d[\d.,]*\s*(?:%|percent\b|per cent\b)",
    re.IGNORECASE,
)

_BOTH = """
SELECT count(*) FROM segmentation_membership a JOIN segmentation_membership b USING (customer_id)
 WHERE a.segment_id = %(one)s AND b.segment_id = %(other)s AND a.state = 'active' AND b.state = 'active'"""


class SameMessage(FindingKind):
    """Live journeys send the same words (subject and body, whatever the template is called) to two live segments. The number
    is of customers who are active in both."""

    code = "same_message"
    severity = Severity.WARNING
    title = "Same message as another"
    why = "Two segments that are told the same are one, and who is in both hears it twice."

    def found(self, look: Look) -> Iterator[Found]:
        wanted = {one.pk for one in look.live}
        live = {one.slug: one for one in Segment.objects.filter(status=Status.LIVE).defer("rule")}
        for (one, other), letter in _pairs(live).items():
            if {one, other} & wanted:
                first, second = (next(row for row in live.values() if row.pk == pk) for pk in (one, other))
                both = rows_of(_BOTH, one=one, other=other)[0][0]
                who = f"{counted(both)} {'is' if both == 1 else 'are'}"
                says = f"“{first}” and “{second}” are told the same (“{letter.name}”); {who} in both."
                yield Found(first, both, says, Fix("Look at the journey", f"/journeys/{letter.journey}/"), second)


def _pairs(live: Mapping[str, Segment]) -> dict[tuple[int, int], Letter]:
    """Each two segments (ids, the lower first) with the same words, and the letter that the second is sent."""
    told: dict[tuple[str, str], dict[int, Letter]] = {}
    for letter in letters_in_force():
        if letter.segment in live:
            told.setdefault(_gist(letter), {}).setdefault(live[letter.segment].pk, letter)
    found: dict[tuple[int, int], Letter] = {}
    for letters in told.values():
        for one, other in combinations(sorted(letters), 2):
            found.setdefault((one, other), letters[other])
    return found


def _gist(letter: Letter) -> tuple[str, str]:
    """The words of a letter, whatever their markup, capitals and spaces: a tag may stand for a space, or for none."""
    return plain(letter.subject).replace(" ", ""), plain(letter.body).replace(" ", "")


def plain(text: str) -> str:
    """Words without markup, capitals and spaces that nobody sees."""
    return " ".join(unescape(_TAG.sub(" ", text)).split()).casefold()


class DiscountHabit(FindingKind):
    """Of at least 50 messages that went out in its name in 90 days, over half carried a discount: their approved words name
    one (a coupon, a voucher, so much off), or Liquid puts one in. What the card says is an intention and does not count."""

    code = "discount_habit"
    severity = Severity.WARNING
    title = "Discount in over half of its messages"
    why = "Whoever always gets a discount learns to wait for it, and buys nothing without."
    costly = True

    def found(self, look: Look) -> Iterator[Found]:
        said = said_between(look.now - QUARTER, look.now)
        with_one = _discounted(said)
        for segment in look.live:
            theirs = [one for one in said if one.segment == segment.slug]
            sent = sum(one.messages for one in theirs)
            cheap = [one for one in theirs if (one.version, one.template) in with_one]
            discounted = sum(one.messages for one in cheap)
            if sent >= FEWEST and 2 * discounted > sent:
                says = f"{discounted:,} of the {sent:,} messages of the last 90 days carried a discount ({discounted / sent:.0%})."
                yield Found(
                    segment,
                    discounted / sent,
                    says,
                    Fix("Look at the journey", f"/journeys/{journey_with_most(cheap)}/"),
                )


def _discounted(said: list[Said]) -> set[tuple[int, str]]:
    """Of what was said, by version and template: the words that carry a discount."""
    versions = JourneyVersion.objects.filter(pk__in={one.version for one in said}).values_list("pk", "templates")
    return {(pk, slug) for pk, templates in versions for slug, words in templates.items() if carries_discount(words)}


def carries_discount(words: Mapping[str, Any]) -> bool:
    """Whether the subject or the body of a letter names a discount. Where a link leads says nothing."""
    return any(_DISCOUNT.search(_ADDRESS.sub(" ", plain(str(words.get(part, ""))))) for part in ("subject", "body"))
