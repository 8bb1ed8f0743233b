"""The small pools that random rules and histories are drawn from, so that a rule often finds what it asks for.

`TIDELINE_EXAMPLES` multiplies how much is tried (1 by default), and `TIDELINE_RANDOM=1` tries something else each time;
without it a test tries the same examples everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Sequence as PySequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from segmentation.rules.nodes import Duration, ValueType

FACTOR = float(os.environ.get("TIDELINE_EXAMPLES", "1"))
RANDOM = os.environ.get("TIDELINE_RANDOM", "") == "1"


def tried(examples: int) -> settings:
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
ORDER_TRAITS |= {"most_orders_in_one_category": ValueType.NUMBER}
ORDER_TRAITS |= {"purchase_cycle_days": ValueType.NUMBER, "refunded_revenue": ValueType.NUMBER}
ATTRIBUTES = TRAITS | KEPT | ORDER_TRAITS
RANKED = ("points", "age", "revenue_ever", "average_order_value", "days_since_last_order", "purchase_cycle_days")
RANKED += ("most_orders_in_one_category",)
SEGMENTS = ("vip", "at-risk")
CHANNELS = ("email", "sms", "push")
STATES = ("subscribed", "unsubscribed", "never")

lengths = st.sampled_from(LENGTHS)
texts = st.sampled_from(TEXTS)
numbers = st.sampled_from(NUMBERS)


def nows() -> st.SearchStrategy[datetime]:
    """One instant for the whole example: windows and histories meet at it."""
    return st.shared(st.sampled_from(NOWS), key="now")


Item = TypeVar("Item")


def any_of(pool: PySequence[Item]) -> st.SearchStrategy[Item]:
    """One of a large pool; `sampled_from` would print the whole pool wherever it names itself."""
    return st.integers(0, len(pool) - 1).map(pool.__getitem__)


def _distances() -> tuple[timedelta, ...]:
    backs = (timedelta(0), *(length.length for length in LENGTHS))
    nudges = (timedelta(0), MICROSECOND, -MICROSECOND, timedelta(hours=1), -timedelta(hours=1))
    return tuple(dict.fromkeys(nudge - back for back in backs for nudge in nudges))


DISTANCES = _distances()


def moments() -> st.SearchStrategy[datetime]:
    """An instant beside an edge of a window that ends now, often exactly on it, sometimes in the future."""
    return st.tuples(nows(), any_of(DISTANCES)).map(lambda pair: pair[0] + pair[1])
