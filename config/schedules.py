"""What runs by the clock. One table, installed at each start and after each migration, never by hand.

A task that waits longer than its period on a busy queue expires, so bells do not pile up; the next one finds the same rows.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db import transaction

SECOND, MINUTE, HOUR = 1, 60, 3600


@dataclass(frozen=True)
class Schedule:
    """One periodic task: every so many seconds, or at a time of day (UTC)."""

    name: str
    task: str
    every: int = 0
    hour: int | None = None
    minute: int = 0
    weekday: str = "*"
    queue: str = ""
    arguments: tuple[tuple[str, object], ...] = ()


SCHEDULES: tuple[Schedule, ...] = (
    Schedule("tideline: evaluate dirty customers", "segmentation.evaluate", every=2 * SECOND, queue="live"),
    Schedule("tideline: sweep the clock", "segmentation.sweep", every=5 * SECOND, queue="live"),
    Schedule("tideline: advance journeys", "campaigns.advance", every=2 * SECOND, queue="journeys"),
    Schedule("tideline: send messages", "campaigns.send", every=2 * SECOND, queue="journeys"),
    Schedule("tideline: measure outcomes", "campaigns.measure", every=MINUTE, queue="batch"),
    # It asks itself whether it is Monday morning where the shop is.
    Schedule("tideline: send weekly digests", "campaigns.digests", every=HOUR // 4, queue="batch"),
    Schedule("tideline: take up waiting jobs", "segmentation.jobs", every=5 * SECOND, queue="batch"),
    Schedule("tideline: refresh percentile thresholds", "segmentation.thresholds", every=HOUR // 2, queue="batch"),
    Schedule("tideline: add up the sizes of segments", "segmentation.sizes", every=MINUTE, queue="batch"),
    Schedule("tideline: make event partitions ahead", "customers.partitions", every=6 * HOUR, queue="batch"),
    Schedule("tideline: put a closed month in order", "customers.arrange", hour=1, minute=30, queue="batch"),
    Schedule("tideline: settle the catalogue's types", "customers.catalogue", every=HOUR // 4, queue="batch"),
    Schedule("tideline: forget old answers", "customers.tidy", hour=4, queue="batch"),
    Schedule("tideline: look for findings", "segmentation.findings", every=HOUR // 4, queue="batch"),
    Schedule("tideline: nightly self-audit", "segmentation.audit", hour=2, minute=30, queue="batch"),
    Schedule(
        "tideline: weekly full self-audit",
        "segmentation.audit",
        hour=3,
        minute=30,
        weekday="0",
        queue="batch",
        arguments=(("full", True),),
    ),
)


@transaction.atomic
def install() -> int:
    """Make the stored schedule equal to the table above; return how many entries it has."""
    from django_celery_beat.models import PeriodicTask, PeriodicTasks

    names = [schedule.name for schedule in SCHEDULES]
    changed = bool(PeriodicTask.objects.filter(name__startswith="tideline: ").exclude(name__in=names).delete()[0])
    for schedule in SCHEDULES:
        changed |= _install_one(schedule)
    if changed:
        PeriodicTasks.update_changed()
    return len(SCHEDULES)


def _install_one(schedule: Schedule) -> bool:
    """Store one entry; whether anything had to be written."""
    from django_celery_beat.models import PeriodicTask

    wanted = _timing(schedule) | {
        "task": schedule.task,
        "queue": schedule.queue or None,
        "expire_seconds": max(schedule.every, 5) if schedule.every else HOUR,
        "kwargs": json.dumps(dict(schedule.arguments)),
        "enabled": True,
    }
    stored = PeriodicTask.objects.filter(name=schedule.name).first()
    if stored and all(getattr(stored, key) == value for key, value in wanted.items()):
        return False
    PeriodicTask.objects.update_or_create(name=schedule.name, defaults=wanted)
    return True


def _timing(schedule: Schedule) -> dict[str, Any]:
    """The two columns of which an entry fills one."""
    from django_celery_beat.models import CrontabSchedule, IntervalSchedule

    if schedule.every:
        period = {"every": schedule.every, "period": IntervalSchedule.SECONDS}
        interval = IntervalSchedule.objects.filter(**period).first() or IntervalSchedule.objects.create(**period)
        return {"interval": interval, "crontab": None}
    moment = {
        "hour": str(schedule.hour or 0),
        "minute": str(schedule.minute),
        "day_of_week": schedule.weekday,
        "day_of_month": "*",
        "month_of_year": "*",
    }
    crontab = CrontabSchedule.objects.filter(**moment, timezone="UTC").first()
    return {"interval": None, "crontab": crontab or CrontabSchedule.objects.create(**moment, timezone="UTC")}


def install_after_migrate(*, using: str, **_: Any) -> None:
    """Install after a migration, once the scheduler's own tables are there."""
    from django.db import connections

    if "django_celery_beat_periodictask" in connections[using].introspection.table_names():
        install()
