"""The first page: what needs me, what moved, is the pipe healthy."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

from campaigns.queries import overview
from campaigns.queries.moved import segments_moved
from common import clock
from common.htmx import render, wants_part
from customers.roles import allowed, person
from segmentation.findings.asked import by_kind
from segmentation.findings.base import Severity
from segmentation.findings.card import ReviewOverdue
from segmentation.findings.told import open_findings
from segmentation.queries.publish_requests import requests_sent_back, requests_waiting

# So many overdue reviews are named, the others wait on the page of findings.
DUE = 5


@allowed()
def home(request: HttpRequest) -> HttpResponse:
    """The whole page; htmx renews the health of the pipe alone."""
    now = clock.now()
    context = {"now": now, "pipe": overview.pipe(now=now), "last_error": overview.last_error(now=now)}
    if not wants_part(request):
        context |= {
            "in_review": overview.journeys_in_review(),
            "rules": requests_waiting(),
            "rules_back": requests_sent_back(person(request)),
            "sent_back": overview.sent_back(person(request)),
            "ready": overview.journeys_ready(),
            "failed": overview.failed_jobs(now=now)[:5],
            **_findings(now),
            "steps": overview.first_steps(),
        }
    return render(request, "campaigns/home.html", context, part="pipe")


def _findings(now: datetime) -> dict[str, Any]:
    """What is grave, the first reviews that are due, and how many of each other kind there are."""
    told = open_findings(now=now)
    grave = [one for one in told if one.kind.severity == Severity.GRAVE]
    due = [one for one in told if one.kind is ReviewOverdue]
    others = [one for one in told if one not in grave and one not in due]
    counted = [(kind, len(found)) for kind, found in by_kind(others)]
    return {"grave": grave, "due": due[:DUE], "others": counted, "many": sum(many for _, many in counted)}


@allowed()
def moved(request: HttpRequest) -> HttpResponse:
    """What moved in seven days: a part of its own, since it reads the change log of all segments."""
    now = clock.now()
    context = {"now": now, "moved": segments_moved(now=now)}
    return render(request, "campaigns/moved.html", context, part="moved")
