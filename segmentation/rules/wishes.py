"""What somebody typed to get a condition, read as far as words alone can be: “viewed Activewear 3 times in 2 days”.

Times, counts, shares and comparisons have a form of their own and are taken out of the text; what is left are names and
values, which only the catalogue knows (see `segmentation.propose`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
# A unit of the language and how many of it a word means.
UNITS = {
    "minute": ("minutes", 1),
    "min": ("minutes", 1),
    "hour": ("hours", 1),
    "h": ("hours", 1),
    "day": ("days", 1),
    "d": ("days", 1),
    "week": ("weeks", 1),
    "month": ("days", 30),
    "quarter": ("days", 90),
    "year": ("days", 365),
}
SIGNS = {
    "gte": ("at least", ">=", "minimum"),
    "gt": ("more than", "over", "above", ">"),
    "lte": ("at most", "up to", "<=", "maximum"),
    "lt": ("less than", "fewer than", "under", "below", "<"),
    "eq": ("exactly", "equal to", "only", "="),
}
AGGREGATES = {
    "total": "sum",
    "sum of": "sum",
    "average": "avg",
    "mean": "avg",
    "lowest": "min",
    "highest": "max",
    "different": "distinct",
}
# Words that say nothing of their own.
NOISE = frozenset(
    [
        "a",
        "an",
        "the",
        "is",
        "are",
        "has",
        "have",
        "had",
        "did",
        "do",
        "does",
        "done",
        "who",
        "customers",
        "customer",
        "people",
        "was",
        "were",
        "of",
        "by",
        "with",
    ]
)

_NUMBER = r"(\d[\d,]*(?:\.\d+)?)"
_UNIT = rf"({'|'.join(sorted(UNITS, key=len, reverse=True))})s?\b"
_SPAN = rf"(?:{_NUMBER}\s*)?{_UNIT}"
_SIGN = "|".join(re.escape(word) for words in SIGNS.values() for word in words)
_OUT = re.compile(r"^(?:but not|except(?: where| those who| who)?|leave out|excluding)\s+", re.I)
_NOT = re.compile(
    r"^(?:(?:has|have|did|does|do|is|are|who)\s+)*(?:no|not|never|without|didn't|hasn't|haven't|isn't)\s+", re.I
)
_BETWEEN = re.compile(rf"(?:between|from)?\s*{_NUMBER}\s*(?:{_UNIT})?\s*(?:and|to|until|-)\s*{_SPAN}\s+ago", re.I)
_OLDER = re.compile(rf"(?:more than|over|at least|longer than)?\s*{_NUMBER}\s*{_UNIT}\s+ago(?: or more)?", re.I)
_LEAD = r"\b(?:(?:in|within|during|over|for)\s+)?(?:the\s+)?"
_LAST = re.compile(rf"{_LEAD}(last|past|next|coming)\s+{_SPAN}", re.I)
_WITHIN = re.compile(rf"{_LEAD}(){_NUMBER}\s*{_UNIT}", re.I)
_EVER = re.compile(r"\b(?:ever|in all|at all|all time)\b", re.I)
_DAYS = re.compile(rf"\bon\s+({_SIGN})?\s*{_NUMBER}(\+| or more)?\s+(?:different )?days\b", re.I)
_TIMES_BETWEEN = re.compile(rf"\bbetween\s+{_NUMBER}\s+and\s+{_NUMBER}\s+times\b", re.I)
_TIMES = re.compile(rf"({_SIGN})?\s*\b{_NUMBER}(\+| or more)?\s*(?:times?|x)\b", re.I)
_SHARE = re.compile(rf"\b(top|bottom)\s+{_NUMBER}\s*(?:%|percent\b|per cent\b)", re.I)
_RANGE = re.compile(rf"\bbetween\s+{_NUMBER}\s+and\s+{_NUMBER}", re.I)
_COMPARED = re.compile(rf"({_SIGN})\s*{_NUMBER}", re.I)
_MEASURED = re.compile(rf"\b({'|'.join(AGGREGATES)})\s+(.+?)\s+of\s+", re.I)
_AMOUNTS = {word: operator for operator, words in SIGNS.items() for word in words}


@dataclass
class Wish:
    """What was read: `compared` is (words before, operator, value), `measured` (aggregate, property). `words` is what is
    left, still to be found in the catalogue."""

    out: bool = False
    negated: bool = False
    window: Json | None = None
    older: Json | None = None
    next: Json | None = None
    count: tuple[str, Any] | None = None
    on_days: bool = False
    share: tuple[str, float] | None = None
    compared: tuple[list[str], str, Any] | None = None
    measured: tuple[str, list[str]] | None = None
    words: list[str] = field(default_factory=list)


class _Text:
    """The typed text, of which what is understood is taken away."""

    def __init__(self, text: str) -> None:
        self.rest = _plain(text)

    def take(self, form: re.Pattern[str]) -> re.Match[str] | None:
        found = form.search(self.rest)
        if found:
            self.rest = f"{self.rest[: found.start()]} {self.rest[found.end() :]}".strip()
        return found


def read(text: str) -> Wish:
    """The wish in a text. Never fails: what it does not know stays in `words`."""
    typed, wish = _Text(text), Wish()
    wish.out = typed.take(_OUT) is not None
    wish.negated = typed.take(_NOT) is not None
    _read_share(typed, wish)
    _read_count(typed, wish)
    _read_window(typed, wish)
    if found := typed.take(_MEASURED):
        wish.measured = (AGGREGATES[found[1].lower()], words_of(found[2]))
    _read_comparison(typed, wish)
    wish.words = words_of(typed.rest)
    return wish


def words_of(text: str) -> list[str]:
    """The words that say something; “or” stays, since it joins."""
    found = [word.strip(" ,;.") for word in text.split()]
    return [word for word in found if word and word.lower() not in NOISE]


def _plain(text: str) -> str:
    """Numbers as digits: `three times` as `3 times`, `twice` as `2 times`."""
    text = re.sub(r"\s+", " ", text).strip()
    text = re.sub(r"\bonce\b", "1 times", text, flags=re.I)
    text = re.sub(r"\btwice\b", "2 times", text, flags=re.I)
    text = re.sub(rf"\ban?\s+(?={_UNIT})", "1 ", text, flags=re.I)
    for value, word in enumerate(NUMBERS):
        text = re.sub(rf"\b{word}\b", str(value), text, flags=re.I)
    return text


def number(text: str) -> int | float:
    """A number as it was typed, thousands set apart by commas or not."""
    value = float(text.replace(",", ""))
    return int(value) if value.is_integer() else value


def _span(amount: str | None, unit: str) -> Json:
    name, many = UNITS[unit.lower()]
    return {"amount": int(number(amount or "1")) * many, "unit": name}


def _read_share(typed: _Text, wish: Wish) -> None:
    if found := typed.take(_SHARE):
        wish.share = (found[1].lower(), number(found[2]))


def _read_count(typed: _Text, wish: Wish) -> None:
    if found := typed.take(_TIMES_BETWEEN):
        wish.count = ("between", [number(found[1]), number(found[2])])
        return
    found = typed.take(_DAYS)
    wish.on_days = found is not None
    found = found or typed.take(_TIMES)
    if found:
        wish.count = (_AMOUNTS.get((found[1] or "").lower(), "gte"), number(found[2]))


def _read_window(typed: _Text, wish: Wish) -> None:
    if found := typed.take(_BETWEEN):
        wish.window = {"from": _span(found[1], found[2] or found[4]), "to": _span(found[3], found[4])}
    elif found := typed.take(_OLDER):
        wish.older = _span(found[1], found[2])
    elif found := typed.take(_LAST) or typed.take(_WITHIN):
        span = _span(found[2], found[3])
        if (found[1] or "").lower() in ("next", "coming"):
            wish.next = span
        else:
            wish.window = {"last": span}
    elif typed.take(_EVER):
        wish.window = {"ever": True}


def _read_comparison(typed: _Text, wish: Wish) -> None:
    found = _RANGE.search(typed.rest)
    if found:
        operator, value = "between", [number(found[1]), number(found[2])]
    elif found := _COMPARED.search(typed.rest):
        operator, value = _AMOUNTS[found[1].lower()], number(found[2])  # type: ignore[assignment]
    else:
        return
    wish.compared = (words_of(typed.rest[: found.start()]), operator, value)
    typed.rest = f"{typed.rest[: found.start()]} {typed.rest[found.end() :]}"
