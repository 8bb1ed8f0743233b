"""How far typed words name something of the catalogue: `order` names “Order Completed”, `viewed` “Product Viewed”."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from segmentation.rules.wishes import NOISE

# An ending says nothing: ordered, orders, ordering.
_ENDING = re.compile(r"(?:ing|ed|es|s)$")
SHORTEST = 2
# Other words for what shops do, beside those of the tracking spec.
SYNONYMS = {
    "bought": "order completed",
    "purchased": "order completed",
    "cart": "product added",
    "visited": "page viewed",
    "mail": "email",
    "e-mail": "email",
}


@dataclass(frozen=True)
class Naming:
    """`points` say how well words name a thing; `rest` are those that do not belong to its name."""

    points: float
    rest: tuple[str, ...]


def tokens(name: str) -> list[str]:
    """The words of a name: `cart_value`, “Cart Value” and `cartValue` have the same."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return [word for word in re.split(r"[\s_\-$.:/]+", split.lower()) if word]


def naming(words: Sequence[str], name: str, *, whole: bool = False) -> Naming | None:
    """How words name a thing, in any order; None where none of them does, or (`whole`) where a part of the name is missing."""
    left, rest, points = [token for token in tokens(name) if token not in NOISE], [], 0.0
    for word in words:
        parts = tokens(SYNONYMS.get(word.lower(), word))
        found = _taken(parts, left)
        if found is None:
            rest.append(word)
        else:
            points += found
    if not points or (whole and left):
        return None
    return Naming(points - 0.5 * len(left), tuple(rest))


def _taken(parts: Sequence[str], left: list[str]) -> float | None:
    """The points of a typed word, each of whose parts names a token; these are taken out of `left`."""
    before, points = list(left), 0.0
    for part in parts:
        ranked = [(_alike(part, token), index) for index, token in enumerate(left)]
        best, index = max(ranked, default=(0.0, 0), key=lambda one: (one[0], -one[1]))
        if not best:
            left[:] = before
            return None
        points += best
        del left[index]
    return points or None


def _alike(word: str, token: str) -> float:
    if word == token:
        return 3.0
    if _stem(word) == _stem(token):
        return 2.5
    return 2.0 if len(word) >= SHORTEST and token.startswith(word) else 0.0


def _stem(word: str) -> str:
    return _ENDING.sub("", word) if len(word) > 4 else word.removesuffix("s")
