"""What every list has: headings that sort it. `{% load lists %}`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.template import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.display import NOTHING, plain, when

register = template.Library()

ARROWS = {"ascending": "↑", "descending": "↓"}
OTHER = {"ascending": "descending", "descending": "ascending"}


@register.simple_tag(takes_context=True)
def heading(context: RequestContext, key: str, name: str, css: str = "") -> SafeString:
    """A heading of a column that sorts by it, and the other way when it does already.

    The context has `sort`, the order shown (`size`, or `-size` for the other way), and `sorts`, the way each goes by nature.
    """
    sort, nature = str(context["sort"]), context["sorts"][key]
    now = nature if sort == key else OTHER[nature] if sort == f"-{key}" else ""
    parameters: Any = context["request"].GET.copy()
    parameters.pop("cursor", None)
    parameters["sort"] = f"-{key}" if sort == key else key
    address = f"?{parameters.urlencode()}"
    return format_html(
        '<th scope="col"{}{}><a href="{}" hx-get="{}" hx-target="#results" hx-push-url="true">{}'
        '<span class="order" aria-hidden="true">{}</span></a></th>',
        format_html(' class="{}"', css) if css else "",
        format_html(' aria-sort="{}"', now) if now else "",
        address,
        address,
        name,
        ARROWS.get(now, ""),
    )


@register.simple_tag
def cell(value: Any, key: str) -> str:
    """What stands in a column: how long ago somebody was seen, a date, a number, a text; a dash for nothing."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, date | datetime):
        return when(value, "ago" if key == "last_seen_at" else "date")
    return plain(round(value, 2) if isinstance(value, float) else value)
