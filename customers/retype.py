"""Settle the types of the catalogue: what properties and attributes mostly are, by a sample of what came last, or as a
person says."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction

from customers import audit, bell
from customers.mark import mark
from customers.models import CatalogueAttribute, Customer

_TYPE = """
CASE jsonb_typeof(p.value)
    WHEN 'string' THEN CASE WHEN p.value #>> '{}' ~ '^\\d{4}-\\d\\d-\\d\\d([T ]\\d|$)' THEN 'date' ELSE 'text' END
    WHEN 'array' THEN 'list' ELSE jsonb_typeof(p.value) END
"""

_PROPERTIES = f"""
WITH seen AS (
    SELECT n.id AS name_id, p.key, {_TYPE} AS type
    FROM customers_eventname n
    CROSS JOIN LATERAL (
        SELECT e.properties FROM customers_event e WHERE e.name_id = n.id ORDER BY e.time DESC LIMIT %s
    ) latest CROSS JOIN LATERAL jsonb_each(latest.properties) p
    WHERE p.value <> 'null'
), mostly AS (
    SELECT DISTINCT ON (name_id, key) name_id, key, type FROM seen
    GROUP BY name_id, key, type ORDER BY name_id, key, count(*) DESC, type
)
UPDATE customers_catalogueproperty c SET type = m.type FROM mostly m
WHERE c.name_id = m.name_id AND c.key = m.key AND c.type <> m.type
"""

_ATTRIBUTES = f"""
WITH seen AS (
    SELECT p.key, {_TYPE} AS type
    FROM (SELECT attributes FROM customers_customer ORDER BY id DESC LIMIT %s) latest
    CROSS JOIN LATERAL jsonb_each(latest.attributes) p WHERE p.value <> 'null'
), mostly AS (
    SELECT DISTINCT ON (key) key, type FROM seen GROUP BY key, type ORDER BY key, count(*) DESC, type
)
UPDATE customers_catalogueattribute c SET type = m.type FROM mostly m
WHERE c.key = m.key AND c.type <> m.type AND c.edited_at IS NULL
"""


@transaction.atomic
def set_type(*, attribute: CatalogueAttribute, type: str, by: AbstractBaseUser | None, now: datetime) -> int:
    """Say of what type an attribute is: traffic does not change it any more, and whoever has one is evaluated again,
    since a rule may read it differently now. Returns how many customers that are."""
    before, attribute.type, attribute.edited_at = attribute.type, type, now
    attribute.save(update_fields=["type", "edited_at"])
    audit.note(actor=by, action="attribute.typed", object=attribute, before=before, after=type, now=now)
    cause = {"kind": "attribute", "id": attribute.key, "detail": f"{attribute.key} is a {type}", "at": now.isoformat()}
    holders = Customer.objects.filter(attributes__has_key=attribute.key).values_list("pk", flat=True)
    causes = {one: {f"attribute:{attribute.key}": cause} for one in holders}
    mark(causes=causes, now=now)
    transaction.on_commit(bell.ring)
    return len(causes)


@transaction.atomic
def retype(*, events: int = 500, customers: int = 20_000) -> int:
    """Look at the newest events of each name and the newest customers; return how many types were changed.

    A type that a person set stays.
    """
    with connection.cursor() as cursor:
        cursor.execute(_PROPERTIES, [events])
        changed = cursor.rowcount
        cursor.execute(_ATTRIBUTES, [customers])
        return changed + cursor.rowcount
