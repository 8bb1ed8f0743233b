"""The list of customers: searched, filtered, page by page, fast on half a million."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Collate, Lower
from django.db.models.lookups import Exact

from common.asked import text_in, whole_in
from common.pagination import Page
from customers.models import Consent, Customer, Identity
from customers.queries.cursors import read_cursor, write_cursor

PAGE = 50
MOST_MATCHES = 2000
MOST_COUNTRIES = 300
LONGEST_AGO = 3650
CHANNELS = {"email": "E-mail", "sms": "SMS", "push": "Push"}
STATES = {"subscribed": "subscribed", "unsubscribed": "unsubscribed", "never": "never asked"}
MEMBERS = {"any": "active or suppressed", "active": "active"}
DAYS = {1: "today or yesterday", 7: "in 7 days", 30: "in 30 days", 90: "in 90 days", 365: "in a year"}
# The orders, each by an instant that has an index, and the way each goes by nature; `-seen` goes the other way.
SORTS = {"seen": "descending", "new": "descending"}
COLUMN_OF = {"seen": "last_seen_at", "new": "first_seen_at"}
NAMES = """
SELECT id FROM customers_customer WHERE to_tsvector('simple',
    coalesce(attributes ->> 'first_name', '') || ' ' || coalesce(attributes ->> 'last_name', ''))
    @@ to_tsquery('simple', %s) LIMIT %s
"""
# From one country to the next by the index, not through everyone.
COUNTRIES = """
WITH RECURSIVE found AS (
    (SELECT attributes ->> 'country' AS country FROM customers_customer WHERE attributes ->> 'country' > ''
     ORDER BY attributes ->> 'country' LIMIT 1)
    UNION ALL
    SELECT (SELECT attributes ->> 'country' FROM customers_customer WHERE attributes ->> 'country' > found.country
            ORDER BY attributes ->> 'country' LIMIT 1)
    FROM found WHERE found.country IS NOT NULL
)
SELECT country FROM found WHERE country IS NOT NULL LIMIT %s
"""
# Who is in a segment is known to a higher app, which says so at its start: slug, `any` or `active` -> condition.
MEMBERSHIP: list[Callable[[str, str], Q]] = []


@dataclass(frozen=True)
class Wanted:
    """Which customers a list shows, and in which order. Anything that is no known choice falls back to all."""

    search: str = ""
    kind: str = ""
    channel: str = ""
    state: str = ""
    country: str = ""
    segment: str = ""
    member: str = "any"
    days: int = 0
    since: date | None = None
    sort: str = "seen"

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Wanted:
        """Read the parameters of the address: `q`, `kind`, `consent` (`email:subscribed`), `country`, `segment` with
        `member`, `days` (seen in the last so many), `since` (first seen on or after a day), `sort`."""
        channel, _, state = parameters.get("consent", "").partition(":")
        known = channel in CHANNELS and state in STATES
        kind, sort, member = (parameters.get(name, "") for name in ("kind", "sort", "member"))
        return cls(
            search=_text(parameters, "q"),
            kind=kind if kind in ("known", "anonymous") else "",
            channel=channel if known else "",
            state=state if known else "",
            country=_text(parameters, "country"),
            segment=_text(parameters, "segment"),
            member=member if member in MEMBERS else "any",
            days=_days(parameters.get("days", "")),
            since=_day(parameters.get("since", "")),
            sort=sort if sort.removeprefix("-") in SORTS else "seen",
        )

    @property
    def consent(self) -> str:
        """The consent filter as the address has it."""
        return f"{self.channel}:{self.state}" if self.channel else ""

    @property
    def narrowed(self) -> bool:
        """Whether anything but the order was asked for."""
        return self != Wanted(sort=self.sort, member=self.member)


def _text(parameters: Mapping[str, str], name: str) -> str:
    return text_in(parameters.get(name, "")).strip()[:200]


def _days(text: str) -> int:
    return min(whole_in(text, digits=9) or 0, LONGEST_AGO)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def customers_wanted(wanted: Wanted, *, now: datetime | None = None) -> QuerySet[Customer]:
    """The customers that fit, in no order. The days of `days` are counted back from `now`."""
    found = Customer.objects.all()
    if wanted.kind:
        unknown = Q(user_id__isnull=True, email__isnull=True, phone__isnull=True)
        found = found.filter(unknown if wanted.kind == "anonymous" else ~unknown)
    if wanted.channel:
        consents = Consent.objects.filter(customer=OuterRef("pk"), channel=wanted.channel)
        asked = Exists(consents if wanted.state == "never" else consents.filter(state=wanted.state))
        found = found.filter(~asked if wanted.state == "never" else asked)
    if wanted.country:
        found = found.filter(Exact(KeyTextTransform("country", "attributes"), wanted.country))
    if wanted.days and now:
        found = found.filter(last_seen_at__gte=now - timedelta(days=wanted.days))
    if wanted.since:
        found = found.filter(
            first_seen_at__gte=datetime(wanted.since.year, wanted.since.month, wanted.since.day, tzinfo=UTC)
        )
    if wanted.segment:
        found = found.filter(*(condition(wanted.segment, wanted.member) for condition in MEMBERSHIP))
    return found.filter(_matching(wanted.search)) if wanted.search else found


def countries_in_use() -> list[str]:
    """Every country that a customer is in, as it came."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTRIES, [MOST_COUNTRIES])
        return [country for (country,) in cursor.fetchall()]


