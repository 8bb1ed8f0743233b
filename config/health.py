"""Whether the process lives, and whether the installation can do its work: each part named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from campaigns.models import Message
from common import clock
from config.metrics import metrics
from customers.models import DirtyCustomer
from segmentation.models import Sweep

# How old the oldest waiting row may be. Events are promised within seconds and the clock within fifteen, so a minute means
# that nobody works; messages go out in a slower queue.
BOUNDS = {
    "evaluation": timedelta(minutes=1),
    "clock": timedelta(minutes=1),
    "sending": timedelta(minutes=10),
}


class NotReadyError(Exception):
    """A part that cannot do its work, in words for the operator."""


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives: it touches nothing else, so that a broken database does not get the web server killed."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every part is well, 503 otherwise; the body says how each is."""
    now = clock.now()
    parts: dict[str, Callable[[], str]] = {
        "database": _database,
        "broker": _broker,
        "migrations": _migrations,
        "evaluation": lambda: _lag("evaluation", _oldest_dirty(), now),
        "clock": lambda: _lag("clock", _swept_until(), now),
        "sending": lambda: _lag("sending", _oldest_due_message(now), now),
    }
    answers = {name: _ask(part) for name, part in parts.items()}
    ready = all(answer["ok"] for answer in answers.values())
    return JsonResponse({"ready": ready, "parts": answers}, status=200 if ready else 503)


def _ask(part: Callable[[], str]) -> dict[str, object]:
    try:
        return {"ok": True, "detail": part()}
    except NotReadyError as error:
        return {"ok": False, "detail": str(error)}
    except Exception as error:
        # Whatever breaks here is the answer; addresses and passwords stay out of it.
        return {"ok": False, "detail": type(error).__name__}


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "answers"


def _broker() -> str:
    limits: dict[str, Any] = {"socket_timeout": 2, "socket_connect_timeout": 2, "retry": Retry(NoBackoff(), 0)}
    with Redis.from_url(settings.REDIS_URL, **limits) as client:
        client.ping()
    return "answers"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        raise NotReadyError(f"{len(waiting)} wait: run `python manage.py migrate`")
    return "all applied"


def _lag(name: str, oldest: datetime | None, now: datetime) -> str:
    """How long the oldest row waits; nothing waiting is no lag."""
    lag = max(now - oldest, timedelta()) if oldest else timedelta()
    words = f"{lag.total_seconds():.0f} s behind"
    if lag > BOUNDS[name]:
        raise NotReadyError(f"{words}; at most {BOUNDS[name].total_seconds():.0f} s are allowed")
    return words


def _oldest_dirty() -> datetime | None:
    return DirtyCustomer.objects.order_by("marked_at").values_list("marked_at", flat=True).first()


def _swept_until() -> datetime | None:
    return Sweep.objects.values_list("until", flat=True).first()


def _oldest_due_message(now: datetime) -> datetime | None:
    waiting = Message.objects.filter(state=Message.State.PLANNED, due_at__lte=now)
    return waiting.order_by("due_at").values_list("due_at", flat=True).first()


def probes(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware that answers probes before anything else looks at them: a load balancer asks by a bare IP address and
    without TLS, which every other address refuses."""
    answers: dict[str, Callable[[HttpRequest], HttpResponse]] = {
        "/healthz": healthz,
        "/readyz": readyz,
        "/metrics": metrics,
    }

    def middleware(request: HttpRequest) -> HttpResponse:
        return answers.get(request.path_info, get_response)(request)

    return middleware
