"""The fields of a profile that exist without anybody sending them, with their types. Nothing of Django in here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

BUILT_IN: Mapping[str, str] = MappingProxyType(
    {
        "user_id": "text",
        "email": "text",
        "phone": "text",
        "first_name": "text",
        "last_name": "text",
        "gender": "text",
        "birthday": "date",
        "age": "number",
        "country": "text",
        "city": "text",
        "postal_code": "text",
        "language": "text",
        "timezone": "text",
        "known": "boolean",
        "created_at": "date",
        "first_seen_at": "date",
        "last_seen_at": "date",
    }
)

ORDER_TRAITS: Mapping[str, str] = MappingProxyType(
    {
        "orders_ever": "number",
        "revenue_ever": "number",
        "total_revenue": "number",
        "orders_12_months": "number",
        "revenue_12_months": "number",
        "average_order_value": "number",
        "first_order_at": "date",
        "last_order_at": "date",
        "days_since_last_order": "number",
        "purchase_cycle_days": "number",
        "most_orders_in_one_category": "number",
        "refunded_revenue": "number",
    }
)

# What Tideline itself says of a customer: nobody can tell it otherwise.
COMPUTED = frozenset({"user_id", "known", "first_seen_at", "last_seen_at", *ORDER_TRAITS})
