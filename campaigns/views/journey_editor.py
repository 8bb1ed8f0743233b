"""The editor of a journey: the flow as a form. Every button sends the whole form and gets it back with the change made, so it
works without a script; nothing is kept until Save."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect

from campaigns import save
from campaigns.errors import CampaignError, InvalidError
from campaigns.forms import apply_deed, re_entry_parts, read_flow, segments_to_enter
from campaigns.journeys.asks import KINDS
from campaigns.journeys.edit import Document, without_unreached
from campaigns.journeys.nodes import UNITS
from campaigns.models import Journey, Template
from campaigns.queries.drawn import drawn, faults_beside
from campaigns.views.journey import journey_named
from common import clock
from common.htmx import render
from customers.models import EventName
from customers.roles import account, allowed

MOST_NAMES = 500


@allowed()
def journey_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the flow; or take a change of it, and keep it where Save was asked for."""
    journey = journey_named(slug)
    if request.method != "POST":
        return _editor(request, journey, journey.document)
    document, deed = read_flow(request.POST), request.POST.get("do", "")
    if deed == "save":
        return _save(request, journey, without_unreached(document))
    document, focus = apply_deed(document, deed)
    return _editor(request, journey, document, focus=focus, changed=True)


def _save(request: HttpRequest, journey: Journey, document: Document) -> HttpResponse:
    """Keep the flow, or show what is wrong with it beside its steps."""
    revision = request.POST.get("revision", "")
    was = journey.status
    try:
        save.save_journey(
            journey=journey,
            name=request.POST.get("name", ""),
            document=document,
            revision=int(revision) if revision.isdigit() else None,
            by=account(request),
            now=clock.now(),
        )
    except InvalidError as error:
        return _editor(request, journey, document, faults=error.faults, changed=True)
    except CampaignError as error:
        return _editor(request, journey, document, faults=[("", error.message)], changed=True)
    back = journey.status == "in_review" and was in ("approved", "live", "paused")
    messages.success(request, "Saved. It has to be approved again before anything more is sent." if back else "Saved.")
    answer = redirect("campaigns:journey", journey.slug)
    return _whole_page(answer) if request.headers.get("HX-Request") else answer


def _editor(
    request: HttpRequest,
    journey: Journey,
    document: Document,
    *,
    faults: list[tuple[str, str]] | None = None,
    focus: str = "",
    changed: bool = False,
) -> HttpResponse:
    context: dict[str, Any] = {
        "journey": journey,
        "name": request.POST.get("name", journey.name),
        "revision": request.POST.get("revision", journey.revision),
        "document": document,
        "lines": drawn(document, faults=faults or ()),
        "faults": faults_beside(faults or ()),
        "focus": focus,
        "changed": changed,
        "re_entry": re_entry_parts(document.get("re_entry", "never")),
        **_choices(),
    }
    return render(request, "campaigns/journey_edit.html", context, part="editor")


def _choices() -> dict[str, Any]:
    """What the fields of the editor offer."""
    return {
        "segments": segments_to_enter(),
        "templates": Template.objects.order_by("name", "slug"),
        "events": EventName.objects.order_by("name").values_list("name", flat=True)[:MOST_NAMES],
        "units": UNITS,
        "asks": KINDS.items(),
    }


def _whole_page(answer: HttpResponseRedirect) -> HttpResponse:
    """For htmx: leave this page for the one that the answer names."""
    return HttpResponse(status=204, headers={"HX-Redirect": answer.url})
