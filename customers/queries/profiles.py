"""One customer's profile as the API and the pages show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from customers.models import Consent, Customer, Event, Identity, Order

YEAR, DAY = timedelta(days=365), timedelta(days=1)
# The categories of an order, each once: PostgreSQL alone knows which of them are written differently only.
_FOLDED = RawSQL(
    "ARRAY(SELECT DISTINCT lower(category COLLATE pg_unicode_fast) FROM unnest(customers_order.categories) category)",
    (),
)


def order_traits_of(customer: Customer, *, now: datetime) -> dict[str, Any]:
    """The order traits at an instant, those that have a value; what each means stands in docs/traits.md."""
    return order_traits_of_each([customer.pk], now=now)[customer.pk]


def order_traits_of_each(customers: Iterable[int], *, now: datetime) -> dict[int, dict[str, Any]]:
    """The same of many customers, by their numbers, in one statement."""
    counting: dict[int, list[Any]] = {number: [] for number in customers}
    for order in Order.objects.filter(customer__in=list(counting)).annotate(folded=_FOLDED):
        if counts(order, now):
            counting[order.customer_id].append(order)
    return {number: _order_traits(orders, now) for number, orders in counting.items()}


def _order_traits(counting: Sequence[Any], now: datetime) -> dict[str, Any]:
    """The traits of the orders that count, each with its `folded` categories."""
    orders = [netted(order, now) for order in counting]
    alike = Counter(category for order in counting for category in order.folded)
    recent = [net for at, net, _ in orders if at > now - YEAR]
    revenue = sum((net for _, net, _ in orders), Decimal(0))
    traits: dict[str, Any] = {
        "orders_ever": len(orders),
        "revenue_ever": revenue,
        "total_revenue": revenue,
        "orders_12_months": len(recent),
        "revenue_12_months": sum(recent, Decimal(0)),
        "refunded_revenue": sum((refunded for _, _, refunded in orders), Decimal(0)),
        "most_orders_in_one_category": max(alike.values(), default=0),
    }
    if orders:
        moments = sorted({at for at, _, _ in orders})
        traits["average_order_value"] = round(revenue / len(orders), 10)
        traits["first_order_at"], traits["last_order_at"] = moments[0], moments[-1]
        traits["days_since_last_order"] = (now - moments[-1]) // DAY
        traits |= _cycle(moments)
    return {key: _short(value) for key, value in traits.items()}


def counts(order: Order, now: datetime) -> bool:
    """Whether an order was placed by an instant and not cancelled by then."""
    placed = order.ordered_at is not None and order.ordered_at <= now
    return placed and not (order.cancelled_at is not None and order.cancelled_at <= now)


def netted(order: Order, now: datetime) -> tuple[datetime, Decimal, Decimal]:
    """When it was ordered, its revenue after refunds, and what was refunded."""
    amounts = [refund["amount"] for refund in order.refunds if datetime.fromisoformat(refund["at"]) <= now]
    refunded = sum((Decimal(str(amount)) for amount in amounts), Decimal(0))
    assert order.ordered_at is not None
    return order.ordered_at, max(order.revenue - refunded, Decimal(0)), refunded


def _cycle(moments: Sequence[datetime]) -> dict[str, Any]:
    gaps = [(later - earlier) / DAY for earlier, later in pairwise(moments)]
    return {"purchase_cycle_days": round(Decimal(str(median(gaps))), 6)} if gaps else {}


def _short(value: Any) -> Any:
    """A number without the zeros that its column adds."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)


def consents_of(customer: Customer) -> dict[str, str]:
    """The state of each channel that the customer ever spoke about."""
    return dict(Consent.objects.filter(customer=customer).order_by("channel").values_list("channel", "state"))


def identities_of(customer: Customer) -> list[dict[str, Any]]:
    """The ids that lead to the customer."""
    rows = Identity.objects.filter(customer=customer).order_by("kind", "value")
    return [{"kind": row.kind, "value": row.value, "since": row.since} for row in rows]


def events_of(customer: Customer, *, name: str = "") -> QuerySet[Event]:
    """A customer's received events (not the derived lines), all or those of one name."""
    only = Q(name__name=name) if name else Q()
    return Event.objects.filter(only, customer=customer, line=None).select_related("name", "source")
