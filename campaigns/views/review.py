"""What an approver reads of a journey besides its page: each letter as a customer would get it; and what is said about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from campaigns import approvals
from campaigns.errors import CampaignError
from campaigns.links import unsubscribe_url
from campaigns.models import Journey, JourneyVersion
from campaigns.queries.compared import changes_between, differences
from campaigns.queries.content import segment_slug
from campaigns.rendering import Rendered, RenderError, Words, render
from campaigns.views.journey import journey_named
from campaigns.views.templates import NOBODY, letter_page
from common import clock
from customers.models import Customer
from customers.permissions import permission
from customers.roles import account, allowed
from segmentation.models import Membership

MOST = 60


@dataclass(frozen=True)
class Told:
    """One entry of a journey's history: a decision, or a comment (`commented`)."""

    kind: str
    by: User | None
    at: datetime
    version: JourneyVersion | None
    reason: str


def review_of(journey: Journey, user: Any) -> dict[str, Any]:
    """What the page of a journey says of its approval: the version, what changed in it, who may do what, the history."""
    submitted, approved = approvals.latest_version(journey), approvals.approved_version(journey)
    return {
        "submitted": submitted,
        "changed": changes_between(approved, submitted),
        "differences": differences(approved, submitted),
        "answers": {deed: permission(to=deed, object=journey, by=user) for deed in ("approve", "reject", "comment")},
        "history": _history(journey),
        "to_read": _to_read(journey, submitted),
    }


def _to_read(journey: Journey, version: JourneyVersion | None) -> list[tuple[str, Mapping[str, Any], str]]:
    """The words of a version by slug, each with its subject as somebody in the segment would read it."""
    if version is None:
        return []
    reader, now = _somebody(journey), clock.now()
    return [(slug, kept, _subject(journey, kept, reader, now)) for slug, kept in version.templates.items()]


def _subject(journey: Journey, kept: Mapping[str, Any], reader: Customer, now: datetime) -> str:
    """A subject for one reader; as written where it cannot be rendered, which the letter below it explains."""
    try:
        return _rendered(journey, kept, reader, now).subject
    except RenderError:
        return str(kept["subject"])


def _rendered(journey: Journey, kept: Mapping[str, Any], reader: Customer, now: datetime) -> Rendered:
    extra = {"unsubscribe_url": unsubscribe_url("preview"), "journey": {"name": journey.name, "slug": journey.slug}}
    return render(Words.of(kept), customer=reader, extra=extra, now=now)


def _history(journey: Journey) -> list[Told]:
    """What was decided and said, the last first."""
    decisions = journey.decisions.select_related("by", "version").order_by("-pk")[:MOST]
    comments = journey.comments.select_related("by", "version").order_by("-pk")[:MOST]
    told = [Told(row.kind, row.by, row.at, row.version, row.reason) for row in decisions]
    told += [Told("commented", row.by, row.at, row.version, row.text) for row in comments]
    return sorted(told, key=lambda one: one.at, reverse=True)[:MOST]


@allowed()
def journey_letter(request: HttpRequest, slug: str, words: str) -> HttpResponse:
    """A letter of the version that was submitted last, as somebody in the segment would get it: a page for a frame."""
    journey = journey_named(slug)
    version = approvals.latest_version(journey)
    kept = version.templates.get(words) if version else None
    if kept is None:
        raise Http404("No letter of that name was submitted.")
    try:
        rendered = _rendered(journey, kept, _somebody(journey), clock.now())
    except RenderError as error:
        return letter_page(request, {"fault": str(error)})
    return letter_page(request, {"rendered": rendered})


def _somebody(journey: Journey) -> Customer:
    """Who is active in the segment first; a made-up customer where nobody is."""
    active = Membership.objects.filter(segment__slug=segment_slug(journey.document), state="active")
    found = active.select_related("customer").order_by("customer_id").first()
    return found.customer if found else NOBODY


@require_POST
@allowed()
def journey_comment(request: HttpRequest, slug: str) -> HttpResponse:
    """Say something about a journey."""
    text = request.POST.get("text", "")
    try:
        approvals.comment(journey=journey_named(slug), by=account(request), text=text, now=clock.now())
    except CampaignError as error:
        messages.error(request, error.message)
    return redirect("campaigns:journey", slug)
