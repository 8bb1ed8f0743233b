"""Every change of the portfolio's settings, and the way back from each."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from campaigns.queries.setting_words import LATEST, changes, told
from campaigns.views.setting_forms import attempt, done, status_of, to_page, toast
from common.htmx import render
from common.pagination import page_of
from common.problem import ProblemError
from customers.roles import allowed
from segmentation.models import GovernanceChange
from segmentation.undo import undo


@allowed()
def governance_changes(request: HttpRequest) -> HttpResponse:
    """Who changed what, when, from what to what, and what that did; the latest first."""
    setting = request.GET.get("setting", "")
    setting = setting if setting in GovernanceChange.Setting.values else ""
    try:
        page = page_of(changes(setting), LATEST, cursor=request.GET.get("cursor", ""))
    except ProblemError:
        page = page_of(changes(setting), LATEST)
    context = {"page": page, "rows": told(page.rows), "setting": setting, "settings": GovernanceChange.Setting.choices}
    return render(request, "campaigns/governance_changes.html", context, part="results")


@allowed()
def governance_undo(request: HttpRequest, number: int) -> HttpResponse:
    """What taking a change back would do; and, once that was seen, do it."""
    change = get_object_or_404(changes(), number=number)
    applies = request.method == "POST"
    outcome = attempt(lambda how: undo(change=change, **how), request, apply=applies)
    if done(outcome, apply=applies):
        toast(request, outcome["effect"], f"Change {number} is undone.")
        return to_page(request, "campaigns:governance_changes")
    context = {"told": told([change])[0], "change": change, **outcome}
    return render(request, "campaigns/governance_undo.html", context, status=status_of(outcome, apply=applies))
