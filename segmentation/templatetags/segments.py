"""How segments, sizes and causes look: `{% load segments %}`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.display import number, percent
from segmentation.draft_preview import looked_at_words, value_words
from segmentation.models import Job, MembershipChange, Segment
from segmentation.queries.cards import lacking_words
from segmentation.queries.kpis import Measured, kpi_named
from segmentation.queries.listing import Day
from segmentation.queries.reviews import parts_beside

register = template.Library()

TONES = {"live": "live", "paused": "warn", "archived": "", "draft": "tide"}
KIND_TONES = {"entered": "live", "exited": "", "suppressed": "warn", "released": "tide"}
KIND_WORDS = {"entered": "entered", "exited": "left", "suppressed": "suppressed", "released": "released"}
CAUSE_WORDS = {
    "clock": "the clock",
    "attribute": "changed",
    "consent": "consent",
    "merge": "profiles merged",
    "import": "import",
    "rule": "rule",
    "governance": "governance",
    "manual": "by hand",
    "score": "score",
}
WIDTH, HEIGHT = 720, 160
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$")
DOT = SafeString('<span class="dot" aria-hidden="true"></span>')


@register.simple_tag
def status_tag(segment: Segment, *, rank: bool = True) -> SafeString:
    """The status as a small word, with the rank where it has one and a column does not say it already."""
    words = segment.get_status_display()
    if rank and segment.status == "live" and segment.rank:
        words = f"{words}, rank {segment.rank}"
    dot = DOT if segment.status == "live" else ""
    return format_html('<span class="tag {}">{}{}</span>', TONES[segment.status], dot, words)


@register.simple_tag
def change_tag(kind: str) -> SafeString:
    """Entered, left, suppressed or released, as a small word."""
    return format_html('<span class="tag {}">{}</span>', KIND_TONES[kind], KIND_WORDS[kind])


@register.filter
def key_words(key: str) -> str:
    """A key as people read it: `repeat_rate` as “Repeat rate”."""
    words = key.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


@register.filter
def target(segment: Segment) -> str:
    """The target of the segment's KPI: a share as percent, an amount as it is."""
    value = segment.kpi_target
    named = kpi_named(segment.kpi)
    share = named.share if named else segment.kpi.endswith("_rate")
    return percent(value) if value is not None and share and value <= 1 else number(value)


@register.simple_tag
def kpi_standing(segment: Segment, measured: Measured) -> SafeString:
    """Whether the target is met; of what nobody wants, less is better."""
    value, wanted = measured.value or 0.0, segment.kpi_target or 0.0
    met = value <= wanted if measured.kpi.less_is_better else value >= wanted
    return format_html('<b class="{}">{}</b>', "up" if met else "down", "met" if met else "not met")


@register.simple_tag
def frozen_from(segment: Segment) -> Job | None:
    """The work that filled a static segment first: its cause says from what, its time when."""
    return Job.objects.filter(segment=segment, kind="enlist").defer("result").order_by("created_at", "pk").first()


@register.simple_tag
def beside(segment: Segment) -> list[Segment]:
    """The parts of the same split that are drafts still."""
    return parts_beside(segment)


@register.filter
def lacking(segment: Segment) -> str:
    """What the card lacks, as words; empty for a whole card."""
    return lacking_words(segment)


@register.filter
def job_kind(kind: str) -> str:
    """The kind of a job as words."""
    return kind.replace("_", " ")


@register.filter
def person_name(user: Any) -> str:
    """How somebody is called; empty for nobody."""
    return "" if user is None else str(user.get_full_name() or user.get_username())


@register.filter
def cause_words(change: MembershipChange) -> str:
    """Why a customer moved, in a few words: the event, the clock edge, the rule version …"""
    if change.cause_kind == "event":
        return change.cause_detail or "an event"
    lead = CAUSE_WORDS.get(change.cause_kind, change.cause_kind)
    return f"{lead}: {change.cause_detail}" if change.cause_detail else lead


@register.filter
def period(duration: Mapping[str, Any] | None) -> str:
    """`{"amount": 30, "unit": "days"}` as `30 days`; `none` for null."""
    if not duration:
        return "none"
    unit = str(duration["unit"])
    return f"{duration['amount']} {unit.removesuffix('s') if duration['amount'] == 1 else unit}"


@register.filter
def spark(days: Sequence[Day]) -> str:
    """The points of a small line, 96 by 24, of the sizes."""
    return _points([day.size for day in days], 96, 22, bottom=1)


@register.simple_tag
def size_line(days: Sequence[Day]) -> dict[str, Any]:
    """The geometry of the large chart: the points of the line, those of the area under it, and three ticks."""
    sizes = [day.size for day in days]
    line = _points(sizes, WIDTH, HEIGHT, floor=0)
    top = max([*sizes, 1])
    return {
        "line": line,
        "area": f"0,{HEIGHT} {line} {WIDTH},{HEIGHT}",
        "ticks": [number(top), number(top // 2) if top > 1 else "", "0"],
        "width": WIDTH,
        "height": HEIGHT,
    }


@register.filter
def sentence(days: Sequence[Day]) -> str:
    """What the chart shows, in words."""
    first, last = days[0].size, days[-1].size
    moved = "stayed at" if first == last else ("rose from" if last > first else "fell from")
    return f"Size {moved} {number(first)}" + ("" if first == last else f" to {number(last)}")


def _points(sizes: Sequence[int], width: int, height: int, *, floor: int | None = None, bottom: int = 0) -> str:
    low = min(sizes, default=0) if floor is None else floor
    span = max(max(sizes, default=0) - low, 1)
    step = width / max(len(sizes) - 1, 1)
    heights = (height - (size - low) / span * height + bottom for size in sizes)
    return " ".join(f"{index * step:.1f},{y:.1f}" for index, y in enumerate(heights))


GROUP_WORDS = {"all": "all of these", "any": "any of these", "none": "none of these"}


@register.filter
def node_words(explained: Mapping[str, Any]) -> str:
    """One node of an explanation in words; a group is said by how many of its conditions must hold."""
    op = explained["node"].get("op")
    return GROUP_WORDS[op] if op else str(explained["phrase"])


register.filter("value_words", value_words)


@register.filter
def node_value(explained: Mapping[str, Any]) -> str:
    """What a condition looked at, in words."""
    return looked_at_words(explained["value"])


@register.filter
def lacks(explained: Mapping[str, Any]) -> list[str]:
    """What keeps somebody out, condition by condition: each that is false and says what it misses."""
    if explained["truth"]:
        return []
    if explained["node"].get("op") == "none":
        return [f"left out: {line}" for child in explained["children"] for line in _holding(child)]
    inner = [line for child in explained["children"] for line in lacks(child)]
    return inner or [
        f"{node_words(explained)}: {explained['missing']}" if explained["missing"] else node_words(explained)
    ]


def _holding(explained: Mapping[str, Any]) -> list[str]:
    """The conditions under a true node that are true themselves."""
    if not explained["truth"]:
        return []
    return [line for child in explained["children"] for line in _holding(child)] or [node_words(explained)]


@register.filter
def cell(value: Any) -> str:
    """A value in a table: numbers with separators, an instant as its minute."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number(value)
    if isinstance(value, str) and _INSTANT.match(value):
        return f"{datetime.fromisoformat(value):%-d %b %Y, %H:%M} UTC"
    return value_words(value)


@register.filter
def proof_words(evidence: Mapping[str, Any]) -> str:
    """The properties of an event that proves a condition, as `key: value` pairs."""
    properties = evidence.get("properties") or {}
    return ", ".join(f"{key}: {value_words(value)}" for key, value in properties.items())
