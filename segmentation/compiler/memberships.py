"""Membership in another segment, and consent, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlglot import exp

from segmentation.compiler import events
from segmentation.compiler.scopes import PERSON, Scope
from segmentation.compiler.sql import (
    Expression,
    aliased,
    all_of,
    cast,
    coalesce,
    column,
    compared,
    equal,
    is_not_true,
    is_present,
    is_true,
    ordered,
    table,
    word,
)
from segmentation.compiler.statement import SegmentId
from segmentation.rules.nodes import Consent, Ever, Segment

# An address that could be one, at a glance: what the provider refuses is known only after sending. The white space is
# named one by one, since what `[:space:]` holds follows the locale.
_SPACE = "\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
EMAIL_SHAPE = f"^[^@{_SPACE}]+@[^@.{_SPACE}]+([.][^@.{_SPACE}]+)+$"
PHONE_SHAPE = r"^[+][1-9][0-9]{6,14}$"
_ADDRESSES = {"email": ("email", EMAIL_SHAPE), "sms": ("phone", PHONE_SHAPE)}
_ENTERED, _EXITED = "entered", "exited"


def in_segment(node: Segment, scope: Scope) -> Expression:
    """Whether the customer is in the segment, ever was, or entered or left it in the window."""
    return is_present(column("customer_id", scope.joined(node, lambda: _members(node, scope))))


def _members(node: Segment, scope: Scope) -> exp.Select:
    if node.state == "in":
        return _as_of(node, scope) if scope.at_past else _current(node, scope)
    kind = _EXITED if node.state == "left" else _ENTERED
    conditions = [
        *_of_segment(node, scope, "g"),
        equal(column("kind", "g"), word(kind)),
        *events.within(node.window or Ever(), column("at", "g"), scope.operands),
    ]
    person = column("customer_id", "g")
    return _changes(person).where(*conditions, copy=False).group_by(person, copy=False)


def _changes(*columns: Expression) -> exp.Select:
    return exp.select(*columns, copy=False).from_(table("segmentation_membershipchange", "g"), copy=False)


def _of_segment(node: Segment, scope: Scope, alias: str) -> list[Expression]:
    segment = scope.parameters.add(SegmentId(node.segment), "bigint")
    return [equal(column("segment_id", alias), segment), *scope.theirs(column("customer_id", alias))]


def _current(node: Segment, scope: Scope) -> exp.Select:
    query = exp.select(column("customer_id", "s"), copy=False).from_(table("segmentation_membership", "s"), copy=False)
    return query.where(*_of_segment(node, scope, "s"), copy=False)


def _as_of(node: Segment, scope: Scope) -> exp.Select:
    """Those whose last entry or exit up to the instant is an entry."""
    person = column("customer_id", "g")
    order = [
        exp.Ordered(this=person, nulls_first=False),
        ordered(column("at", "g"), descending=True),
        ordered(column("id", "g"), descending=True),
    ]
    conditions = [
        *_of_segment(node, scope, "g"),
        exp.In(this=column("kind", "g"), expressions=[word(_ENTERED), word(_EXITED)]),
        compared(column("at", "g"), "lte", scope.operands.ahead(timedelta())),
    ]
    last = _changes(person, column("kind", "g")).distinct(person, copy=False)
    last = last.where(*conditions, copy=False).order_by(*order, copy=False)
    query = exp.select(column("customer_id", "l"), copy=False).from_(last.subquery("l", copy=False), copy=False)
    return query.where(equal(column("kind", "l"), word(_ENTERED)), copy=False)


def consents(node: Consent, scope: Scope) -> Expression:
    """Whether the consent of the channel is one of the states, or the channel reaches the customer."""
    if node.operator in ("reachable", "not_reachable"):
        reached = reachable(node.channel, scope)
        return reached if node.operator == "reachable" else is_not_true(reached)
    held = consent_state(node.channel, scope)
    wanted: Sequence[Expression] = [scope.parameters.add(state, "text") for state in dict.fromkeys(node.states)]
    positive = exp.In(this=held, expressions=list(wanted)) if wanted else exp.false()
    return is_true(positive) if node.operator == "is" else is_not_true(positive)


def consent_state(channel: str, scope: Scope) -> Expression:
    """The state of a channel; `never` where nobody ever asked."""
    return coalesce(column("state", _consent_table(channel, scope)), cast(word("never"), "text"))


def reachable(channel: str, scope: Scope) -> Expression:
    """Whether there is an address of the channel's shape and a consent to use it; other channels reach nobody."""
    if channel not in _ADDRESSES:
        return exp.false()
    name, shape = _ADDRESSES[channel]
    address = exp.RegexpLike(this=column(name, PERSON), expression=word(shape))
    agreed = is_present(column("customer_id", _agreed(channel, scope)))
    # The shape is dear to look at, so it comes last.
    return is_true(all_of([agreed, address]))


def _agreed(channel: str, scope: Scope) -> str:
    """Those who agreed to a channel."""
    state = equal(column("state", "k"), word("subscribed"))
    return scope.joined(("agreed", channel), lambda: _consents(channel, scope).where(state, copy=False))


def _consent_table(channel: str, scope: Scope) -> str:
    state = aliased(column("state", "k"), "state")
    return scope.joined(("consent", channel), lambda: _consents(channel, scope).select(state, copy=False))


def _consents(channel: str, scope: Scope) -> exp.Select:
    """The consents `k` of a channel."""
    conditions = [
        equal(column("channel", "k"), scope.parameters.add(channel, "text")),
        *scope.theirs(column("customer_id", "k")),
    ]
    query = exp.select(column("customer_id", "k"), copy=False).from_(table("customers_consent", "k"), copy=False)
    return query.where(*conditions, copy=False)
