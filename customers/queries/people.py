"""The list of customers: searched, filtered, page by page, fast on half a million."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Collate, Lower

from common.pagination import Page
from customers.models import Consent, Customer, Identity
from customers.queries.cursors import read_cursor, write_cursor

PAGE = 50
MOST_MATCHES = 2000
CHANNELS = {"email": "E-mail", "sms": "SMS", "push": "Push"}
STATES = {"subscribed": "subscribed", "unsubscribed": "unsubscribed", "never": "never asked"}
SORTS = {
    "seen": "Last seen, latest first",
    "-seen": "Last seen, longest ago first",
    "new": "Newest first",
    "-new": "Oldest first",
}
NAMES = """
SELECT id FROM customers_customer WHERE to_tsvector('simple',
    coalesce(attributes ->> 'first_name', '') || ' ' || coalesce(attributes ->> 'last_name', ''))
    @@ to_tsquery('simple', %s) LIMIT %s
"""


@dataclass(frozen=True)
class Wanted:
    """Which customers a list shows. Anything that is no known choice falls back to all."""

    search: str = ""
    kind: str = ""
    channel: str = ""
    state: str = ""
    sort: str = "seen"

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Wanted:
        """Read the parameters of the address: `q`, `kind`, `consent` (`email:subscribed`), `sort`."""
        channel, _, state = parameters.get("consent", "").partition(":")
        known = channel in CHANNELS and state in STATES
        kind, sort = parameters.get("kind", ""), parameters.get("sort", "seen")
        return cls(
            search=parameters.get("q", "").replace("\x00", "").strip()[:200],
            kind=kind if kind in ("known", "anonymous") else "",
            channel=channel if known else "",
            state=state if known else "",
            sort=sort if sort in SORTS else "seen",
        )

    @property
    def consent(self) -> str:
        """The consent filter as the address has it."""
        return f"{self.channel}:{self.state}" if self.channel else ""

    @property
    def narrowed(self) -> bool:
        """Whether anything but the order was asked for."""
        return bool(self.search or self.kind or self.channel)


def customers_wanted(wanted: Wanted) -> QuerySet[Customer]:
    """The customers that fit, in no order."""
    found = Customer.objects.all()
    if wanted.kind:
        unknown = Q(user_id__isnull=True, email__isnull=True, phone__isnull=True)
        found = found.filter(unknown if wanted.kind == "anonymous" else ~unknown)
    if wanted.channel:
        consents = Consent.objects.filter(customer=OuterRef("pk"), channel=wanted.channel)
        asked = Exists(consents if wanted.state == "never" else consents.filter(state=wanted.state))
        found = found.filter(~asked if wanted.state == "never" else asked)
    return found.filter(_matching(wanted.search)) if wanted.search else found


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
    own = search.removeprefix("#")
    if own.isascii() and own.isdigit() and len(own) < 19:
        numbers.add(int(own))
    return Q(pk__in=numbers)


def page_of_customers(wanted: Wanted, *, cursor: str = "", limit: int = PAGE) -> Page[Customer]:
    """One page; a cursor that is none gives the first page. Customers never seen stand last, or first when reversed."""
    key, backwards = read_cursor(cursor, 2)
    descending = not wanted.sort.startswith("-")
    down = descending != backwards
    rows = customers_wanted(wanted).prefetch_related("consents")
    parts = _by_number(key, down) if wanted.sort.endswith("new") else _by_seen(key, down)
    found: list[Customer] = []
    for condition, order in parts:
        if len(found) <= limit:
            found += rows.filter(condition).order_by(*order)[: limit + 1 - len(found)]
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    ahead, behind = (bool(key), more) if backwards else (more, bool(key))
    return Page(
        rows=found,
        next=write_cursor(_key_of(found[-1]), backwards=False) if ahead and found else "",
        previous=write_cursor(_key_of(found[0]), backwards=True) if behind and found else "",
    )


def _key_of(customer: Customer) -> list[Any]:
    return [customer.last_seen_at.isoformat() if customer.last_seen_at else None, customer.pk]


def _by_number(key: list[Any], down: bool) -> list[tuple[Q, list[str]]]:
    beyond = Q(**{"pk__lt" if down else "pk__gt": key[1]}) if key else Q()
    return [(beyond, ["-pk" if down else "pk"])]


def _by_seen(key: list[Any], down: bool) -> list[tuple[Q, list[str]]]:
    """Two index scans put one behind the other: those ever seen, and those never seen."""
    than, sign = ("lt", "-") if down else ("gt", "")
    seen, unseen = Q(last_seen_at__isnull=False), Q(last_seen_at__isnull=True)
    after_seen, after_unseen = seen, unseen
    if key:
        number = Q(**{f"pk__{than}": key[1]})
        if key[0] is None:
            after_unseen &= number
        else:
            at = datetime.fromisoformat(key[0])
            after_seen &= Q(**{f"last_seen_at__{than}": at}) | (Q(last_seen_at=at) & number)
    first = (after_seen, [f"{sign}last_seen_at", f"{sign}pk"])
    last = (after_unseen, [f"{sign}pk"])
    if down:
        return [last] if key and key[0] is None else [first, last]
    return [first] if key and key[0] is not None else [last, first]


def matches_were_cut(wanted: Wanted, count: int) -> bool:
    """Whether a search found so many that some were left out."""
    return bool(wanted.search) and count >= MOST_MATCHES
