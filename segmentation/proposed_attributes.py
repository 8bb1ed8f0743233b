"""Something about customers, from typed words: an attribute named in full, and what its type lets one say of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from segmentation.naming import Naming, naming
from segmentation.queries.names import Names
from segmentation.queries.suggestions import attribute_values_like
from segmentation.rules.nodes import ValueType
from segmentation.rules.operators import OPERATORS, opposite_of
from segmentation.rules.wishes import Wish
from segmentation.rules.wording import LABELS

LIKELY = 3
# Fewer letters are taken as they are typed: `f` need not be the beginning of `female`.
SHORTEST = 3
Node = dict[str, Any]
Found = tuple[float, Node]


def of_attributes(wish: Wish, names: Names) -> Iterator[Found]:
    """Every attribute that the words name, its key or its label, with the rest of them as its value."""
    if wish.count or wish.measured or not wish.words:
        return
    for key, type_ in names.attributes.items():
        found = _best(wish.words, key)
        if found is not None:
            yield from ((found.points + more + 1, node) for more, node in _asked(wish, key, type_, list(found.rest)))


def _best(words: Sequence[str], key: str) -> Naming | None:
    """The better reading of the two names of an attribute; times of it are known by what happened then."""
    said = (key, LABELS.get(key, key), key.removesuffix("_at"))
    found = [one for name in said if (one := naming(words, name, whole=True))]
    return max(found, key=lambda one: (-len(one.rest), one.points), default=None)


def _asked(wish: Wish, key: str, type_: str, rest: list[str]) -> Iterator[Found]:
    attribute: Node = {"type": "attribute", "key": key}
    if wish.share:
        if not rest and type_ == "number":
            node = {"type": "percentile", "key": key, "side": wish.share[0], "percent": wish.share[1]}
            yield 1.0, {"op": "none", "conditions": [node]} if wish.negated else node
    elif [word.lower() for word in rest] in (["set"], ["known"]):
        yield 1.0, {**attribute, "operator": "is_not_set" if wish.negated else "is_set"}
    elif wish.compared:
        if not rest and type_ == "number":
            yield 1.0, {**attribute, **_test(ValueType.NUMBER, wish.compared[1], wish.compared[2], wish.negated)}
    elif type_ == "date":
        yield from ((1.0, {**attribute, **test}) for test in _date_tests(wish, key, rest))
    elif wish.window is None and wish.older is None and wish.next is None:
        yield from ((more, {**attribute, **test}) for more, test in _value_tests(wish, key, type_, rest))


def _date_tests(wish: Wish, key: str, rest: Sequence[str]) -> Iterator[Node]:
    if rest:
        return
    last = (wish.window or {}).get("last")
    if last:
        yield _test(ValueType.DATE, "in_last", last, wish.negated)
    elif wish.older and not wish.negated:
        yield {"operator": "older_than", "value": wish.older}
    elif wish.next and not wish.negated:
        days = wish.next["unit"] in ("days", "weeks")
        yield {"operator": "anniversary_in_next" if key == "birthday" and days else "in_next", "value": wish.next}


def _value_tests(wish: Wish, key: str, type_: str, rest: Sequence[str]) -> Iterator[Found]:
    """Texts, lists and yes-or-no; without a value the usual ones are offered."""
    if type_ == "boolean":
        if not rest:
            yield 1.0, {"operator": "is_not_true" if wish.negated else "is_true"}
        return
    if type_ not in ("text", "list", "any"):
        return
    kind, operator = (ValueType.LIST, "has_any") if type_ == "list" else (ValueType.TEXT, "is")
    if not rest:
        for entry in attribute_values_like("", key=key)[:LIKELY]:
            yield 0.0, _test(kind, operator, entry["value"], wish.negated)
        return
    values = list(dict.fromkeys(_as_kept(text.strip(), key) for text in " ".join(rest).split(" or ")))
    yield float(len(rest)), _test(kind, operator, values[0] if len(values) == 1 else values, wish.negated)


def _as_kept(text: str, key: str) -> str:
    """The commonest value that is the text or begins with it, written as customers have it; the text itself if there is none."""
    offered = [str(entry["value"]) for entry in attribute_values_like(text, key=key)]
    same = [value for value in offered if value.lower() == text.lower()]
    begins = [value for value in offered if value.lower().startswith(text.lower()) and len(text) >= SHORTEST]
    return next(iter([*same, *begins]), text)


def _test(type_: ValueType, operator: str, value: Any, negated: bool) -> Node:
    """A test and its value; the negative twin where the operator has one, else the opposite comparison."""
    name = opposite_of(type_, operator) if negated else operator
    return {"operator": OPERATORS[(type_, name)].name, "value": value}
