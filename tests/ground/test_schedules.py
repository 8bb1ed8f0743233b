"""The table of periodic tasks, what is stored of it, and what workers know."""

from __future__ import annotations

import json

import pytest
from celery.worker import state
from django.db.models.signals import post_migrate
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from common import stopping
from config.celery import QUEUES, app
from config.schedules import SCHEDULES, install, install_after_migrate
from tests.house.code import APPS


def test_every_scheduled_task_exists_and_every_task_is_scheduled() -> None:
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if name.split(".")[0] in APPS}
    assert {schedule.task for schedule in SCHEDULES} == ours
    assert len({schedule.name for schedule in SCHEDULES}) == len(SCHEDULES)


def test_a_task_goes_to_the_same_queue_whoever_sends_it() -> None:
    for schedule in SCHEDULES:
        assert schedule.queue in QUEUES
        routed = app.amqp.router.route({}, schedule.task)["queue"].name
        assert routed == schedule.queue, schedule.task


@pytest.mark.django_db
def test_a_migration_installs_the_schedules() -> None:
    PeriodicTask.objects.all().delete()
    install_after_migrate(using="default")
    assert PeriodicTask.objects.filter(name__startswith="tideline: ").count() == len(SCHEDULES)
    assert install_after_migrate in [receiver[1]() for receiver in post_migrate.receivers]


@pytest.mark.django_db
def test_installing_repairs_what_was_changed_by_hand_and_leaves_the_rest() -> None:
    install()
    swept = PeriodicTask.objects.get(task="segmentation.sweep")
    PeriodicTask.objects.filter(pk=swept.pk).update(enabled=False, queue="batch")
    interval = IntervalSchedule.objects.create(every=9, period=IntervalSchedule.HOURS)
    PeriodicTask.objects.create(name="tideline: of an older version", task="gone", interval=interval)
    own = PeriodicTask.objects.create(name="my own", task="customers.tidy", interval=interval)
    assert install() == len(SCHEDULES)
    swept.refresh_from_db()
    assert swept.enabled
    assert swept.queue == "live"
    assert swept.interval is not None
    assert swept.interval.every == 5
    assert not PeriodicTask.objects.filter(task="gone").exists()
    assert PeriodicTask.objects.filter(pk=own.pk).exists()
    full = PeriodicTask.objects.get(name="tideline: weekly full self-audit")
    assert json.loads(full.kwargs) == {"full": True}
    assert full.crontab is not None


@pytest.mark.django_db
def test_installing_twice_writes_nothing() -> None:
    install()
    before = list(PeriodicTask.objects.order_by("pk").values())
    install()
    assert list(PeriodicTask.objects.order_by("pk").values()) == before


def test_a_worker_that_is_asked_to_stop_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "should_stop", None)
    assert not stopping.asked()
    monkeypatch.setattr(state, "should_stop", 0)
    assert stopping.asked()
