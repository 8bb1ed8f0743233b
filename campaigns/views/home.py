"""The first page: what needs me, what moved, is the pipe healthy."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from campaigns.queries import overview
from campaigns.queries.moved import segments_moved
from common import clock
from common.htmx import render, wants_part
from customers.roles import allowed, person


@allowed()
def home(request: HttpRequest) -> HttpResponse:
    """The whole page; htmx renews the health of the pipe alone."""
    now = clock.now()
    context = {"now": now, "pipe": overview.pipe(now=now), "last_error": overview.last_error(now=now)}
    if not wants_part(request):
        context |= {
            "in_review": overview.journeys_in_review(),
            "sent_back": overview.sent_back(person(request)),
            "ready": overview.journeys_ready(),
            "broken": overview.broken_segments(),
            "audits": overview.false_audits(),
            "failed": overview.failed_jobs(now=now)[:5],
            "reviews": overview.reviews_due(now=now)[:5],
            "lacking": overview.cards_lacking(),
            "steps": overview.first_steps(),
        }
    return render(request, "campaigns/home.html", context, part="pipe")


@allowed()
def moved(request: HttpRequest) -> HttpResponse:
    """What moved in seven days: a part of its own, since it reads the change log of all segments."""
    now = clock.now()
    context = {"now": now, "moved": segments_moved(now=now)}
    return render(request, "campaigns/moved.html", context, part="moved")
