"""The demo's ten segments, as a marketer of this shop would draw them, in the order of their rank."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


def last(amount: int, unit: str) -> Json:
    return {"last": {"amount": amount, "unit": unit}}


def did(event: str, window: Json, *, operator: str = "gte", value: float = 1, where: list[Json] | None = None) -> Json:
    return {
        "type": "event",
        "event": event,
        **({"where": where} if where else {}),
        "measure": {"aggregate": "count"},
        "operator": operator,
        "value": value,
        "window": window,
    }


def attribute(key: str, operator: str, value: Any = None) -> Json:
    return {"type": "attribute", "key": key, "operator": operator, **({} if value is None else {"value": value})}


def rule(*include: Json, but_not: tuple[Json, ...] = ()) -> Json:
    document: Json = {"version": 1, "include": {"op": "all", "conditions": list(include)}}
    if but_not:
        document["exclude"] = {"op": "any", "conditions": list(but_not)}
    return document


@dataclass(frozen=True)
class Drawn:
    """One segment with its card. `review_in` are days from now; `settings` are governance settings; `full_stop` blocks all below."""

    slug: str
    name: str
    rule: Json
    goal: str
    action: str
    message: str
    channels: tuple[str, ...] = ("email",)
    incentive: str = "none"
    kpi: str = "conversion"
    kpi_target: float = 0.1
    tags: tuple[str, ...] = ()
    review_in: int = 90
    full_stop: bool = False
    settings: Json = field(default_factory=dict)


EVER = {"ever": True}
TOP_FIFTH = {"type": "percentile", "key": "total_revenue", "side": "top", "percent": 20}
NO_ORDER_SINCE_CART = {
    "type": "sequence",
    "first": {
        "event": "Product Added",
        "where": [{"property": "cart_value", "operator": "gte", "value": 20}],
    },
    "then": {"event": "Order Completed"},
    "negate": True,
    "after": {"amount": 30, "unit": "minutes"},
    "within": {"amount": 24, "unit": "hours"},
    "window": last(24, "hours"),
}
TICKET_STILL_OPEN = {
    "type": "sequence",
    "first": {"event": "Ticket Opened"},
    "then": {"event": "Ticket Closed"},
    "same": ["ticket_id"],
    "negate": True,
    "within": {"amount": 30, "unit": "days"},
    "window": last(30, "days"),
}

SEGMENTS = (
    Drawn(
        "open-ticket",
        "Open support ticket",
        rule(TICKET_STILL_OPEN),
        goal="Nobody with an open complaint is sold to",
        action="Hold all campaigns until the ticket is closed",
        message="None",
        kpi="unsubscribe_rate",
        kpi_target=0.02,
        tags=("guard",),
        full_stop=True,
    ),
    Drawn(
        "vip-retention",
        "VIP retention",
        rule(
            {"type": "percentile", "key": "total_revenue", "side": "top", "percent": 10},
            attribute("days_since_last_order", "lte", 45),
        ),
        goal="Keep the shoppers who carry the shop",
        action="Early access and a personal note",
        message="You see it first",
        incentive="early_access",
        kpi="retention",
        kpi_target=0.95,
        tags=("value",),
        settings={"exit_grace": {"amount": 7, "unit": "days"}},
    ),
    Drawn(
        "high-value-at-risk",
        "High value, at risk",
        rule(TOP_FIFTH, attribute("days_since_last_order", "gte", 14)),
        goal="Win back high-value shoppers before they are gone",
        action="Win-back in three steps",
        message="We saved your favourites",
        incentive="free_shipping",
        kpi="win_back_rate",
        kpi_target=0.85,
        tags=("value", "lifecycle"),
        review_in=26,
    ),
    Drawn(
        "cart-abandoners",
        "Cart abandoners",
        rule(
            NO_ORDER_SINCE_CART,
            attribute("orders_ever", "gte", 1),
            but_not=({"type": "consent", "channel": "email", "operator": "is", "value": "unsubscribed"},),
        ),
        goal="Bring back carts of 20 and more",
        action="One reminder, a second the next day",
        message="Your cart is still here",
        kpi="recovered_carts",
        kpi_target=0.55,
        tags=("behaviour",),
        review_in=-6,
    ),
    Drawn(
        "browsing-not-buying",
        "Browsing, not buying",
        rule(
            did("Product Viewed", last(48, "hours"), value=3),
            did("Order Completed", last(7, "days"), operator="eq", value=0),
        ),
        goal="Help shoppers who look often and do not decide",
        action="Advice and best sellers of the categories they looked at",
        message="Still looking?",
        incentive="content",
        kpi_target=0.8,
        tags=("behaviour",),
    ),
    Drawn(
        "later-than-usual",
        "Later than their own cycle",
        rule(
            {
                "type": "compare",
                "left": {"attribute": "days_since_last_order"},
                "operator": "gt",
                "factor": 3,
                "right": {"attribute": "purchase_cycle_days"},
                "offset": 3,
            },
            attribute("orders_ever", "gte", 5),
            attribute("days_since_last_order", "lte", 60),
        ),
        goal="Notice a broken habit early",
        action="A reminder of the usual basket",
        message="Running low?",
        kpi="win_back_rate",
        kpi_target=0.9,
        tags=("lifecycle",),
    ),
    Drawn(
        "new-customers",
        "New customers",
        rule(attribute("first_order_at", "in_last", {"amount": 60, "unit": "days"})),
        goal="A second order within the first two months",
        action="Welcome in two steps",
        message="Good to have you here",
        incentive="content",
        kpi="second_order",
        kpi_target=0.4,
        tags=("lifecycle",),
        review_in=12,
    ),
    Drawn(
        "e-mail-readers",
        "E-mail readers",
        rule(
            did("Email Opened", last(30, "days"), value=2),
            {"type": "consent", "channel": "email", "operator": "is", "value": "subscribed"},
        ),
        goal="Know who listens",
        action="First to hear of new products",
        message="New this week",
        kpi="click_rate",
        kpi_target=0.35,
        tags=("engagement",),
    ),
    Drawn(
        "discount-driven",
        "Discount-driven",
        rule(
            did(
                "Order Completed",
                last(90, "days"),
                value=3,
                where=[{"property": "coupon", "operator": "is_set"}],
            )
        ),
        goal="Sell to coupon shoppers without giving margin away",
        action="The weekly leaflet",
        message="This week's offers",
        incentive="discount",
        kpi="margin",
        kpi_target=0.18,
        tags=("value",),
    ),
    Drawn(
        "lapsed",
        "Lapsed",
        rule(
            attribute("orders_ever", "gte", 1),
            did("Order Completed", last(90, "days"), operator="eq", value=0),
        ),
        goal="One honest try to win them back",
        action="A single letter, then silence",
        message="It has been a while",
        incentive="discount",
        kpi="win_back_rate",
        kpi_target=0.3,
        tags=("lifecycle",),
        settings={"re_entry_pause": {"amount": 30, "unit": "days"}},
    ),
)

OFFERS_GROUP = ("cart-abandoners", "browsing-not-buying", "discount-driven")
VIP_NEVER_GETS = ("discount-driven",)
# Segment, how many days ago, decision, reason.
REVIEWED = (
    ("vip-retention", 34, "keep", "The best tenth of the shop, and it stays as it is for another quarter."),
    ("browsing-not-buying", 9, "change", "Three looks in two days are a weekend's stroll: try five, or a single day."),
)
