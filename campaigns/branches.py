"""What the rules of branches say about customers: one statement for a batch, by the compiler that segments use."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction

from campaigns.journeys.nodes import Branch
from campaigns.queries.flows import flow_of
from segmentation.compiler.select import batch
from segmentation.engines.postgres import rows
from segmentation.matches import BROKEN
from segmentation.queries.surroundings import surroundings
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.faults import RuleError
from segmentation.rules.nodes import Rule
from segmentation.rules.parse import parse

logger = logging.getLogger(__name__)

# A branch of a frozen version: the version's id and the node's key.
Place = tuple[int, str]


def answers(*, asked: Iterable[tuple[Place, int]], now: datetime) -> dict[tuple[Place, int], bool]:
    """What each branch says about each customer at `now`; a rule that cannot be evaluated any more gives no answer."""
    customers: dict[Place, set[int]] = {}
    for place, customer in asked:
        customers.setdefault(place, set()).add(customer)
    places = list(customers)
    rules = {number: rule for number, place in enumerate(places) if (rule := _rule(place)) is not None}
    everyone = sorted(set().union(*(customers[places[number]] for number in rules)))
    said: dict[tuple[Place, int], bool] = {}
    for numbers, true in _ask(rules, everyone, now=now):
        for number in numbers:
            place = places[number]
            said |= {(place, customer): (number, customer) in true for customer in customers[place]}
    return said


def _ask(
    rules: Mapping[int, Rule], customers: list[int], *, now: datetime
) -> list[tuple[tuple[int, ...], frozenset[tuple[int, int]]]]:
    """The true (rule, customer) pairs with the rules that answered: all at once, one by one where that fails."""
    if not rules:
        return []
    try:
        return [(tuple(rules), _true(rules, customers, now=now))]
    except BROKEN:
        if len(rules) == 1:
            logger.exception("the rule of a branch cannot be evaluated")
            return []
    return [answer for number, rule in rules.items() for answer in _ask({number: rule}, customers, now=now)]


def _true(rules: Mapping[int, Rule], customers: list[int], *, now: datetime) -> frozenset[tuple[int, int]]:
    with transaction.atomic():
        around = surroundings(rules.values(), now=now, stored_thresholds=False)
        return frozenset((int(number), int(customer)) for number, customer in rows(batch(rules, around, customers)))


def _rule(place: Place) -> Rule | None:
    """The rule of a branch. Types edited after the approval change nothing: it was frozen."""
    version, key = place
    node = flow_of(version).nodes[key]
    if not isinstance(node, Branch):
        raise TypeError(f"The node {key!r} asks nothing.")
    try:
        return parse(node.rule, catalogue=Catalogue())
    except RuleError:
        logger.exception("the rule of the branch %s cannot be read", key)
        return None
