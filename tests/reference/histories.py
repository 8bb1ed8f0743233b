"""Random customers: values of the right type and of others, events close to the windows' edges, in any order."""

from __future__ import annotations

from functools import cache
from typing import Any

from hypothesis import strategies as st

from segmentation.rules.nodes import ValueType
from tests.reference import world as w
from tests.reference.pools import CHANNELS, DATES, NAMES, PROPERTIES, SEGMENTS, STATES, TRAITS, moments, numbers, texts

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
        optional={"quantity": st.sampled_from((1, 2, 3)), "category": values_of(ValueType.TEXT), "coupon": texts},
    )
    return st.lists(one, max_size=3)


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
