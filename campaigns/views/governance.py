"""Priority: who speaks first. Every order is tried first and shown before it is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.views.decorators.http import require_POST

from campaigns.queries import portfolio
from campaigns.queries.setting_words import Told, changes, told
from campaigns.views.setting_forms import attempt, done, status_of, to_page, toast
from common import clock
from common.htmx import render
from customers.roles import allowed
from segmentation import governance
from segmentation.models import GovernanceChange, Segment
from segmentation.queries.ranked import ranked_segments
from segmentation.regovern import Effect
from segmentation.reorder import rebased


@allowed()
def governance_page(request: HttpRequest) -> HttpResponse:
    """The portfolio by rank."""
    ranked = list(ranked_segments())
    return render(request, "campaigns/governance.html", _page(ranked, ranked), part="order")


@require_POST
@allowed()
def governance_order(request: HttpRequest) -> HttpResponse:
    """Try another order, or make it the one that counts. One that was drawn on an older order is put onto the newer one."""
    ranked = list(ranked_segments())
    asked = _asked(request.POST, ranked)
    wants = request.POST.get("do") == "apply"
    applies = wants and not asked.late
    outcome = attempt(lambda how: _set(asked.order, ranked, how), request, apply=applies)
    if done(outcome, apply=applies):
        toast(request, outcome["effect"], "The new order counts from now on.")
        return to_page(request, "campaigns:governance")
    context = _page(asked.order, ranked) | outcome | {"changed": asked.order != ranked}
    if asked.late:
        context |= {"late": True, "last": _last(ranked)}
    status = 422 if asked.late and wants else status_of(outcome, apply=applies)
    return render(request, "campaigns/governance.html", context, part="order", status=status)


def _last(ranked: Sequence[Segment]) -> Told | None:
    """The change that made the order what it is; none where a segment came or went since."""
    last = changes(GovernanceChange.Setting.ORDER).order_by("-number").first()
    return told([last])[0] if last and last.after == [one.slug for one in ranked] else None


@dataclass(frozen=True)
class Asked:
    """The order that a form asks for. `late`: the form was drawn on an order that is not the stored one any more."""

    order: list[Segment]
    late: bool


def _asked(form: QueryDict, ranked: Sequence[Segment]) -> Asked:
    """The stored segments in the order that was sent, after the ranks that were typed and the step that was pressed."""
    slugs = [one.slug for one in ranked]
    known = form.get("known", "").split(",") if form.get("known") else slugs
    sent = [one for one in form.getlist("segments") if one in known]
    order = sent + [one for one in known if one not in sent]
    shown = form.get("shown", "").split(",") if form.get("shown") else order
    for slug, rank in _typed(form, shown):
        order = _placed(order, slug, rank - 1)
    slug, _, step = form.get("move", "").partition(":")
    if slug in order and step in ("-1", "1"):
        order = _placed(order, slug, max(order.index(slug) + int(step), 0))
    late = known != slugs
    if late:
        order = rebased(known=known, wanted=order, stored=slugs)
    by_slug = {one.slug: one for one in ranked}
    order = [one for one in order if one in by_slug]
    return Asked([by_slug[one] for one in dict.fromkeys(order)], late)


def _typed(form: QueryDict, shown: Sequence[str]) -> list[tuple[str, int]]:
    """The ranks that differ from those the form showed, the highest first."""
    typed = []
    for slug, text in zip(form.getlist("segments"), form.getlist("rank"), strict=False):
        if slug in shown and text.isdecimal() and len(text) < 7 and int(text) != shown.index(slug) + 1:
            typed.append((slug, max(int(text), 1)))
    return sorted(typed, key=lambda one: one[1])


def _placed(order: Sequence[str], slug: str, place: int) -> list[str]:
    rest = [one for one in order if one != slug]
    return [*rest[:place], slug, *rest[place:]]


def _set(order: Sequence[Segment], ranked: Sequence[Segment], how: dict[str, Any]) -> Effect:
    slugs, known = [one.slug for one in order], [one.slug for one in ranked]
    return governance.set_priorities(segments=slugs, known=known, **how)


def _page(order: Sequence[Segment], ranked: Sequence[Segment]) -> dict[str, Any]:
    return {
        "rows": portfolio.portfolio(order),
        "shown": ",".join(one.slug for one in order),
        "known": ",".join(one.slug for one in ranked),
        "now": clock.now(),
    }
