"""How numbers, instants and icons look on every page: `{% load display %}`.

Pages are rendered in UTC; a script turns each `<time>` into the reader's zone and keeps the exact instant on hover.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from common.icons import ICONS
from common.places import PLACES, Place

register = template.Library()

NOTHING = "–"
CURRENT = mark_safe(' aria-current="page"')
GAP = "\u00a0"
COUNT = ' <span class="count" title="{}">{}<span class="visually-hidden"> {}</span></span>'
CHANNELS = {"email": "E-mail", "sms": "SMS", "push": "Push", "webhook": "Webhook", "onsite": "On site"}
EVENT_ICONS = (
    ("order", "box"),
    ("cart", "cart"),
    ("checkout", "cart"),
    ("added", "cart"),
    ("removed", "cart"),
    ("viewed", "eye"),
    ("searched", "search"),
    ("email", "mail"),
    ("unsubscribed", "stop"),
    ("ticket", "help"),
    ("coupon", "tag"),
)
TELLING = (
    "name",
    "product_name",
    "title",
    "total",
    "revenue",
    "category",
    "price",
    "query",
    "coupon",
    "subject",
    "order_id",
)
LENGTHS = (("day", 86400), ("h", 3600), ("min", 60), ("s", 1))
FORMS = {"moment": "%-d %b %Y, %H:%M UTC", "ago": "%-d %b %Y, %H:%M UTC", "date": "%-d %b %Y", "clock": "%H:%M:%S UTC"}


@register.filter
def number(value: Any) -> str:
    """2469 as `2,469`; at most two decimals; a dash for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return NOTHING
    text = f"{value:,.2f}" if value != int(value) else f"{int(value):,}"
    return text.replace("-", "−")


@register.filter
def signed(value: Any) -> str:
    """A change: `+96`, `−31`, `0`."""
    text = number(value)
    return f"+{text}" if text != NOTHING and value > 0 else text


@register.filter
def percent(ratio: Any, decimals: int = 1) -> str:
    """0.169 as `16.9 %`."""
    if isinstance(ratio, bool) or not isinstance(ratio, int | float | Decimal):
        return NOTHING
    return f"{float(ratio) * 100:,.{decimals}f}{GAP}%".replace("-", "−")


@register.filter
def share(part: Any, whole: Any) -> str:
    """The part of a whole: `16.9 %`; a dash where there is no whole."""
    return percent(part / whole) if whole else NOTHING


@register.filter
def money(amount: Any, currency: str = "") -> str:
    """An amount with two decimals and, where it is known, its currency."""
    if isinstance(amount, bool) or not isinstance(amount, int | float | Decimal):
        return NOTHING
    return f"{amount:,.2f}{GAP + currency if currency else ''}".replace("-", "−")


@register.filter
def duration(seconds: Any) -> str:
    """A length of time in its two largest units: `2 days 4 h`, `3 min 20 s`, `84 ms`."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float | Decimal):
        return NOTHING
    if 0 < seconds < 1:
        return f"{float(seconds) * 1000:.0f}{GAP}ms"
    rest, words = int(seconds), []
    for unit, length in LENGTHS:
        amount, rest = divmod(rest, length)
        if amount:
            words.append(f"{amount}{GAP}{unit}{'s' if unit == 'day' and amount > 1 else ''}")
    return " ".join(words[:2]) or f"0{GAP}s"


@register.filter
def pretty(value: Any) -> str:
    """JSON, indented, for people."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


@register.filter(name="json")
def as_json(value: Any) -> str:
    """A value as JSON in one line, as a field takes it back: 12.5, true, ["a", "b"]."""
    return json.dumps(value, ensure_ascii=False, default=str)


@register.filter
def gist(properties: Any, most: int = 3) -> str:
    """The most telling plain properties of an event in one line: `name Shirt · price 12.5`."""
    if not isinstance(properties, Mapping):
        return ""
    telling = [key for key in TELLING if key in properties]
    keys = telling + [key for key in properties if key not in TELLING]
    short = [(key, properties[key]) for key in keys if isinstance(properties[key], str | int | float)]
    return " · ".join(f"{key} {str(value)[:40]}" for key, value in short[:most] if value != "")


@register.filter
def get(mapping: Mapping[str, Any], key: str) -> Any:
    """The value of a key that is not known when the template is written; an empty text where there is none."""
    return mapping.get(key, "")


@register.filter
def plain(value: Any) -> str:
    """A value of JSON as a person would write it: yes, 12.5, blue, `a, b`."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float) or value is None:
        return number(value)
    if isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
        return ", ".join(plain(one) for one in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


@register.filter
def channel(name: str) -> str:
    """The name of a channel as people write it."""
    return CHANNELS.get(name, name)


@register.filter
def event_icon(name: str) -> str:
    """The icon of an event, from the words of its name."""
    words = set(name.lower().split())
    return next((drawn for word, drawn in EVENT_ICONS if word in words), "bolt")


@register.filter
def initials(value: Any) -> str:
    """The letters in the circle beside a name."""
    words = [word for word in str(value).replace(".", " ").replace("@", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


@register.simple_tag
def when(instant: datetime | date | None, form: str = "moment") -> str:
    """A `<time>` of an instant: as `moment`, `ago`, `date` or `clock`. A dash for none.

    A plain date has no zone and is left as it is.
    """
    if instant is None:
        return NOTHING
    if not isinstance(instant, datetime):
        return format_html('<time datetime="{}">{}</time>', instant.isoformat(), instant.strftime(FORMS["date"]))
    exact = instant.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}" data-form="{}">{}</time>',
        exact.isoformat().replace("+00:00", "Z"),
        exact.strftime("%Y-%m-%d %H:%M:%S.%f UTC"),
        form,
        exact.strftime(FORMS[form]),
    )


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """A line icon that takes the colour of the text around it and says nothing to a screen reader."""
    return format_html(
        '<svg class="icon-s" width="{0}" height="{0}" viewBox="0 0 16 16" fill="none" stroke="currentColor" '
        'stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{1}</svg>',
        size,
        mark_safe(ICONS[name]),
    )


@register.simple_tag
def places_with_a_key() -> list[Place]:
    """The pages that `g` and a letter lead to."""
    return [place for place in PLACES if place.key]


@register.simple_tag(takes_context=True)
def place(
    context: RequestContext, address: str, name: str, *, besides: str = "", count: int | str = 0, says: str = ""
) -> SafeString:
    """One line of the rail, marked when the reader is there: at the address or below it, but not below one of those
    that `besides` names.

    A `count` of what waits there stands beside the name, with what it `says`.
    """
    request = context.get("request")
    here = request.path if request else ""
    inside = here == address or (address != "/" and here.startswith(address))
    if any(here.startswith(other) for other in besides.split()):
        inside = False
    beside = format_html(COUNT, f"{count} {says}", count, says) if count else ""
    return format_html('<li><a href="{}"{}>{}{}</a></li>', address, CURRENT if inside else "", name, beside)
