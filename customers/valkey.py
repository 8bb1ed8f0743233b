"""The one connection to Valkey that this app uses: bells and counters, nothing that may not be lost."""

from __future__ import annotations

from functools import lru_cache

import redis
from django.conf import settings

# A Valkey that is away must not keep an event waiting.
_CONNECT_SECONDS, _ANSWER_SECONDS = 0.5, 1.0


def client() -> redis.Redis:
    """The client of this process; its pool is safe for threads and opens no connection before it is used."""
    return _client(settings.REDIS_URL)


@lru_cache(maxsize=8)
def _client(url: str) -> redis.Redis:
    made: redis.Redis = redis.Redis.from_url(
        url, socket_connect_timeout=_CONNECT_SECONDS, socket_timeout=_ANSWER_SECONDS, health_check_interval=30
    )
    return made
