"""Random rules, histories and instants that meet each other: few names, few values, times close to the windows' edges.

Every strategy draws from the same small pools, so that a rule often finds what it asks for and often only just. All
rules are as `parse` would make them. `TIDELINE_EXAMPLES` multiplies how much is tried (1 by default), and
`TIDELINE_RANDOM=1` tries something else each time; without it a test tries the same examples everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from collections.abc import Sequence as PySequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from segmentation.rules.nodes import (
    Attribute,
    AttributeSide,
    Between,
    Compare,
    Consent,
    Duration,
    Event,
    Ever,
    FromTo,
    Group,
    Last,
    Latest,
    Measure,
    Measured,
    Node,
    NumberSide,
    Operand,
    Percentile,
    PropertyTest,
    Rule,
    Segment,
    Selector,
    Sequence,
    Test,
    ValueType,
    Window,
)
from segmentation.rules.operators import OPERATORS, OperandKind, operators_of
from tests.reference import world as w

FACTOR = float(os.environ.get("TIDELINE_EXAMPLES", "1"))
RANDOM = os.environ.get("TIDELINE_RANDOM", "") == "1"


def tried(examples: int) -> Callable[[Any], Any]:
    """Settings for a property test: about so many examples, no deadline, the same ones each time unless asked."""
    return settings(
        max_examples=max(1, round(examples * FACTOR)),
        deadline=None,
        derandomize=not RANDOM,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    )


NOWS = (
    datetime(2026, 3, 1, 12, tzinfo=UTC),
    datetime(2026, 3, 1, tzinfo=UTC),
    datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(2025, 12, 31, 23, 30, tzinfo=UTC),
)
MICROSECOND = timedelta(microseconds=1)
LENGTHS = (
    Duration(1, "minutes"),
    Duration(1, "hours"),
    Duration(24, "hours"),
    Duration(1, "days"),
    Duration(2, "days"),
)
LENGTHS += (Duration(1, "weeks"), Duration(30, "days"), Duration(365, "days"))
TEXTS = ("PL", "pl", "p", "ŻÓŁTY", "żółty", "", "a_b%c", "aXbYc", "50% off", "it's", "a\\b", "ΟΔΟΣ", "οδος", "Σ")
TEXTS += ("İstanbul", "ß", "SS", "12", "true", "null", "“so”, or", "日本", " pl", "é", "e\u0301", "vip")
NUMBERS = tuple(Decimal(text) for text in ("0", "1", "2", "-1", "0.1", "0.3", "10", "50", "50.5", "1000000", "12"))
DATES = (
    "2026-02-22",
    "2026-02-22T12:00:00.000001Z",
    "2026-03-01T13:00:00+01:00",
    "1990-03-01",
    "1992-02-29",
    "no date",
)
DATES += (
    "2026-02-30",
    "2024-02-29T23:59:59.999999",
    "2026-03-02 12:00",
    "2025-12-31",
    "2026-03-07T00:00:00Z",
    "2026-03",
)

NAMES = ("View", "view", "Cart", "Order Completed", "Order Refunded", "Order Cancelled", "Product Ordered")
PROPERTIES = {"category": ValueType.TEXT, "revenue": ValueType.NUMBER, "gift": ValueType.BOOLEAN}
PROPERTIES |= {"due": ValueType.DATE, "tags": ValueType.LIST, "it's %s": ValueType.TEXT, "price": ValueType.NUMBER}
EVERY_PROPERTY = PROPERTIES | {"$hour": ValueType.NUMBER, "$weekday": ValueType.NUMBER}
EVERY_PROPERTY |= {"$store": ValueType.TEXT, "$source": ValueType.TEXT}
TRAITS = {"points": ValueType.NUMBER, "vip": ValueType.BOOLEAN, "country": ValueType.TEXT, "tags": ValueType.LIST}
TRAITS |= {"seen": ValueType.DATE, "birthday": ValueType.DATE, "city 'x'": ValueType.TEXT}
KEPT = {
    "email": ValueType.TEXT,
    "created_at": ValueType.DATE,
    "last_seen_at": ValueType.DATE,
    "known": ValueType.BOOLEAN,
}
KEPT |= {"age": ValueType.NUMBER}
ORDER_TRAITS = {"orders_ever": ValueType.NUMBER, "revenue_ever": ValueType.NUMBER, "orders_12_months": ValueType.NUMBER}
ORDER_TRAITS |= {"total_revenue": ValueType.NUMBER, "revenue_12_months": ValueType.NUMBER}
ORDER_TRAITS |= {"average_order_value": ValueType.NUMBER, "last_order_at": ValueType.DATE}
ORDER_TRAITS |= {"first_order_at": ValueType.DATE, "days_since_last_order": ValueType.NUMBER}
ORDER_TRAITS |= {"purchase_cycle_days": ValueType.NUMBER, "refunded_revenue": ValueType.NUMBER}
ATTRIBUTES = TRAITS | KEPT | ORDER_TRAITS
RANKED = ("points", "age", "revenue_ever", "average_order_value", "days_since_last_order", "purchase_cycle_days")
SEGMENTS = ("vip", "at-risk")
CHANNELS = ("email", "sms", "push")
STATES = ("subscribed", "unsubscribed", "never")

lengths = st.sampled_from(LENGTHS)
texts = st.sampled_from(TEXTS)
numbers = st.sampled_from(NUMBERS)


def nows() -> st.SearchStrategy[datetime]:
    return st.sampled_from(NOWS)


Item = TypeVar("Item")


def any_of(pool: PySequence[Item]) -> st.SearchStrategy[Item]:
    """One of a large pool; `sampled_from` would print the whole pool wherever it names itself."""
    return st.integers(0, len(pool) - 1).map(pool.__getitem__)


def _moments() -> tuple[datetime, ...]:
    backs = (timedelta(0), *(length.length for length in LENGTHS))
    nudges = (timedelta(0), MICROSECOND, -MICROSECOND, timedelta(hours=1), -timedelta(hours=1))
    return tuple(dict.fromkeys(now - back + nudge for now in NOWS for back in backs for nudge in nudges))


MOMENTS = _moments()


def moments() -> st.SearchStrategy[datetime]:
    """An instant beside an edge of a window that ends now, often exactly on it, sometimes in the future."""
    return any_of(MOMENTS)


# Rules


_IN_ORDER = sorted(MOMENTS)
SPANS = tuple((one, other) for one in _IN_ORDER[::3] for other in _IN_ORDER[1::4] if one < other)


def spans_of_time() -> st.SearchStrategy[tuple[datetime, datetime]]:
    return any_of(SPANS)


@cache
def windows() -> st.SearchStrategy[Window]:
    pairs = st.sampled_from([(one, other) for one in LENGTHS for other in LENGTHS if one.length > other.length])
    spans = spans_of_time()
    return st.one_of(
        st.builds(Last, lengths),
        st.just(Ever()),
        st.builds(lambda pair: FromTo(*pair), pairs),
        st.builds(lambda pair: Between(*pair), spans),
    )


@cache
def operands(kind: OperandKind) -> st.SearchStrategy[Operand]:
    match kind:
        case OperandKind.TEXT:
            return st.tuples(texts)
        case OperandKind.TEXTS:
            return st.lists(texts, min_size=1, max_size=3).map(tuple)
        case OperandKind.NUMBER:
            return numbers
        case OperandKind.NUMBERS:
            return st.tuples(numbers, numbers).map(lambda pair: (min(pair), max(pair)))
        case OperandKind.INSTANT:
            return moments()
        case OperandKind.INSTANTS:
            return spans_of_time()
        case OperandKind.DAYS:
            return st.sampled_from(
                (Duration(1, "days"), Duration(2, "days"), Duration(1, "weeks"), Duration(400, "days"))
            )
        case OperandKind.DURATION:
            return lengths
    return st.none()


@cache
@st.composite
def tests_of(draw: st.DrawFn, type_: ValueType) -> Test:
    operator = draw(st.sampled_from(operators_of(type_)))
    return Test(operator.type, operator.name, draw(operands(OPERATORS[(operator.type, operator.name)].operand)))


@cache
@st.composite
def property_tests(draw: st.DrawFn) -> PropertyTest:
    name = draw(st.sampled_from(sorted(EVERY_PROPERTY)))
    # Now and then an operator of another type than the property mostly has; the language's own ones keep theirs.
    type_ = EVERY_PROPERTY[name]
    if not name.startswith("$"):
        type_ = draw(st.sampled_from((type_, type_, type_, ValueType.TEXT, ValueType.NUMBER)))
    return PropertyTest(name, draw(tests_of(type_)))


@cache
def selectors() -> st.SearchStrategy[Selector]:
    some = st.lists(st.sampled_from(NAMES), min_size=1, max_size=2).map(tuple)
    names = st.one_of(some, some, st.just(("*",)))
    return st.builds(Selector, names, st.lists(property_tests(), max_size=2).map(tuple))


@cache
def measures() -> st.SearchStrategy[Measure]:
    of_events = st.sampled_from(("count", "days_active"))
    of_property = st.sampled_from(("sum", "avg", "min", "max", "distinct"))
    keys = st.sampled_from(("revenue", "price", "category", "$hour", "gift"))
    return st.one_of(st.builds(Measure, of_events), st.builds(Measure, of_property, keys))


@cache
def measured() -> st.SearchStrategy[Measured]:
    return st.builds(Measured, selectors(), measures(), windows())


@cache
@st.composite
def attribute_nodes(draw: st.DrawFn) -> Attribute:
    key = draw(st.sampled_from(sorted(ATTRIBUTES)))
    return Attribute(key, draw(tests_of(ATTRIBUTES[key])))


@cache
@st.composite
def latest_nodes(draw: st.DrawFn) -> Latest:
    line = draw(property_tests())
    which = draw(st.sampled_from(("last", "first")))
    return Latest(draw(selectors()), which, line.property, line.test, draw(windows()))


@cache
@st.composite
def sequence_nodes(draw: st.DrawFn) -> Sequence:
    negate = draw(st.booleans())
    after = draw(st.one_of(st.none(), lengths)) if negate else None
    same = draw(st.lists(st.sampled_from(("category", "order_id", "revenue", "$store")), max_size=1))
    return Sequence(draw(selectors()), draw(selectors()), draw(lengths), draw(windows()), negate, after, tuple(same))


@cache
def compare_nodes() -> st.SearchStrategy[Compare]:
    keys = [key for key, type_ in ATTRIBUTES.items() if type_ is ValueType.NUMBER]
    side = st.one_of(measured(), st.builds(AttributeSide, st.sampled_from(keys)), st.builds(NumberSide, numbers))
    comparison = st.sampled_from(("eq", "neq", "gt", "gte", "lt", "lte"))
    factors = st.sampled_from((Decimal(1), Decimal(2), Decimal("0.5"), Decimal(-1), Decimal(0)))
    return st.builds(
        Compare, side, comparison, side, factors, st.sampled_from((Decimal(0), Decimal(5), Decimal("-0.1")))
    )


@cache
def percentile_nodes() -> st.SearchStrategy[Percentile]:
    percents = st.sampled_from(tuple(Decimal(text) for text in ("5", "20", "50", "33.3", "100")))
    return st.builds(Percentile, st.sampled_from(RANKED), st.sampled_from(("top", "bottom")), percents)


@cache
def segment_nodes() -> st.SearchStrategy[Segment]:
    slugs = st.sampled_from(SEGMENTS)
    return st.one_of(
        st.builds(Segment, slugs, st.sampled_from(("in", "ever"))),
        st.builds(Segment, slugs, st.sampled_from(("entered", "left")), windows()),
    )


@cache
def consent_nodes() -> st.SearchStrategy[Consent]:
    channels = st.sampled_from(CHANNELS)
    states = st.lists(st.sampled_from(STATES), min_size=1, max_size=2).map(tuple)
    return st.one_of(
        st.builds(Consent, channels, st.sampled_from(("is", "is_not")), states),
        st.builds(Consent, channels, st.sampled_from(("reachable", "not_reachable"))),
    )


@cache
def leaves() -> st.SearchStrategy[Node]:
    events = st.builds(Event, measured(), tests_of(ValueType.NUMBER))
    return st.one_of(
        attribute_nodes(),
        attribute_nodes(),
        events,
        events,
        latest_nodes(),
        sequence_nodes(),
        compare_nodes(),
        percentile_nodes(),
        segment_nodes(),
        consent_nodes(),
    )


def groups(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Group]:
    return st.builds(Group, st.sampled_from(("all", "any", "none")), st.lists(children, max_size=3).map(tuple))


def nodes(depth: int = 3) -> st.SearchStrategy[Node]:
    """A condition, or a group of them, at most so deep."""
    found = leaves()
    for _ in range(depth - 1):
        found = st.one_of(leaves(), groups(found))
    return found


def rules(depth: int = 3) -> st.SearchStrategy[Rule]:
    """A rule whose groups nest at most `depth` deep."""
    root = groups(nodes(depth))
    return st.builds(Rule, root, st.one_of(st.none(), root))


# Histories

json_numbers = numbers.map(lambda number: int(number) if number == int(number) else float(number))


@cache
def values_of(type_: ValueType) -> st.SearchStrategy[Any]:
    """A value that mostly has the type, and sometimes is null or of another type."""
    odd = st.sampled_from((None, "", "12", 7, True, False, [], ["vip"], {"a": 1}, 1772366400, "2026-02-22"))
    fitting: dict[ValueType, st.SearchStrategy[Any]] = {
        ValueType.TEXT: texts,
        ValueType.NUMBER: json_numbers,
        ValueType.BOOLEAN: st.booleans(),
        ValueType.DATE: st.one_of(st.sampled_from(DATES), moments().map(lambda at: at.isoformat())),
        ValueType.LIST: st.lists(st.one_of(texts, texts, json_numbers), max_size=3),
    }
    return st.one_of(fitting[type_], fitting[type_], fitting[type_], odd)


@cache
def products() -> st.SearchStrategy[list[dict[str, Any]]]:
    one = st.fixed_dictionaries(
        {"price": json_numbers},
        optional={"quantity": st.sampled_from((1, 2, 3)), "category": texts, "coupon": texts},
    )
    return st.lists(one, max_size=2)


@cache
@st.composite
def events(draw: st.DrawFn) -> w.Event:
    name = draw(st.sampled_from(tuple(name for name in NAMES if name != w.PRODUCT_ORDERED)))
    optional: dict[str, st.SearchStrategy[Any]] = {key: values_of(type_) for key, type_ in PROPERTIES.items()}
    if name.startswith("Order"):
        optional |= {"order_id": st.sampled_from(("o1", "o2", 3)), "products": products()}
        optional["revenue"] = json_numbers.filter(lambda number: number >= 0)
    store = draw(st.sampled_from((None, None, "Second Store")))
    source = draw(st.sampled_from(("shop", "shop", "app")))
    return w.Event(
        name, draw(moments()), draw(st.fixed_dictionaries({}, optional=optional)), store=store, source=source
    )


@cache
@st.composite
def histories(draw: st.DrawFn) -> tuple[w.Event, ...]:
    """A few events with their derived lines, some of them twice, as received: not in the order of time."""
    found = draw(st.lists(events(), max_size=6))
    again = [event for event in found if draw(st.integers(0, 5)) == 0]
    return w.with_lines([*found, *again])


@cache
@st.composite
def changes(draw: st.DrawFn) -> tuple[w.Change, ...]:
    """Entries and exits in turn, at rising instants."""
    found: list[w.Change] = []
    for slug in SEGMENTS:
        times = sorted(draw(st.sets(moments(), max_size=2)))
        found += [w.Change(slug, ("entered", "exited")[number % 2], at) for number, at in enumerate(times)]
    return tuple(found)


@cache
def customers(name: str = "c") -> st.SearchStrategy[w.Customer]:
    optional: dict[str, st.SearchStrategy[Any]] = {key: values_of(type_) for key, type_ in TRAITS.items()}
    optional["age"] = values_of(ValueType.NUMBER)
    return st.builds(
        w.Customer,
        st.just(name),
        st.fixed_dictionaries({}, optional=optional),
        histories(),
        user_id=st.sampled_from((None, f"u-{name}")),
        email=st.sampled_from((None, f"{name}@example.com", f"{name} at example", f"{name}@localhost")),
        phone=st.sampled_from((None, "+48600700800", "600700800")),
        timezone=st.sampled_from((None, "Europe/Warsaw", "Asia/Kolkata", "America/Los_Angeles")),
        created_at=st.one_of(st.none(), moments()),
        first_seen_at=moments(),
        last_seen_at=moments(),
        consents=st.dictionaries(st.sampled_from(CHANNELS), st.sampled_from(STATES[:2]), max_size=2),
        changes=changes(),
    )


SOURCES = {
    "shop": w.Source("shop", "main", "UTC"),
    "app": w.Source("app", "App Store", "America/New_York"),
}


@st.composite
def worlds(draw: st.DrawFn, most: int = 5) -> w.World:
    """A base of a few customers, named c0, c1, …"""
    count = draw(st.integers(1, most))
    return w.World([draw(customers(f"c{number}")) for number in range(count)], SOURCES)
