"""Whether a customer belongs to a rule at an instant."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from segmentation.rules import nodes
from segmentation.rules.catalogue import ORDER_TRAITS, Catalogue
from segmentation.rules.nodes import Duration, Node, Rule, Selector, Test, ValueType, Window
from tests.reference.orders import order_traits
from tests.reference.values import as_instant, as_list, as_number, as_text, lowered, told_apart
from tests.reference.world import Customer, Event, World

NEGATIVES = {
    "is_not": "is",
    "not_contains": "contains",
    "not_starts_with": "starts_with",
    "not_ends_with": "ends_with",
    "is_not_set": "is_set",
    "neq": "eq",
    "not_between": "between",
    "is_not_true": "is_true",
    "not_in_last": "in_last",
    "has_none": "has_any",
    "not_reachable": "reachable",
}
COLUMNS = ("user_id", "email", "phone", "timezone", "first_seen_at", "last_seen_at")


def matches(rule: Rule, customer: Customer, *, now: datetime, world: World) -> bool:
    """Whether the customer, one of the world's, belongs to the rule at `now`."""
    included = holds(rule.include, customer, now=now, world=world)
    return included and not (rule.exclude is not None and holds(rule.exclude, customer, now=now, world=world))


def members(rule: Rule, *, now: datetime, world: World) -> set[str]:
    """The ids of everyone who belongs."""
    return {customer.id for customer in world.customers if matches(rule, customer, now=now, world=world)}


def holds(node: Node, customer: Customer, *, now: datetime, world: World) -> bool:
    """Whether one node is true."""
    match node:
        case nodes.Group("all", conditions):
            return all(holds(condition, customer, now=now, world=world) for condition in conditions)
        case nodes.Group(op, conditions):
            found = any(holds(condition, customer, now=now, world=world) for condition in conditions)
            return found if op == "any" else not found
        case nodes.Attribute(key, test):
            value = attribute(customer, key, now)
            return passes(test, value, now, seconds=reads_seconds(world.catalogue, key))
        case nodes.Event(measured, test):
            return passes(test, measure(measured, customer, now, world), now)
        case nodes.Latest():
            return _latest(node, customer, now, world)
        case nodes.Sequence():
            return _sequence(node, customer, now, world)
        case nodes.Compare():
            return _compare(node, customer, now, world)
        case nodes.Percentile():
            return _percentile(node, customer, now, world)
        case nodes.Segment():
            return _segment(node, customer, now)
        case nodes.Consent():
            return _consent(node, customer)
    raise TypeError(node)


# Values and tests


def attribute(customer: Customer, key: str, now: datetime) -> Any:
    """The value of an attribute; None where it is missing."""
    if key in COLUMNS:
        return getattr(customer, key)
    if key == "created_at":
        return customer.created_at or customer.first_seen_at
    if key == "known":
        return bool(customer.user_id or customer.email or customer.phone)
    if key == "age":
        return _age(customer, now)
    if key in ORDER_TRAITS:
        return order_traits(customer, now).get(key)
    return customer.attributes.get(key)


def reads_seconds(catalogue: Catalogue, key: str) -> bool:
    return catalogue.attributes.get(key) is ValueType.DATE


def _age(customer: Customer, now: datetime) -> Fraction | None:
    given = as_number(customer.attributes.get("age"))
    if given is not None:
        return given
    born = as_instant(customer.attributes.get("birthday"), seconds=True)
    if born is None:
        return None
    birthday_came = (now.month, now.day) >= (born.month, born.day)
    return Fraction(now.year - born.year - (0 if birthday_came else 1))


def passes(test: Test, value: Any, now: datetime, *, seconds: bool = False) -> bool:
    """Whether a value passes a test. A missing value fails a positive operator, so it passes a negative one."""
    if test.operator in NEGATIVES:
        positive = Test(test.type, NEGATIVES[test.operator], test.operand)
        return not passes(positive, value, now, seconds=seconds)
    if test.operator == "is_set":
        return value is not None
    if test.type is ValueType.TEXT:
        return _text_passes(test, as_text(value))
    if test.type is ValueType.NUMBER:
        return _number_passes(test.operator, test.operand, as_number(value))
    if test.type is ValueType.BOOLEAN:
        return value is True
    if test.type is ValueType.LIST:
        return _list_passes(test, as_list(value))
    return _date_passes(test, as_instant(value, seconds=seconds), now)


