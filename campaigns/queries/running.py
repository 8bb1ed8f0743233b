"""Which journeys run, since when, and whom they concern."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Max

from campaigns.journeys.nodes import Flow
from campaigns.models import Enrolment, Journey, JourneyDecision
from campaigns.models.journey import Status
from campaigns.queries.flows import flow_of

NEAR_GOAL = """
SELECT e.id
  FROM customers_eventname n
  JOIN customers_eventtotal t ON t.name_id = n.id AND t.last_at > %s
  JOIN campaigns_enrolment e ON e.customer_id = t.customer_id AND e.state = 'running'
 WHERE n.name = ANY(%s)
 LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A live journey: what it says, and since when it listens to the change log."""

    journey: int
    version: int
    flow: Flow
    since: datetime


def live_journeys() -> list[Running]:
    """The journeys that take customers in now."""
    rows = Journey.objects.filter(status=Status.LIVE, live_version__isnull=False).order_by("pk")
    versions = dict(rows.values_list("pk", "live_version_id"))
    started = JourneyDecision.objects.filter(journey__in=versions, kind__in=("live", "resumed"))
    since = dict(started.values_list("journey").annotate(last=Max("at")))
    return [
        Running(journey, version, flow_of(version), since[journey])
        for journey, version in versions.items()
        if version is not None and journey in since
    ]


def versions_on_the_way() -> list[int]:
    """The versions that running enrolments follow."""
    rows = Enrolment.objects.filter(state=Enrolment.State.RUNNING).order_by().values_list("version_id", flat=True)
    return list(rows.distinct())


def enrolments_near_goal(versions: Sequence[int], *, now: datetime, within: timedelta, limit: int) -> list[Enrolment]:
    """Running enrolments whose customer lately did an event that is some journey's goal: worth a closer look."""
    goals = {goal.event for version in versions if (goal := flow_of(version).goal)}
    if not goals:
        return []
    with connection.cursor() as cursor:
        cursor.execute(NEAR_GOAL, [now - within, list(goals), limit])
        near = [row[0] for row in cursor.fetchall()]
    return list(Enrolment.objects.filter(pk__in=near)) if near else []
