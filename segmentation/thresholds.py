"""The stored thresholds of percentile conditions: computed at publish and every half hour, and those between marked.

A threshold stands still meanwhile, so that one customer's event moves one customer.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from customers.mark import mark
from segmentation.causes import Cause
from segmentation.compiler.select import members
from segmentation.compiler.thresholds import threshold
from segmentation.engines.postgres import ids, rows
from segmentation.models import PercentileThreshold
from segmentation.queries.live_rules import live_rules
from segmentation.queries.surroundings import percentiles_of, surroundings
from segmentation.rules.nodes import Attribute, Group, Percentile, Rule, Test, ValueType

FORGOTTEN = timedelta(days=1)


def refresh_thresholds(*, now: datetime) -> int:
    """Compute the thresholds of all live rules again; return how many moved. Forgets those nobody asked for in a day."""
    rules = [live.rule for live in live_rules().values()]
    moved = refresh_for(rules=rules, now=now)
    wanted = {_place(node) for node in percentiles_of(rules)}
    for row in PercentileThreshold.objects.filter(computed_at__lt=now - FORGOTTEN):
        if (row.key, row.side, row.percent.normalize()) not in wanted:
            # Asked once more while the row is locked: a publish may be computing it at this moment.
            PercentileThreshold.objects.filter(pk=row.pk, computed_at__lt=now - FORGOTTEN).delete()
    return moved


@transaction.atomic
def refresh_for(*, rules: Iterable[Rule], now: datetime) -> int:
    """Compute and store the thresholds that these rules ask for; mark whom a moved one may move. Returns how many moved."""
    return sum(_refresh(node, now=now) for node in sorted(percentiles_of(rules), key=_place))


def _place(node: Percentile) -> tuple[str, str, Decimal]:
    return node.key, node.side, node.percent.normalize()


def _refresh(node: Percentile, *, now: datetime) -> bool:
    """One threshold; whether it moved."""
    key, side, percent = _place(node)
    around = surroundings([Rule(Group("all", (node,)))], now=now, stored_thresholds=False)
    value = rows(threshold(node, around))[0][0]
    new: Decimal | None = value
    row, made = PercentileThreshold.objects.select_for_update().get_or_create(
        key=key, side=side, percent=percent, defaults={"value": new, "computed_at": now}
    )
    old = None if made else row.value
    row.value, row.computed_at = new, now
    row.save(update_fields=["value", "computed_at"])
    if made or old == new:
        return False
    _mark_between(node, old, new, now=now)
    return True


def _mark_between(node: Percentile, old: Decimal | None, new: Decimal | None, *, now: datetime) -> None:
    """Mark the customers whose value lies between the two thresholds, for the live segments that ask for it."""
    readers = [live.slug for live in live_rules().values() if _place(node) in map(_place, percentiles_of([live.rule]))]
    if not readers:
        return
    if old is None or new is None:
        test = Test(ValueType.ANY, "is_set")
    else:
        test = Test(ValueType.NUMBER, "between", (min(old, new), max(old, new)))
    between = Rule(Group("all", (Attribute(node.key, test),)))
    customers = ids(members(between, surroundings([between], now=now, stored_thresholds=True)))
    detail = f"the threshold of {node.side} {node.percent.normalize():f} % by {node.key} moved"
    cause = Cause("clock", id="percentile", detail=detail, at=now).stored()
    mark(causes={customer: {f"clock:{slug}": cause for slug in readers} for customer in customers}, now=now)