def _text_passes(test: Test, text: str | None) -> bool:
    if text is None:
        return False
    wanted = [lowered(operand) for operand in test.operand]
    match test.operator:
        case "is":
            return text in wanted
        case "contains":
            return wanted[0] in text
        case "starts_with":
            return text.startswith(wanted[0])
        case "ends_with":
            return text.endswith(wanted[0])
    raise ValueError(test.operator)


def _list_passes(test: Test, texts: list[str] | None) -> bool:
    if texts is None:
        return False
    found = [lowered(operand) in texts for operand in test.operand]
    return any(found) if test.operator == "has_any" else all(found)


def _number_passes(operator: str, operand: Any, number: Fraction | None) -> bool:
    if number is None:
        return False
    if operator == "between":
        return as_number(operand[0]) <= number <= as_number(operand[1])
    return COMPARED[operator](number, as_number(operand))


COMPARED: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "eq": lambda a, b: a == b,
    "neq": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
}


def _date_passes(test: Test, instant: datetime | None, now: datetime) -> bool:
    if instant is None:
        return False
    operand = test.operand
    match test.operator:
        case "before":
            return instant < operand
        case "after":
            return instant > operand
        case "between":
            return operand[0] <= instant < operand[1]
        case "in_last":
            return now - operand.length < instant <= now
        case "in_next":
            return now < instant <= now + operand.length
        case "older_than":
            return instant <= now - operand.length
        case "anniversary_in_next":
            return _celebrates_within(instant, operand, now)
    raise ValueError(test.operator)


def _celebrates_within(instant: datetime, days: Duration, now: datetime) -> bool:
    """Whether a day from today to `days` - 1 days later has the month and day; 1 March stands in for 29 February."""
    for later in range(min(days.length.days, 367)):
        day = (now + timedelta(days=later)).date()
        if (day.month, day.day) == (instant.month, instant.day):
            return True
        leap = day.year % 4 == 0 and (day.year % 100 != 0 or day.year % 400 == 0)
        if (instant.month, instant.day) == (2, 29) and (day.month, day.day) == (3, 1) and not leap:
            return True
    return False


# Events


def in_window(time: datetime, window: Window, now: datetime) -> bool:
    """Whether something at `time` counts; nothing after `now` does."""
    if time > now:
        return False
    match window:
        case nodes.Ever():
            return True
        case nodes.Last(duration):
            return time > now - duration.length
        case nodes.FromTo(start, end):
            return now - start.length < time <= now - end.length
        case nodes.Between(start, end):
            return start <= time < end
    raise TypeError(window)


def selected(selector: Selector, customer: Customer, now: datetime, world: World) -> list[Event]:
    """The customer's events up to now that have the name and pass every test, oldest first, as received."""
    found = [
        event
        for event in customer.events
        if event.time <= now
        and (event.line is None if selector.names == ("*",) else event.name in selector.names)
        and all(passes(line.test, prop(event, line.property, customer, world), now) for line in selector.where)
    ]
    return sorted(found, key=lambda event: (event.time, event.received))


def prop(event: Event, name: str, customer: Customer, world: World) -> Any:
    """A property of an event; None where it is missing."""
    source = world.sources[event.source]
    if name == "$store":
        return event.store if event.store is not None else source.store
    if name == "$source":
        return event.source
    if name in ("$hour", "$weekday"):
        local = event.time.astimezone(ZoneInfo(customer.timezone or source.timezone or "UTC"))
        return local.hour if name == "$hour" else local.isoweekday()
    return event.properties.get(name)


def measure(measured: nodes.Measured, customer: Customer, now: datetime, world: World) -> Fraction | None:
    """The number that a measure gives; None where it has no value."""
    events = [
        event
        for event in selected(measured.selector, customer, now, world)
        if in_window(event.time, measured.window, now)
    ]
    aggregate, name = measured.measure.aggregate, measured.measure.property
    if aggregate == "count":
        return Fraction(len(events))
    if aggregate == "days_active":
        return Fraction(len({event.time.astimezone(UTC).date() for event in events}))
    values = [prop(event, name or "", customer, world) for event in events]
    if aggregate == "distinct":
        return Fraction(len({told_apart(value) for value in values if value is not None}))
    return _aggregated(aggregate, [number for number in map(as_number, values) if number is not None])


