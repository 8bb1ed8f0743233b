"""What charts of segments show, as `static/js/charts.js` takes it: `{% load charts %}`, then `|json_script`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import template

from common.display import number
from segmentation.models import SegmentVersion
from segmentation.queries.listing import Day

register = template.Library()

Chart = dict[str, Any]


@register.simple_tag
def size_chart(days: Sequence[Day], versions: Iterable[SegmentVersion] = ()) -> Chart:
    """The size at the end of each day, with the versions that were published in them."""
    first = days[0].day if days else None
    marks = [
        {"x": version.published_at.date().isoformat(), "text": f"version {version.number}"}
        for version in versions
        if first and version.published_at.date() > first
    ]
    size: Chart = {"name": "Size", "y": [day.size for day in days], "area": True, "tone": "tide"}
    return {"x": [day.day.isoformat() for day in days], "series": [size], "marks": marks, "whole": True}


@register.simple_tag
def moves_chart(days: Sequence[Day]) -> Chart:
    """Entries above the line, exits below it, day by day."""
    entered: Chart = {"name": "Entered", "y": [day.entered for day in days], "bars": True, "tone": "tide"}
    exited: Chart = {"name": "Left", "y": [-day.exited for day in days], "bars": True, "tone": "sand"}
    return {"x": [day.day.isoformat() for day in days], "series": [entered, exited], "whole": True}


@register.simple_tag
def sweep_chart(values: Sequence[Mapping[str, Any]]) -> Chart:
    """The size by the value in the number's place: today, 30 days ago, and how many also fit the rule as written."""
    ordered = sorted(values, key=lambda one: float(one["value"]))
    shown = (("Today", "size", "tide"), ("30 days ago", "size_30_days_ago", "sand"))
    series: list[Chart] = [
        {"name": name, "y": [one[key] for one in ordered], "tone": tone} for name, key, tone in shown
    ]
    series.append(
        {
            "name": "Also in as written",
            "y": [one["also_as_written"] for one in ordered],
            "tone": "violet",
            "dashed": True,
        }
    )
    return {
        "x": [str(one["value"]) for one in ordered],
        "series": series,
        "points": True,
        "category": True,
        "whole": True,
    }


@register.filter
def moves_sentence(days: Sequence[Day]) -> str:
    """What the bars show, in words."""
    entered, exited = sum(day.entered for day in days), sum(day.exited for day in days)
    if not entered and not exited:
        return f"Nobody came or went in {number(len(days))} days"
    busiest = max(days, key=lambda day: day.entered + day.exited)
    return f"{number(entered)} entered and {number(exited)} left; most moved on {busiest.day:%-d %b}"


@register.filter
def sweep_sentence(values: Sequence[Mapping[str, Any]]) -> str:
    """What the line shows, in words."""
    ordered = sorted(values, key=lambda one: float(one["value"]))
    low, high = ordered[0], ordered[-1]
    if len(ordered) == 1 or low["size"] == high["size"]:
        return f"{number(low['size'])} customers at {low['value']}"
    return f"From {number(low['size'])} customers at {low['value']} to {number(high['size'])} at {high['value']}"
