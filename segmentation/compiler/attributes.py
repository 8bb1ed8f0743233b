"""Attributes of a customer in SQL: columns, traits as they came, and what is computed from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from sqlglot import exp

from segmentation.compiler import dates
from segmentation.compiler.operators import storable
from segmentation.compiler.sql import (
    Expression,
    any_of,
    call,
    cast,
    coalesce,
    column,
    minus,
    number,
    word,
)
from segmentation.compiler.statement import Parameters, Today
from segmentation.compiler.values import Amount, Json, Plain, Quotient, Value, json_field

TEXT_COLUMNS = ("user_id", "email", "phone", "timezone")
BIRTHDAY, AGE = "birthday", "age"


def profile_value(key: str, alias: str, parameters: Parameters, *, seconds: bool, of_since: bool = False) -> Value:
    """An attribute that the customer's own row holds; every attribute but the order traits."""
    if key in TEXT_COLUMNS:
        return Plain(column(key, alias), "text")
    if key in _INSTANTS:
        return Plain(_INSTANTS[key](alias), "instant")
    if key == "known":
        return Plain(_known(alias), "boolean")
    if key == AGE:
        return Amount(Quotient(_age(alias, parameters, of_since=of_since)))
    return trait(key, alias, parameters, seconds=seconds)


def trait(key: str, alias: str, parameters: Parameters, *, seconds: bool) -> Value:
    """A trait under the name it came with."""
    if not storable(key):
        return Json(cast(exp.null(), "jsonb"), cast(exp.null(), "text"))
    return json_field(column("attributes", alias), parameters.add(key, "text"), seconds=seconds)


def _created(alias: str) -> Expression:
    return coalesce(column("created_at", alias), column("first_seen_at", alias))


_INSTANTS: Mapping[str, Callable[[str], Expression]] = MappingProxyType(
    {
        "created_at": _created,
        "first_seen_at": lambda alias: column("first_seen_at", alias),
        "last_seen_at": lambda alias: column("last_seen_at", alias),
    }
)


def _known(alias: str) -> Expression:
    return any_of(
        exp.NEQ(this=coalesce(column(key, alias), word("")), expression=word(""))
        for key in ("user_id", "email", "phone")
    )


def _age(alias: str, parameters: Parameters, *, of_since: bool) -> Expression:
    """The number that came as `age`, else the whole years since the birthday at the UTC day of the instant."""
    given = trait(AGE, alias, parameters, seconds=False).number().plain()
    birthday = trait(BIRTHDAY, alias, parameters, seconds=True).instant()
    today = parameters.add(Today(of_since=of_since), "numeric")
    lived = exp.Div(
        this=minus(today, dates.day_number(birthday)), expression=cast(number(10_000), "numeric"), typed=True
    )
    return coalesce(given, call("floor", lived))