def _aggregated(aggregate: str, numbers: Iterable[Fraction]) -> Fraction | None:
    numbers = list(numbers)
    if aggregate == "sum":
        return sum(numbers, Fraction(0))
    if not numbers:
        return None
    if aggregate == "avg":
        return sum(numbers, Fraction(0)) / len(numbers)
    return min(numbers) if aggregate == "min" else max(numbers)


def _latest(node: nodes.Latest, customer: Customer, now: datetime, world: World) -> bool:
    events = [e for e in selected(node.selector, customer, now, world) if in_window(e.time, node.window, now)]
    if not events:
        return passes(node.test, None, now)
    event = events[-1] if node.which == "last" else events[0]
    return passes(node.test, prop(event, node.property, customer, world), now)


def _sequence(node: nodes.Sequence, customer: Customer, now: datetime, world: World) -> bool:
    firsts = [e for e in selected(node.first, customer, now, world) if in_window(e.time, node.window, now)]
    thens = selected(node.then, customer, now, world)

    def follows(first: Event, then: Event) -> bool:
        in_time = first.time < then.time <= first.time + node.within.length
        return in_time and all(_same(name, first, then) for name in node.same)

    def _same(name: str, first: Event, then: Event) -> bool:
        one, other = prop(first, name, customer, world), prop(then, name, customer, world)
        return one is not None and other is not None and told_apart(one) == told_apart(other)

    for first in firsts:
        followed = any(follows(first, then) for then in thens)
        waited = node.after is None or now - first.time >= node.after.length
        if (not followed and waited) if node.negate else followed:
            return True
    return False


# Comparing, ranking, segments, consent


def _compare(node: nodes.Compare, customer: Customer, now: datetime, world: World) -> bool:
    left, right = (_side(side, customer, now, world) for side in (node.left, node.right))
    if left is None or right is None:
        return False
    return COMPARED[node.operator](left, as_number(node.factor) * right + as_number(node.offset))


def _side(side: nodes.Side, customer: Customer, now: datetime, world: World) -> Fraction | None:
    if isinstance(side, nodes.Measured):
        return measure(side, customer, now, world)
    if isinstance(side, nodes.AttributeSide):
        return as_number(attribute(customer, side.key, now))
    return as_number(side.value)


def _percentile(node: nodes.Percentile, customer: Customer, now: datetime, world: World) -> bool:
    value = as_number(attribute(customer, node.key, now))
    if value is None:
        return False
    limit = threshold(node, now, world)
    return value >= limit if node.side == "top" else value <= limit


def threshold(node: nodes.Percentile, now: datetime, world: World) -> Fraction:
    """The continuous percentile of everyone who has the value, between the two values around its place."""
    numbers = (as_number(attribute(customer, node.key, now)) for customer in world.customers)
    values = sorted(number for number in numbers if number is not None)
    percent = as_number(node.percent)
    place = (len(values) - 1) * ((100 - percent) if node.side == "top" else percent) / 100
    low = place // 1
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def _segment(node: nodes.Segment, customer: Customer, now: datetime) -> bool:
    changes = [change for change in customer.changes if change.segment == node.segment and change.at <= now]
    if node.state == "in":
        return bool(changes) and sorted(changes, key=lambda change: change.at)[-1].kind == "entered"
    kind = "exited" if node.state == "left" else "entered"
    window = node.window or nodes.Ever()
    return any(change.kind == kind and in_window(change.at, window, now) for change in changes)


def _consent(node: nodes.Consent, customer: Customer) -> bool:
    if node.operator in NEGATIVES:
        return not _consent(nodes.Consent(node.channel, NEGATIVES[node.operator], node.states), customer)
    state = customer.consents.get(node.channel, "never")
    if node.operator == "is":
        return state in node.states
    return state == "subscribed" and reaches(node.channel, customer)


def reaches(channel: str, customer: Customer) -> bool:
    """Whether the channel has an address that could work."""
    if channel == "email":
        name, _, domain = (customer.email or "").partition("@")
        labels = domain.split(".")
        spaced = any(char.isspace() for char in customer.email or "")
        return bool(name) and "@" not in domain and len(labels) > 1 and all(labels) and not spaced
    phone = customer.phone or ""
    digits = phone.removeprefix("+")
    shaped = phone.startswith("+") and digits.isascii() and digits.isdigit() and digits[0] != "0"
    return channel == "sms" and shaped and 7 <= len(digits) <= 15
