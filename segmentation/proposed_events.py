"""What customers did, from typed words: the events named, where a property is a value, how often, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from segmentation.naming import naming, tokens
from segmentation.queries.names import Names
from segmentation.queries.suggestions import frequencies_of, values_named
from segmentation.rules.nodes import ValueType
from segmentation.rules.operators import opposite_of
from segmentation.rules.wishes import Wish

LOOKED_INTO = 5
YEAR = {"amount": 365, "unit": "days"}
OPENINGS = ("opened", "created", "requested", "started")
CLOSINGS = ("closed", "resolved", "solved", "completed", "cancelled")
Node = dict[str, Any]
Found = tuple[float, Node]


def of_events(wish: Wish, names: Names, *, now: datetime) -> Iterator[Found]:
    """Events by their names, the frequent ones first among equals; what is left of the words has to be a value of theirs."""
    if not wish.words or wish.share or wish.older or wish.next:
        return
    yield from _of_several(wish, names)
    named = [(name, found) for name in names.events if (found := naming(wish.words, name))]
    least = min((len(found.rest) for _, found in named), default=0)
    # An event that leaves more words to its values may be the one that has them.
    named.sort(key=lambda one: (len(one[1].rest) > least + 1, -one[1].points))
    often = frequencies_of([name for name, _ in named[: 3 * LOOKED_INTO]], now=now)
    named.sort(key=lambda one: (-one[1].points, -often.get(one[0], 0)))
    for name, found in named[:LOOKED_INTO]:
        weight = found.points + min(often.get(name, 0), 9_999) / 20_000
        yield from ((weight + more, node) for more, node in _with_values(wish, name, list(found.rest), names))


def _with_values(wish: Wish, name: str, rest: list[str], names: Names) -> Iterator[Found]:
    """The event with the words that are left as tests of its properties."""
    tests, compared = [], None
    if wish.compared and not wish.measured:
        key = _property_in(wish.compared[0], names.properties.get(name, []))
        if key is not None:
            rest = [word for word in rest if word.lower() not in tokens(key)]
            tests = [{"property": key, "operator": wish.compared[1], "value": wish.compared[2]}]
        elif wish.count:
            return
        else:
            compared = wish.compared[1:]
            if rest:
                return
    if not rest:
        yield from ((0.0, node) for node in _counted(wish, name, tests, names, compared))
        return
    for where in _tests_of(name, rest):
        yield from ((3.0 * len(rest), node) for node in _counted(wish, name, [*where, *tests], names, compared))


def _tests_of(name: str, rest: Sequence[str]) -> Iterator[list[Node]]:
    """The ways in which words are values of an event's properties: all of them together, or one by one."""
    chosen = " ".join(rest).split(" or ")
    if len(chosen) > 1:
        first = values_named(chosen[0], event=name, many=1)
        found = [
            [value for key, value in values_named(text, event=name) if key == first[0][0]] for text in chosen if first
        ]
        if found and all(found):
            yield [{"property": first[0][0], "operator": "is", "value": [values[0] for values in found]}]
        return
    together = values_named(" ".join(rest), event=name)
    for key, value in together:
        yield [{"property": key, "operator": "is", "value": value}]
    apart = [values_named(word, event=name, many=1) for word in rest] if len(rest) > 1 and not together else []
    if apart and all(apart):
        yield [{"property": found[0][0], "operator": "is", "value": found[0][1]} for found in apart]


def _counted(
    wish: Wish, event: str | list[str], where: Sequence[Node], names: Names, compared: tuple[str, Any] | None
) -> Iterator[Node]:
    """The condition on events that are found: how often or how much, and when."""
    node: Node = {"type": "event", "event": event, **({"where": list(where)} if where else {})}
    window = wish.window or {"ever": True}
    if wish.measured:
        known = names.properties.get(event if isinstance(event, str) else event[0], [])
        key = _property_in(wish.measured[1], known)
        if key is not None and wish.compared:
            measure = {"aggregate": wish.measured[0], "property": key}
            operator, value = wish.compared[1:]
            yield {**node, "measure": measure, **_asked(operator, value, wish.negated), "window": window}
        return
    measure = {"aggregate": "days_active" if wish.on_days else "count"}
    count = wish.count or compared
    if count:
        yield {**node, "measure": measure, **_asked(*count, wish.negated), "window": window}
    else:
        operator, value = ("eq", 0) if wish.negated else ("gte", 1)
        yield {**node, "measure": measure, "operator": operator, "value": value, "window": window}


def _asked(operator: str, value: Any, negated: bool) -> Node:
    return {"operator": opposite_of(ValueType.NUMBER, operator) if negated else operator, "value": value}


def _property_in(words: Sequence[str], known: Sequence[str]) -> str | None:
    """The property that words name; the longest of several."""
    whole = [key for key in known if naming(words, key, whole=True)]
    return max(whole, key=lambda key: (len(tokens(key)), key), default=None)


def _of_several(wish: Wish, names: Names) -> Iterator[Found]:
    """Any of several events: “email opened or email link clicked”."""
    texts = [text.split() for text in " ".join(wish.words).split(" or ")]
    if len(texts) < 2 or wish.measured:
        return
    chosen, points = [], 0.0
    for words in texts:
        ranked = [(found.points, name) for name in names.events if (found := naming(words, name)) and not found.rest]
        if not ranked:
            return
        best, name = max(ranked, key=lambda one: (one[0], one[1]))
        chosen.append(name)
        points += best
    yield from ((points + 1, node) for node in _counted(wish, list(dict.fromkeys(chosen)), [], names, None))


def of_open_things(wish: Wish, names: Names) -> Iterator[Found]:
    """What was opened and not closed: “open ticket” where there are Ticket Opened and Ticket Closed."""
    words = [word for word in wish.words if word.lower() != "open"]
    if len(words) == len(wish.words) or not words or wish.count or wish.compared or wish.share:
        return
    for first in names.events:
        *noun, opening = tokens(first)
        found = naming(words, " ".join(noun)) if noun and opening in OPENINGS else None
        if found is None or found.rest:
            continue
        closing = next(
            (other for other in names.events if tokens(other)[:-1] == noun and tokens(other)[-1] in CLOSINGS), None
        )
        if closing is not None:
            yield found.points + 6, _unclosed(first, closing, noun, wish, names)


def _unclosed(first: str, closing: str, noun: Sequence[str], wish: Wish, names: Names) -> Node:
    span = (wish.window or {}).get("last", YEAR)
    shared = set(names.properties.get(first, [])) & set(names.properties.get(closing, []))
    same = sorted(key for key in shared if tokens(key) == [*noun, "id"])
    node = {"type": "sequence", "first": {"event": first}, "then": {"event": closing}, "negate": True}
    return {**node, "within": span, "window": {"last": span}, **({"same": same} if same else {})}
