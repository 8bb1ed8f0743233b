"""The design system on one page: every part that pages are built of, in every state."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from campaigns.forms import DesignForm
from common import clock
from common.htmx import render
from common.icons import ICONS
from common.pagination import Page
from customers.roles import Right, allowed

COLOURS = ("paper", "sheet", "sunk", "hover", "line", "line-strong", "line-field", "ink", "ink-2", "ink-3", "tide", "tide-deep", "tide-soft", "tide-ink", "on-tide", "sand", "sand-soft", "sand-ink", "coral", "coral-soft", "coral-ink", "moss", "moss-soft", "violet", "violet-soft")  # fmt: skip
WRONG = {"email": "ada at example", "channel": "email"}


@require_safe
@allowed(read=Right.MANAGE, write=Right.MANAGE)
def design(request: HttpRequest) -> HttpResponse:
    """For whoever builds pages: the parts as the pages show them."""
    now = clock.now()
    context = {
        "now": now,
        "before": now - timedelta(hours=5),
        "colours": COLOURS,
        "icons": sorted(ICONS),
        "form": DesignForm(auto_id="plain_%s"),
        "wrong": DesignForm(WRONG, auto_id="wrong_%s"),
        "toasts": ["info", "success", "warning", "error"],
        "page": Page(rows=[], next="next", previous="previous"),
    }
    return render(request, "campaigns/design.html", context)
