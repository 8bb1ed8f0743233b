"""Ring the bell after a commit: somebody may evaluate now. Nothing is lost if nobody hears it; the sweep rings too.

A flag in Valkey says that the bell has been rung and nobody came yet, so a thousand commits ring once. Whoever comes
takes the flag away *before* claiming work (`heard`): what is committed after that rings again.
"""

from __future__ import annotations

import logging
from datetime import timedelta

import redis
from celery import current_app
from kombu.exceptions import OperationalError

from customers.valkey import client

logger = logging.getLogger(__name__)

EVALUATE, QUEUE = "segmentation.evaluate", "live"
FLAG = "tideline:bell"
# A ring that got lost between the flag and the queue is forgotten after this.
_FORGOTTEN = timedelta(seconds=2)


def ring() -> None:
    """Ask for an evaluation, unless one is asked for already. A broker that is away is logged and left alone."""
    try:
        if client().set(FLAG, 1, nx=True, px=_FORGOTTEN):
            current_app.send_task(EVALUATE, queue=QUEUE, ignore_result=True, retry=False)
    except (redis.RedisError, OperationalError, OSError) as error:
        logger.warning("The bell cannot be rung, the next sweep will: %s", error)


def heard() -> None:
    """Called by the evaluation that a ring asked for, before it claims: the next commit rings again."""
    try:
        client().delete(FLAG)
    except (redis.RedisError, OSError) as error:
        logger.warning("The bell's flag stays until it is forgotten: %s", error)
