"""What a card's KPI comes to: measures of a segment that follow from its log, its members, their orders and events.

Each says how it is computed, and over how many customers, so that nobody reads more into it than is there. None of them
is a comparison: what a segment caused is a matter for a holdout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from common.rows import rows_of
from segmentation.models import Segment
from segmentation.queries.logged import in_at

MONTH = timedelta(days=30)
# Entries this far back count, besides the days that each is given.
SEASON = timedelta(days=90)


@dataclass(frozen=True)
class Kpi:
    """A measure that can be computed. `sql` answers with the value and the number of customers it rests on."""

    key: str
    name: str
    how: str
    sql: str
    share: bool = True
    days: int = 30
    less_is_better: bool = False
    # Where the present is kept as a total: the same asked of an instant of the past.
    past: str = ""


@dataclass(frozen=True)
class Measured:
    """A KPI at an instant: `value` is None where nobody counts yet; `over` is how many customers it rests on."""

    kpi: Kpi
    value: float | None
    over: int


_ACTIVE = "segmentation_membership m WHERE m.segment_id = %(segment)s AND m.state = 'active'"
# The same customers as the change log tells them of an instant.
_ACTIVE_THEN = """(
    SELECT DISTINCT ON (customer_id) customer_id, kind, state FROM segmentation_membershipchange
    WHERE segment_id = %(segment)s AND at <= %(now)s ORDER BY customer_id, at DESC, id DESC
) m WHERE m.kind <> 'exited' AND m.state = 'active'"""
_STANDS = "(o.cancelled_at IS NULL OR o.cancelled_at > %(now)s)"

_ORDERED = f"""
SELECT count(*) FILTER (WHERE EXISTS (
    SELECT FROM customers_order o WHERE o.customer_id = e.customer_id AND o.ordered_at > e.at
    AND o.ordered_at <= e.at + %(given)s AND {_STANDS}
))::float / nullif(count(*), 0), count(*)
FROM segmentation_membershipchange e
WHERE e.segment_id = %(segment)s AND e.kind = 'entered' AND e.at <= %(now)s - %(given)s::interval
AND e.at > %(now)s - %(given)s::interval - %(season)s::interval"""

_RETAINED = f"""
SELECT count(*) FILTER (WHERE EXISTS (
    SELECT FROM customers_order o WHERE o.customer_id = was.customer_id AND o.ordered_at <= %(now)s
    AND o.ordered_at > %(now)s - %(given)s::interval AND {_STANDS}
))::float / nullif(count(*), 0), count(*) FROM ({in_at("%(segment)s", "%(now)s - %(given)s::interval")}) AS was"""

_REPEATED = f"""
SELECT count(*) FILTER (WHERE t.orders >= 2)::float / nullif(count(*), 0), count(*)
FROM customers_ordertotal t JOIN (SELECT m.customer_id FROM {_ACTIVE}) m USING (customer_id) WHERE t.orders >= 1"""
_REPEATED_THEN = f"""
SELECT count(*) FILTER (WHERE t.orders >= 2)::float / nullif(count(*), 0), count(*) FROM (
    SELECT o.customer_id, count(*) AS orders FROM customers_order o JOIN (SELECT m.customer_id FROM {_ACTIVE}) m USING (customer_id)
    WHERE o.ordered_at <= %(now)s AND {_STANDS} GROUP BY 1) t"""

_RECENT_ORDERS = f"""
customers_order o JOIN (SELECT m.customer_id FROM {_ACTIVE}) m USING (customer_id)
WHERE o.ordered_at > %(now)s - %(given)s::interval AND o.ordered_at <= %(now)s AND {_STANDS}"""

_REVENUE = f"""
SELECT (SELECT coalesce(sum(o.revenue), 0) FROM {_RECENT_ORDERS})::float / nullif(count(*), 0), count(*) FROM {_ACTIVE}"""

_AVERAGE = f"SELECT avg(o.revenue)::float, count(DISTINCT o.customer_id) FROM {_RECENT_ORDERS}"

_DID = """
SELECT DISTINCT e.customer_id FROM customers_event e
WHERE e.name_id = (SELECT id FROM customers_eventname WHERE name = %({event})s)
AND e.time > %(now)s - %(given)s::interval AND e.time <= %(now)s"""

_ANSWERED = f"""
SELECT count(a.customer_id)::float / nullif(count(*), 0), count(*)
FROM (SELECT m.customer_id FROM {_ACTIVE}) m JOIN ({_DID.format(event="of")}) d USING (customer_id)
LEFT JOIN ({_DID.format(event="event")}) a USING (customer_id)"""

_DOING = f"""
SELECT count(a.customer_id)::float / nullif(count(*), 0), count(*)
FROM (SELECT m.customer_id FROM {_ACTIVE}) m LEFT JOIN ({_DID.format(event="event")}) a USING (customer_id)"""

_AFTER = "Of those who entered in the 90 days before, how many ordered within {} days of entering."
_MAIL = "Of the active members who were delivered an e-mail in the past 30 days, how many {} one in them."

KPIS = {
    kpi.key: kpi
    for kpi in (
        Kpi("conversion", "Conversion", _AFTER.format(30), _ORDERED),
        Kpi("win_back_rate", "Win-back rate", _AFTER.format(30), _ORDERED),
        Kpi("recovered_carts", "Recovered carts", _AFTER.format(3), _ORDERED, days=3),
        Kpi("second_order", "Second order", _AFTER.format(45), _ORDERED, days=45),
        Kpi(
            "retention",
            "Retention",
            "Of those who were in the segment 30 days ago, how many have ordered since.",
            _RETAINED,
        ),
        Kpi(
            "repeat_rate",
            "Repeat rate",
            "Of the active members who ever ordered, how many did so twice or more.",
            _REPEATED,
            past=_REPEATED_THEN,
        ),
        Kpi(
            "revenue_per_member",
            "Revenue per member",
            "The revenue of the past 30 days for each active member, before refunds.",
            _REVENUE,
            share=False,
        ),
        Kpi(
            "average_order_value",
            "Average order value",
            "The mean of the active members' orders of the past 30 days, before refunds.",
            _AVERAGE,
            share=False,
        ),
        Kpi("open_rate", "Open rate", _MAIL.format("opened"), _ANSWERED),
        Kpi("click_rate", "Click rate", _MAIL.format("clicked"), _ANSWERED),
        Kpi("unsubscribe_rate", "Unsubscribe rate", _MAIL.format("unsubscribed from"), _ANSWERED, less_is_better=True),
        Kpi(
            "complaints",
            "Complaints",
            "Of the active members, how many opened a support ticket in the past 30 days.",
            _DOING,
            less_is_better=True,
        ),
    )
}
_EVENTS = {
    "open_rate": "Email Opened",
    "click_rate": "Email Link Clicked",
    "unsubscribe_rate": "Unsubscribed",
    "complaints": "Ticket Opened",
}


def kpi_named(words: str) -> Kpi | None:
    """The measure of a name as people write it: `repeat_rate`, `Repeat rate`."""
    return KPIS.get(words.strip().lower().replace(" ", "_").replace("-", "_"))


def kpi_of(segment: Segment, *, now: datetime) -> Measured | None:
    """The KPI of a segment's card at `now`; None where the card names none that can be computed."""
    kpi = kpi_named(segment.kpi)
    return None if kpi is None else _measured(kpi, kpi.sql, segment, now)


def kpi_then(segment: Segment, *, at: datetime) -> Measured | None:
    """The KPI as it stood at an instant of the past, whose members the change log tells."""
    kpi = kpi_named(segment.kpi)
    return None if kpi is None else _measured(kpi, (kpi.past or kpi.sql).replace(_ACTIVE, _ACTIVE_THEN), segment, at)


def _measured(kpi: Kpi, sql: str, segment: Segment, now: datetime) -> Measured:
    values: Mapping[str, Any] = {
        "segment": segment.pk,
        "now": now,
        "given": timedelta(days=kpi.days),
        "season": SEASON,
        "of": "Email Delivered",
        "event": _EVENTS.get(kpi.key, ""),
    }
    ((value, over),) = rows_of(sql, **values)
    return Measured(kpi, value, over)