def _matching(search: str) -> Q:
    """An id that begins with the text, or a first or last name for each of its words; our own number as `#7` or `7`.

    Each way yields at most MOST_MATCHES customers: a letter alone would match everyone. They are looked up first: beside an
    order and a limit, the planner would rather read everyone.
    """
    beginning = Identity.objects.annotate(low=Lower(Collate("value", "pg_unicode_fast")))
    numbers = set(beginning.filter(low__startswith=search.lower()).values_list("customer_id", flat=True)[:MOST_MATCHES])
    words = re.findall(r"\w+", search)
    if words and "@" not in search:
        query = " & ".join(f"'{word}':*" for word in words)
        with connection.cursor() as cursor:
            cursor.execute(NAMES, [query, MOST_MATCHES])
            numbers.update(number for (number,) in cursor.fetchall())
    own = whole_in(search.removeprefix("#"))
    if own is not None:
        numbers.add(own)
    return Q(pk__in=numbers)


def in_order(rows: QuerySet[Customer], wanted: Wanted) -> QuerySet[Customer]:
    """All of them in the order asked for, for a file."""
    column = F(COLUMN_OF[wanted.sort.removeprefix("-")])
    if wanted.sort.startswith("-"):
        return rows.order_by(column.asc(nulls_first=True), "pk")
    return rows.order_by(column.desc(nulls_last=True), "-pk")


def page_of_customers(
    wanted: Wanted, *, cursor: str = "", limit: int = PAGE, now: datetime | None = None
) -> Page[Customer]:
    """One page; a cursor that is none gives the first page. Customers never seen stand last, or first when reversed."""
    key, backwards = read_cursor(cursor, 2)
    column, down = COLUMN_OF[wanted.sort.removeprefix("-")], wanted.sort.startswith("-") == backwards
    rows = customers_wanted(wanted, now=now).prefetch_related("consents")
    found: list[Customer] = []
    for condition, order in _by_instant(column, key, down):
        if len(found) <= limit:
            found += rows.filter(condition).order_by(*order)[: limit + 1 - len(found)]
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    ahead, behind = (bool(key), more) if backwards else (more, bool(key))
    return Page(
        rows=found,
        next=write_cursor(_key_of(found[-1], column), backwards=False) if ahead and found else "",
        previous=write_cursor(_key_of(found[0], column), backwards=True) if behind and found else "",
    )


def _key_of(customer: Customer, column: str) -> list[Any]:
    instant = getattr(customer, column)
    return [instant.isoformat() if instant else None, customer.pk]


def _by_instant(column: str, key: list[Any], down: bool) -> list[tuple[Q, list[str]]]:
    """Two index scans put one behind the other: those who have the instant, and those who have none."""
    than, sign = ("lt", "-") if down else ("gt", "")
    after_known, after_unknown = Q(**{f"{column}__isnull": False}), Q(**{f"{column}__isnull": True})
    if key:
        number = Q(**{f"pk__{than}": key[1]})
        if key[0] is None:
            after_unknown &= number
        else:
            at = datetime.fromisoformat(key[0])
            # The first part is what the index is entered by; the second tells those of one instant apart.
            after_known &= Q(**{f"{column}__{than}e": at}) & (Q(**{f"{column}__{than}": at}) | number)
    known = (after_known, [f"{sign}{column}", f"{sign}pk"])
    unknown = (after_unknown, [f"{sign}pk"])
    if down:
        return [unknown] if key and key[0] is None else [known, unknown]
    return [known] if key and key[0] is not None else [unknown, known]


def matches_were_cut(wanted: Wanted, count: int) -> bool:
    """Whether a search found so many that some were left out."""
    return bool(wanted.search) and count >= MOST_MATCHES
