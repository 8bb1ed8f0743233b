"""Pause, resume, archive, copy and delete, each by one button."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from common import clock
from customers.roles import account, allowed
from segmentation.errors import SegmentError
from segmentation.lifecycle import archive, pause, resume
from segmentation.rules.faults import RuleError
from segmentation.save import CARD, create, delete_draft
from segmentation.views.segment import segment_named

SAID = {
    pause: "Paused. Its members stay as they are until you resume it.",
    resume: "Live again; a rebuild catches up with what happened meanwhile.",
    archive: "Archived. Its history is kept.",
}


def _doing(verb: Callable[..., Any]) -> Callable[..., HttpResponseBase]:
    @require_POST
    @allowed()
    def view(request: HttpRequest, slug: str) -> HttpResponse:
        try:
            verb(segment=segment_named(slug), by=account(request), now=clock.now())
        except (SegmentError, RuleError) as error:
            messages.error(request, error.message)
        else:
            messages.success(request, SAID[verb])
        return redirect("segmentation:overview", slug)

    return view


@require_POST
@allowed()
def copy_segment(request: HttpRequest, slug: str) -> HttpResponse:
    """A new draft with the same rule and card."""
    segment = segment_named(slug)
    card = {name: getattr(segment, name) for name in CARD if name not in ("name", "owner")}
    made = create(
        name=f"Copy of {segment.name}"[:200], rule=segment.rule, card=card, by=account(request), now=clock.now()
    )
    messages.success(request, "Copied into a draft.")
    return redirect("segmentation:builder", made.slug)


@require_POST
@allowed()
def delete_segment(request: HttpRequest, slug: str) -> HttpResponse:
    """Throw away a draft that was never published."""
    segment = segment_named(slug)
    try:
        delete_draft(segment=segment, by=account(request), now=clock.now())
    except SegmentError as error:
        messages.error(request, error.message)
        return redirect("segmentation:overview", slug)
    messages.success(request, f"The draft “{segment.name}” is deleted.")
    return redirect("segmentation:list")


pause_segment, resume_segment, archive_segment = _doing(pause), _doing(resume), _doing(archive)
