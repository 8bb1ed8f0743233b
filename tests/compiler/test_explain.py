"""What an explanation says in words and proofs, beyond the truths that the random rules check."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from segmentation.explain import explain
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.nodes import Rule
from segmentation.rules.parse import parse
from tests.compiler.world import Put, put
from tests.reference.world import Change, Customer, Event, World, with_lines

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def rule_of(*conditions: dict[str, Any], exclude: Sequence[dict[str, Any]] = ()) -> Rule:
    document: dict[str, Any] = {"version": 1, "include": {"op": "all", "conditions": list(conditions)}}
    if exclude:
        document["exclude"] = {"op": "any", "conditions": list(exclude)}
    return parse(document, catalogue=Catalogue())


def counted(name: str, operator: str, value: int, **more: Any) -> dict[str, Any]:
    condition = {"type": "event", "event": name, "measure": {"aggregate": "count"}, "operator": operator}
    return {**condition, "value": value, **more}


def somebody(*events: Event, **more: Any) -> Put:
    return put(World([Customer("c", more.pop("attributes", {}), with_lines(events), **more)]))


def explained(base: Put, rule: Rule) -> dict[str, Any]:
    return explain(rule=rule, customer_id=base.customers["c"], now=NOW)


TWO_DAYS = {"last": {"amount": 48, "unit": "hours"}}


def test_one_view_too_few_says_how_many_are_missing_until_when_and_shows_those_that_count() -> None:
    base = somebody(
        Event("View", ago(hours=47), {"category": "Shoes"}),
        Event("View", ago(hours=1), {"category": "Bags"}),
        Event("View", ago(hours=49), {"category": "Old"}),
    )
    found = explained(base, rule_of(counted("View", "gte", 3, window=TWO_DAYS)))
    (leaf,) = found["tree"]["children"]
    assert (found["member"], leaf["truth"], leaf["value"]) == (False, False, 2)
    assert leaf["missing"] == "one more View before 13:00 UTC"
    assert [(one["event"], one["at"], one["properties"]) for one in leaf["evidence"]] == [
        ("View", ago(hours=1), {"category": "Bags"}),
        ("View", ago(hours=47), {"category": "Shoes"}),
    ]
    assert leaf["flips_at"] is None and found["flips_at"] is None


def test_a_member_by_two_views_turns_when_the_older_one_leaves_the_window() -> None:
    base = somebody(Event("View", ago(hours=40)), Event("View", ago(hours=1)))
    found = explained(base, rule_of(counted("View", "gte", 2, window=TWO_DAYS)))
    assert found["member"] and found["flips_at"] == NOW + timedelta(hours=8)
    assert found["tree"]["flips_at"] == NOW + timedelta(hours=8) and found["tree"]["missing"] == ""


def test_the_evidence_is_the_newest_ten() -> None:
    base = somebody(*(Event("View", ago(minutes=minute)) for minute in range(14)))
    (leaf,) = explained(base, rule_of(counted("View", "gte", 1)))["tree"]["children"]
    assert [one["at"] for one in leaf["evidence"]] == [ago(minutes=minute) for minute in range(10)]
    assert leaf["value"] == 14


def test_an_abandoned_cart_says_when_it_counts_as_abandoned() -> None:
    cart = {
        "type": "sequence",
        "first": {"event": "Cart"},
        "then": {"event": "Order"},
        "negate": True,
        "after": {"amount": 1, "unit": "hours"},
        "within": {"amount": 24, "unit": "hours"},
        "window": {"last": {"amount": 24, "unit": "hours"}},
    }
    found = explained(somebody(Event("Cart", ago(minutes=20))), rule_of(cart))
    assert not found["member"] and found["flips_at"] == NOW + timedelta(minutes=40)


def test_what_keeps_somebody_out_stands_beside_what_would_let_them_in() -> None:
    base = somebody(Event("View", ago(hours=1)), Event("Order", ago(hours=2)))
    rule = rule_of(counted("View", "gte", 1), exclude=[counted("Order", "gte", 1, window=TWO_DAYS)])
    found = explained(base, rule)
    included, kept_out = found["tree"]["children"]
    assert not found["member"] and found["flips_at"] == NOW + timedelta(hours=46)
    assert (included["truth"], kept_out["truth"]) == (True, False)
    assert kept_out["node"]["op"] == "none"
    assert kept_out["children"][0]["children"][0]["evidence"][0]["event"] == "Order"


def test_values_and_what_is_missing_are_said_for_every_kind_of_condition() -> None:
    base = somebody(
        Event("Page", ago(hours=1), {"device": "desktop"}),
        Event("Order", ago(days=3), {"revenue": 40}),
        attributes={"country": "DE", "points": 12},
        email="c@example.com",
        changes=[Change("vip", "entered", ago(days=9)), Change("vip", "exited", ago(days=2))],
    )
    total = {"type": "event", "event": "Order", "measure": {"aggregate": "sum", "property": "revenue"}}
    rule = rule_of(
        {"type": "attribute", "key": "country", "operator": "is", "value": "PL"},
        {"type": "attribute", "key": "city", "operator": "is", "value": "Łódź"},
        {"type": "latest", "event": "Page", "property": "device", "operator": "is", "value": "mobile"},
        {**total, "operator": "gte", "value": 100},
        {"type": "compare", "left": {"attribute": "points"}, "operator": "gt", "right": {"number": 20}},
        {"type": "consent", "channel": "email", "operator": "is", "value": "subscribed"},
        {"type": "segment", "segment": "vip", "state": "in"},
        counted("Order", "lt", 1),
    )
    leaves = explained(base, rule)["tree"]["children"]
    assert [leaf["missing"] for leaf in leaves] == [
        "country is DE",
        "city is not known",
        "device of the latest one is desktop",
        "60 more revenue of Order",
        "the first is 12, the second 20",
        "email consent is never",
        "not in the segment: vip",
        "it is 1",
    ]
    assert [leaf["value"] for leaf in leaves][:4] == ["DE", None, "desktop", 40]
    assert [one["event"] for one in leaves[6]["evidence"]] == ["exited", "entered"]


def test_a_customer_whom_nobody_knows_is_an_error() -> None:
    with pytest.raises(LookupError, match="no customer"):
        explain(rule=rule_of(counted("View", "gte", 1)), customer_id=-1, now=NOW)
