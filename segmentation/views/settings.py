"""The card of a segment and the settings that keep it steady."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as render_part

from common import clock
from common.htmx import render, wants_part
from customers.roles import account, allowed
from segmentation.errors import SegmentError
from segmentation.forms import HYSTERESIS, CardForm, SettingsForm
from segmentation.governance import set_full_stop, set_hysteresis, set_priorities, try_place
from segmentation.models import Segment
from segmentation.portfolio import hold_alone
from segmentation.queries.ranked import order_with
from segmentation.save import CARD, edit_card
from segmentation.views.segment import segment_named, shared


@allowed()
def settings(request: HttpRequest, slug: str) -> HttpResponse:
    """Read and change everything about a segment but its rule."""
    segment = segment_named(slug)
    ranked = segment.rank is not None
    form = (
        SettingsForm(request.POST, ranked=ranked)
        if request.method == "POST"
        else SettingsForm(initial=SettingsForm.initial_of(segment), ranked=ranked)
    )
    would: Would | None = None
    if form.is_valid():
        try:
            would = _would(segment, form.cleaned_data)
            if not would.turns or request.POST.get("seen") == would.of:
                _save(segment, form.cleaned_data, by=account(request))
                messages.success(request, "Saved.")
                return redirect("segmentation:overview", slug)
        except SegmentError as error:
            form.add_error(None, error.message)
    context = {"segment": segment, "form": form, "sections": form.sections(), "would": would}
    return render(request, "segmentation/settings.html", context, status=422 if form.errors else 200)


@allowed()
def card(request: HttpRequest, slug: str) -> HttpResponse:
    """The card, edited where it is shown; without JavaScript a page of its own."""
    segment = segment_named(slug)
    form = CardForm(request.POST or None, initial=CardForm.initial_of(segment))
    if request.method == "POST" and form.is_valid():
        edit_card(segment=segment, card=form.cleaned_data, by=account(request), now=clock.now())
        if wants_part(request):
            return render_part(request, "segmentation/card.html", {"segment": segment_named(slug)})
        messages.success(request, "Saved.")
        return redirect("segmentation:overview", slug)
    if wants_part(request) and "shown" in request.GET:
        return render_part(request, "segmentation/card.html", {"segment": segment})
    context = shared(segment, "overview", form=form)
    return render(request, "segmentation/card_edit.html", context, part="card", status=422 if form.errors else 200)


@dataclass(frozen=True)
class Would:
    """What the full stop and the place of a form would do. `of` names them, so that nobody agrees to something else."""

    of: str
    suppressed: int
    released: int
    stops: Mapping[str, int]

    @property
    def turns(self) -> bool:
        return bool(self.suppressed or self.released)


def _would(segment: Segment, wanted: Mapping[str, Any]) -> Would:
    """What the two would do together."""
    moves = bool(segment.rank and wanted["rank"] and wanted["rank"] != segment.rank)
    order = order_with(segment, wanted["rank"]) if moves else []
    effect = try_place(segment=segment, blocks_all_below=wanted["blocks_all_below"], segments=order)
    return Would(f"{wanted['rank']} {wanted['blocks_all_below']}", effect.suppressed, effect.released, effect.stops)


@transaction.atomic
def _save(segment: Segment, wanted: Mapping[str, Any], *, by: User) -> None:
    """All of the form or nothing: the card, the hysteresis, the full stop, the place."""
    now = clock.now()
    # Before the segment's row, as everybody does who takes both.
    hold_alone()
    edit_card(segment=segment, card={name: wanted[name] for name in CARD}, by=by, now=now)
    set_hysteresis(segment=segment, settings={name: wanted[name] for name in HYSTERESIS}, by=by, now=now)
    if wanted["blocks_all_below"] != segment.blocks_all_below:
        set_full_stop(segment=segment.slug, blocks_all_below=wanted["blocks_all_below"], by=by, now=now)
    if segment.rank and wanted["rank"] and wanted["rank"] != segment.rank:
        set_priorities(segments=order_with(segment, wanted["rank"]), by=by, now=now)
