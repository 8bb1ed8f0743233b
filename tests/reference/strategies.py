"""Random rules, as `parse` would make them; the histories that they meet are in histories.py, the pools in pools.py."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import cache

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
from tests.reference.histories import SOURCES, customers, worlds
from tests.reference.pools import (
    ATTRIBUTES,
    CHANNELS,
    DISTANCES,
    EVERY_PROPERTY,
    LENGTHS,
    MICROSECOND,
    NAMES,
    NOWS,
    RANKED,
    SEGMENTS,
    STATES,
    any_of,
    lengths,
    moments,
    nows,
    numbers,
    texts,
    tried,
)

__all__ = [
    "LENGTHS",
    "MICROSECOND",
    "NOWS",
    "SOURCES",
    "attribute_nodes",
    "compare_nodes",
    "consent_nodes",
    "customers",
    "groups",
    "latest_nodes",
    "leaves",
    "measured",
    "measures",
    "moments",
    "nodes",
    "nows",
    "operands",
    "percentile_nodes",
    "property_tests",
    "rules",
    "segment_nodes",
    "selectors",
    "sequence_nodes",
    "spans_of_time",
    "tests_of",
    "tried",
    "windows",
    "worlds",
]

_IN_ORDER = sorted(DISTANCES)
SPANS = tuple((one, other) for one in _IN_ORDER for other in _IN_ORDER if one < other)


def spans_of_time() -> st.SearchStrategy[tuple[datetime, datetime]]:
    return st.tuples(nows(), any_of(SPANS)).map(lambda pair: (pair[0] + pair[1][0], pair[0] + pair[1][1]))


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
@st.composite
def leaves(draw: st.DrawFn) -> Node:
    """A condition. Composite, so that it names itself in a word where Hypothesis prints a strategy."""
    return draw(_leaves())


@cache
def _leaves() -> st.SearchStrategy[Node]:
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
