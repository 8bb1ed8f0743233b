"""Numbers for Prometheus, read from the tables when asked: every web worker gives the same answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.db.models import Count, Max, Min, Sum
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from campaigns.models import Message
from common import clock
from customers.models import DirtyCustomer
from segmentation.models import AuditRun, Job, Membership, Sweep


class TableCollector(Collector):
    """Reads the numbers of one instant."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterable[Metric]:
        """Every number, one family each."""
        yield from self._evaluation()
        yield self._events()
        yield _labelled("tideline_messages", "Messages by state.", "state", _by(Message, "state"))
        yield _labelled("tideline_memberships", "Memberships by state.", "state", _by(Membership, "state"))
        yield _labelled("tideline_jobs", "Jobs by state.", "state", _by(Job, "state"))
        yield self._audit()

    def _evaluation(self) -> Iterable[Metric]:
        dirty = DirtyCustomer.objects.aggregate(rows=Count("pk"), oldest=Min("marked_at"))
        swept = Sweep.objects.aggregate(until=Max("until"))["until"]
        yield GaugeMetricFamily("tideline_dirty_customers", "Customers waiting for evaluation.", value=dirty["rows"])
        yield GaugeMetricFamily(
            "tideline_dirty_oldest_seconds", "Age of the oldest of them.", value=self._age(dirty["oldest"])
        )
        yield GaugeMetricFamily("tideline_sweep_age_seconds", "Since the clock was swept.", value=self._age(swept))

    def _events(self) -> Metric:
        """The planner's count: exact counting would read every partition at each scrape."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT coalesce(sum(greatest(child.reltuples, 0)), 0)::bigint FROM pg_inherits "
                "JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = 'customers_event'::regclass"
            )
            row = cursor.fetchone()
        return GaugeMetricFamily("tideline_events_estimate", "Stored events, as the planner knows.", value=row[0])

    def _audit(self) -> Metric:
        """Of the last audit of each segment."""
        last = AuditRun.objects.order_by("segment", "-at").distinct("segment").values("pk")
        sums = AuditRun.objects.filter(pk__in=last).aggregate(checked=Sum("checked"), wrong=Sum("wrong"))
        family = GaugeMetricFamily(
            "tideline_audited_memberships", "Memberships evaluated again by the last audits.", labels=["found"]
        )
        checked, wrong = sums["checked"] or 0, sums["wrong"] or 0
        family.add_metric(["right"], checked - wrong)
        family.add_metric(["false"], wrong)
        return family

    def _age(self, since: datetime | None) -> float:
        return max((self.now - since).total_seconds(), 0.0) if since else 0.0


def _by(model: type[Message | Membership | Job], field: str) -> dict[str, int]:
    return dict(model._default_manager.order_by().values_list(field).annotate(Count("pk")))


def _labelled(name: str, meaning: str, label: str, counts: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(name, meaning, labels=[label])
    for value, count in sorted(counts.items()):
        family.add_metric([value], count)
    return family


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The exposition text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(TableCollector(clock.now()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
