"""How many events a write key may still send this minute, counted in Valkey. Away, it lets everything through."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import cast

import redis

from customers.models import WriteKey
from customers.valkey import client

logger = logging.getLogger(__name__)

_KEPT = timedelta(minutes=2)


def seconds_to_wait(*, key: WriteKey, events: int, now: datetime) -> int:
    """0 if the events may come in, else the seconds until the next minute, in which the key may send again.

    A request passes while the key is under its rate, so the last one of a minute may go over it by its own size.
    """
    if key.events_per_minute is None:
        return 0
    counter = f"tideline:rate:{key.pk}:{now:%Y%m%d%H%M}"
    try:
        before = cast(int, client().incrby(counter, events)) - events
        if before == 0:
            client().expire(counter, _KEPT)
        if before < key.events_per_minute:
            return 0
        client().decrby(counter, events)
    except (redis.RedisError, OSError) as error:
        logger.warning("Rates are not counted while Valkey is away: %s", error)
        return 0
    return 60 - now.second
