"""Who keeps whom silent: groups as lanes, exclusions as a matrix, full stops. Every change is tried first and shown."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict

from campaigns.queries import portfolio
from campaigns.queries.setting_words import names_now, says
from campaigns.views.setting_forms import attempt, done, status_of, to_page, toast
from common import clock
from common.asked import text_in
from common.htmx import render
from customers.roles import allowed
from segmentation import governance
from segmentation.models import ExclusionGroup, GovernanceChange, Segment
from segmentation.queries.ranked import ranked_segments
from segmentation.regovern import Effect

TITLES = {"group": "Exclusion group", "exclusion": "Exclusion", "full-stop": "Full stop"}
PAGES = {
    "group": "campaigns:governance_groups",
    "exclusion": "campaigns:governance_exclusions",
    "full-stop": "campaigns:governance_exclusions",
}
Setting = GovernanceChange.Setting


@dataclass(frozen=True)
class Wanted:
    """A setting as a form or an address names it: a group's name (and the one it is to have) or a segment, and what it is
    to be. `known` is what it was when somebody looked."""

    setting: str
    name: str = ""
    rename_to: str = ""
    segment: str = ""
    segments: list[str] = field(default_factory=list)
    on: bool = False
    known: list[str] | None = None


@allowed()
def governance_groups(request: HttpRequest) -> HttpResponse:
    """The exclusion groups, each a lane with its segments by rank."""
    ranked = list(ranked_segments())
    context = {"lanes": portfolio.lanes(ranked), "now": clock.now()}
    return render(request, "campaigns/governance_groups.html", context)


@allowed()
def governance_exclusions(request: HttpRequest) -> HttpResponse:
    """Who excludes whom, as a matrix, and the full stops; of all segments, or of those concerned."""
    ranked = list(ranked_segments())
    concerned = portfolio.concerned(ranked)
    whole = request.GET.get("show") == "all" or len(ranked) <= len(concerned)
    rows = portfolio.matrix(ranked if whole else concerned)
    context = {"rows": rows, "whole": whole, "ranked": ranked, "now": clock.now(), "concerned": concerned}
    return render(request, "campaigns/governance_exclusions.html", context | {"exclusions": portfolio.exclusions()})


@allowed()
def governance_change(request: HttpRequest, setting: str) -> HttpResponse:
    """Make or change a group, an exclusion, a full stop: what it would do shows before it is done."""
    if setting not in TITLES:
        raise Http404
    if request.method != "POST":
        return _form(request, _stored(_wanted(setting, request.GET)), {})
    wanted, applies = _wanted(setting, request.POST), request.POST.get("do") == "apply"
    said = _said(wanted)
    outcome = attempt(lambda how: _set(wanted, how), request, apply=applies)
    if done(outcome, apply=applies):
        toast(request, outcome["effect"], f"{'. '.join(said) or TITLES[setting]}.")
        return to_page(request, PAGES[setting])
    return _form(request, wanted, outcome | {"says": said}, status=status_of(outcome, apply=applies))


def _form(request: HttpRequest, wanted: Wanted, outcome: dict[str, Any], status: int = 200) -> HttpResponse:
    """The form, or what it would do: below it, or for a lane or a cell beside them with a button of its own."""
    context = {"setting": wanted.setting, "title": TITLES[wanted.setting], "wanted": wanted, **outcome}
    context["page"] = PAGES[wanted.setting]
    if request.headers.get("HX-Target") == "proposal":
        return render(request, "campaigns/proposal.html", context, status=status)
    context["ranked"] = list(ranked_segments())
    context["groups"] = [name for name, _ in portfolio.exclusion_groups()]
    return render(request, "campaigns/governance_change.html", context, part="effect", status=status)


def _wanted(setting: str, asked: QueryDict) -> Wanted:
    """What is asked for: a whole setting, or one step of it (a segment that joins or leaves, a cell, a full stop)."""
    wanted = Wanted(
        setting,
        name=_text(asked, "name"),
        rename_to=_text(asked, "rename_to"),
        segment=_text(asked, "segment"),
        segments=[one for one in asked.getlist("segments") if "\0" not in one],
        on=asked.get("on") == "yes",
        known=asked.get("known", "").split() if "known" in asked else None,
    )
    upper, _, step = _text(asked, "cell").partition(":")
    if setting == "exclusion" and step:
        return _of_cell(wanted, upper, step)
    stop, _, on = _text(asked, "stop").partition(":")
    if setting == "full-stop" and stop:
        return replace(wanted, segment=stop, on=on == "yes")
    leaves, joins = _text(asked, "remove"), _text(asked, "add") if "adding" in asked else ""
    segments = [one for one in wanted.segments if one != leaves] + ([joins] if joins else [])
    return replace(wanted, segments=[] if "dissolve" in asked else segments)


def _text(asked: QueryDict, name: str) -> str:
    """A value without the one character that no text in the database has."""
    return text_in(asked.get(name, "")).strip()


def _of_cell(wanted: Wanted, upper: str, step: str) -> Wanted:
    """`vip:newsletter:yes`: what the row excludes now, with this column or without it."""
    lower, _, on = step.partition(":")
    stored = _stored(replace(wanted, segment=upper)).segments
    segments = [one for one in stored if one != lower] + ([lower] if on == "yes" else [])
    return replace(wanted, segment=upper, segments=segments, known=sorted(stored))


def _stored(wanted: Wanted) -> Wanted:
    """The setting that is named as it stands, to be changed."""
    if wanted.setting == "group":
        group = ExclusionGroup.objects.filter(name=wanted.name).first()
        segments = sorted(group.segments.values_list("slug", flat=True)) if group else wanted.segments
        return replace(wanted, segments=segments, known=segments if group else None)
    found = [one for one in portfolio.exclusions() if one.segment.slug == wanted.segment]
    stops = Segment.objects.filter(slug=wanted.segment, blocks_all_below=True).exists()
    return replace(wanted, segments=[one.slug for row in found for one in row.excludes], on=stops)


def _set(wanted: Wanted, how: dict[str, Any]) -> Effect:
    """Do what is wanted, or try it. Raises GovernanceError."""
    if wanted.setting == "exclusion":
        segments = wanted.segments
        return governance.put_exclusion(segment=wanted.segment, excludes=segments, known=wanted.known, **how)
    if wanted.setting == "full-stop":
        return governance.set_full_stop(segment=wanted.segment, blocks_all_below=wanted.on, **how)
    with transaction.atomic():
        stored, name = _stored(replace(wanted, segments=[])).segments, wanted.name
        if wanted.rename_to and wanted.rename_to != name:
            renamed = governance.rename_group(name=name, to=wanted.rename_to, **how)
            if sorted(wanted.segments) == stored:
                return renamed
            name = name if how["dry_run"] else wanted.rename_to
        return governance.put_group(name=name, segments=wanted.segments, known=wanted.known, **how)


def _said(wanted: Wanted) -> list[str]:
    """What would change, in words."""
    names = names_now()
    stored = _stored(wanted)
    if wanted.setting == "exclusion":
        before, after = sorted(stored.segments), sorted(set(wanted.segments))
        return says(setting=Setting.EXCLUSION, about=wanted.segment, before=before, after=after, names=names)
    if wanted.setting == "full-stop":
        return says(setting=Setting.FULL_STOP, about=wanted.segment, before=stored.on, after=wanted.on, names=names)
    called, segments = wanted.rename_to or wanted.name, sorted(set(wanted.segments))
    was = {"name": wanted.name, "segments": stored.segments} if stored.known is not None else None
    becomes = {"name": called, "segments": segments} if len(segments) > 1 else None
    return says(setting=Setting.GROUP, about=wanted.name, before=was, after=becomes, names=names)
