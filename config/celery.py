"""Celery rings the bell, and nothing more: every task looks for rows that wait, and a lost message costs one sweep.

Three queues, each with a process of its own, so that a long rebuild never keeps an event waiting: `live` (evaluation, the
clock), `journeys` (advancing, sending), `batch` (rebuilds, imports, reports, audits).
"""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

QUEUES = ("live", "journeys", "batch")

# Where a task goes that is sent without naming a queue.
ROUTES: dict[str, dict[str, str]] = {
    "segmentation.evaluate": {"queue": "live"},
    "segmentation.sweep": {"queue": "live"},
    "segmentation.*": {"queue": "batch"},
    "campaigns.measure": {"queue": "batch"},
    "campaigns.digests": {"queue": "batch"},
    "campaigns.*": {"queue": "journeys"},
    "*": {"queue": "batch"},
}

app = Celery("tideline")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_queues=[Queue(name) for name in QUEUES],
    task_default_queue="batch",
    task_routes=ROUTES,
    # Taken off the queue when done, so that a killed worker's bell rings again; the truth is in the tables either way.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_ignore_result=True,
    result_backend=None,
    task_serializer="json",
    accept_content=["json"],
    timezone="UTC",
    enable_utc=True,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    # A bell that cannot be rung at once is not worth waiting for: the sweep rings it again.
    task_publish_retry=False,
    broker_transport_options={
        "visibility_timeout": 3600,
        "socket_timeout": 10,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
    },
    beat_scheduler="django_celery_beat.schedulers:DatabaseScheduler",
    beat_max_loop_interval=1,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    worker_enable_remote_control=False,
    worker_cancel_long_running_tasks_on_connection_loss=False,
)
app.autodiscover_tasks()


@setup_logging.connect
def log_as_django_does(**_: Any) -> None:
    """Workers log through Django's settings; connecting to this signal keeps Celery from setting up its own."""
