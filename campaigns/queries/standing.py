"""How customers stand towards their journeys now: still active, consenting, not there yet. Asked for a batch at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from campaigns.models import Enrolment
from campaigns.queries.flows import flow_of
from customers.models import Consent
from segmentation.models import Membership
from segmentation.models.membership import State

# What brought a customer in happened before they were seen to be in; an order may lie between the two. No further back
# than this, so that a history imported late does not end journeys.
LONGEST_LAG = timedelta(hours=1)

GOALS = """
SELECT e.id
  FROM campaigns_enrolment e
  JOIN unnest(%(enrolments)s::bigint[], %(goals)s::text[]) AS asked (id, goal) ON asked.id = e.id
  JOIN customers_eventname n ON n.name = asked.goal
  LEFT JOIN segmentation_membershipchange c ON c.id = e.change_id
 CROSS JOIN LATERAL (
       SELECT GREATEST(LEAST(c.caused_at, e.entered_at), e.entered_at - %(lag)s) AS since) AS counted
  JOIN customers_eventtotal t ON t.customer_id = e.customer_id AND t.name_id = n.id AND t.last_at > counted.since
 WHERE EXISTS (SELECT FROM customers_event v
                WHERE v.customer_id = e.customer_id AND v.name_id = n.id AND v.time > counted.since AND v.time <= %(now)s)
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a batch of enrolments.

    `active` holds (customer, segment slug); `suppressed` likewise; `consents` (customer, channel) to state and instant;
    `reached` the enrolments whose customer did what the journey is for.
    """

    active: frozenset[tuple[int, str]]
    suppressed: frozenset[tuple[int, str]]
    consents: Mapping[tuple[int, str], tuple[str, datetime]]
    reached: frozenset[int]

    def stopped_by(self, enrolment: Enrolment) -> str | None:
        """Why the enrolment has to stop, or None: `left`, `suppressed`, `goal` or `unsubscribed`."""
        flow = flow_of(enrolment.version_id)
        if (enrolment.customer_id, flow.entry.segment) not in self.active:
            return "suppressed" if (enrolment.customer_id, flow.entry.segment) in self.suppressed else "left"
        if enrolment.pk in self.reached:
            return "goal"
        for channel in {send.channel for send in flow.sends()}:
            state, at = self.consents.get((enrolment.customer_id, channel), ("never", None))
            if state == "unsubscribed" and at is not None and at >= enrolment.entered_at:
                return "unsubscribed"
        return None

    def consent(self, customer: int, channel: str) -> str:
        """`subscribed`, `unsubscribed` or `never`."""
        return self.consents.get((customer, channel), ("never", None))[0]


def standing_of(enrolments: Iterable[Enrolment], *, now: datetime) -> Standing:
    """How the customers of these enrolments stand at `now`."""
    rows = list(enrolments)
    customers = {row.customer_id for row in rows}
    segments = {flow_of(row.version_id).entry.segment for row in rows}
    members = Membership.objects.filter(customer_id__in=customers, segment__slug__in=segments)
    states: dict[str, set[tuple[int, str]]] = {}
    for customer, slug, state in members.values_list("customer_id", "segment__slug", "state"):
        states.setdefault(state, set()).add((customer, slug))
    consents = Consent.objects.filter(customer_id__in=customers).values_list("customer_id", "channel", "state", "at")
    return Standing(
        active=frozenset(states.get(State.ACTIVE, ())),
        suppressed=frozenset(states.get(State.SUPPRESSED, ())),
        consents={(customer, channel): (state, at) for customer, channel, state, at in consents},
        reached=_reached(rows, now=now),
    )


def _reached(enrolments: list[Enrolment], *, now: datetime) -> frozenset[int]:
    goals = {row.pk: goal.event for row in enrolments if (goal := flow_of(row.version_id).goal)}
    if not goals:
        return frozenset()
    asked: dict[str, Any] = {"enrolments": list(goals), "goals": list(goals.values()), "lag": LONGEST_LAG, "now": now}
    with connection.cursor() as cursor:
        cursor.execute(GOALS, asked)
        return frozenset(row[0] for row in cursor.fetchall())
