"""Cursor pagination by key: a page starts after a row, not at an offset, so rows that come meanwhile shift nothing.

A cursor is the key of the row at the page's edge and the direction, in URL-safe base64. It is no secret: whoever changes it
sees another page of what they may see anyway.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet

from common.problem import Problem, ProblemError

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 1000

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of rows in the order asked for, and the cursors of its neighbours (empty where there is none)."""

    rows: list[Row]
    next: str = ""
    previous: str = ""


@dataclass(frozen=True)
class Order:
    """The order of a list: fields (`since`, `customer_id`) that together are unique, all ascending or all descending."""

    fields: tuple[str, ...]
    descending: bool = False

    def names(self, *, backwards: bool) -> list[str]:
        """The arguments of `order_by`."""
        down = self.descending != backwards
        return [f"-{name}" if down else name for name in self.fields]

    def beyond(self, key: Sequence[Any], *, backwards: bool) -> Q:
        """The condition of rows strictly after a key: the first field that differs decides."""
        lookup = "lt" if self.descending != backwards else "gt"
        condition = Q()
        for position, name in enumerate(self.fields):
            equal = dict(zip(self.fields[:position], key, strict=False))
            condition |= Q(**equal, **{f"{name}__{lookup}": key[position]})
        return condition

    def key_of(self, row: Model) -> list[Any]:
        """The key of one row, as JSON takes it."""
        values = [getattr(row, name) for name in self.fields]
        return [value.isoformat() if isinstance(value, datetime) else value for value in values]


def page_of(rows: QuerySet[Row], order: Order, *, cursor: str = "", limit: int = DEFAULT_LIMIT) -> Page[Row]:
    """The page of a query set that a cursor points to; the first one without a cursor.

    Raises ProblemError for a cursor that is none.
    """
    key, backwards = _read_cursor(cursor, order)
    wanted = rows.order_by(*order.names(backwards=backwards))
    try:
        found = list((wanted.filter(order.beyond(key, backwards=backwards)) if key else wanted)[: limit + 1])
    except (ValueError, TypeError, ValidationError) as error:
        raise _bad_cursor() from error
    more, found = len(found) > limit, found[:limit]
    if backwards:
        found.reverse()
    ahead, behind = (bool(key), more) if backwards else (more, bool(key))
    return Page(
        rows=found,
        next=_cursor(order, found[-1], backwards=False) if ahead and found else "",
        previous=_cursor(order, found[0], backwards=True) if behind and found else "",
    )


def limit_of(parameters: Mapping[str, str]) -> int:
    """The page size a request asks for with `limit`, from 1 to 1,000. Raises ProblemError for anything else."""
    text = parameters.get("limit", "")
    if not text:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LARGEST_LIMIT):
        fault = ("/limit", f"Give a whole number from 1 to {LARGEST_LIMIT}.")
        raise ProblemError(Problem("bad_limit", "The page size cannot be used.", 400, [fault]))
    return int(text)


def envelope(address: str, page: Page[Row], results: Sequence[Any]) -> dict[str, Any]:
    """The answer of a list: results and the addresses of the neighbouring pages, keeping the other parameters."""
    return {
        "results": list(results),
        "next": _with_cursor(address, page.next),
        "previous": _with_cursor(address, page.previous),
    }


def _with_cursor(address: str, cursor: str) -> str | None:
    if not cursor:
        return None
    parts = urlsplit(address)
    kept = [pair for pair in parts.query.split("&") if pair and not pair.startswith("cursor=")]
    return urlunsplit(parts._replace(query="&".join([*kept, urlencode({"cursor": cursor})])))


def _cursor(order: Order, row: Model, *, backwards: bool) -> str:
    text = json.dumps([backwards, order.key_of(row)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, order: Order) -> tuple[list[Any], bool]:
    """The key and the direction of a cursor; no key for the first page."""
    if not cursor:
        return [], False
    try:
        backwards, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError) as error:
        raise _bad_cursor() from error
    whole = isinstance(backwards, bool) and isinstance(key, list) and len(key) == len(order.fields)
    if not whole or not all(isinstance(value, str | int | float) for value in key):
        raise _bad_cursor()
    return key, backwards


def _bad_cursor() -> ProblemError:
    fault = ("/cursor", "Take the cursor from the `next` or `previous` of an answer.")
    return ProblemError(Problem("bad_cursor", "The cursor cannot be used.", 400, [fault]))
