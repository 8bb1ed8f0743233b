"""The demo's journeys with their letters: three that run, and one that waits for its approval."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

# Name, subject, body, by slug.
LETTERS: dict[str, tuple[str, str, str]] = {
    "cart-reminder": (
        "Cart reminder",
        "{{ customer.first_name | default: 'Hello' }}, your cart is still here",
        """<h1>Your cart is still here</h1>
<p>Hello {{ customer.first_name | default: "there" }},</p>
<p>you left a few things behind. They are kept for you for another day.</p>
<p><a href="https://shop.example/cart">Back to my cart</a></p>""",
    ),
    "cart-last-call": (
        "Last call for a cart",
        "Last call for your cart",
        """<h1>Last call</h1>
<p>Hello {{ customer.first_name | default: "there" }}, tonight the cart is emptied.</p>
<p><a href="https://shop.example/cart">Take me there</a></p>""",
    ),
    "win-back": (
        "Win back",
        "{{ customer.first_name | default: 'Hello' }}, we saved your favourites",
        """<h1>We saved your favourites</h1>
<p>It has been {{ customer.days_since_last_order | default: "some" }} days. Delivery is on us this week.</p>
<p><a href="https://shop.example/favourites">See my favourites</a></p>""",
    ),
    "win-back-last": (
        "Win back, last day",
        "Free delivery ends tomorrow",
        """<h1>Free delivery ends tomorrow</h1>
<p>{{ customer.first_name | default: "Hello" }}, one more day.</p>
<p><a href="https://shop.example/favourites">Shop now</a></p>""",
    ),
    "welcome": (
        "Welcome",
        "Good to have you here",
        """<h1>Good to have you here</h1>
<p>Hello {{ customer.first_name | default: "there" }}, here is how to get the most of your first weeks.</p>
<p><a href="https://shop.example/start">Start here</a></p>""",
    ),
    "first-look": (
        "First look",
        "{{ customer.first_name | default: 'Hello' }}, you see it first",
        """<h1>You see it first</h1>
<p>Hello {{ customer.first_name | default: "there" }}, the new season is open for you before anybody else.</p>
<p><a href="https://shop.example/first-look">Have a look</a></p>""",
    ),
}


def letter(template: str, following: str) -> Json:
    return {"type": "send", "channel": "email", "template": template, "next": following}


def wait(amount: int, unit: str, following: str) -> Json:
    return {"type": "wait", "for": {"amount": amount, "unit": unit}, "next": following}


def opened_branch(yes: str, no: str) -> Json:
    opened = {
        "type": "event",
        "event": "Email Opened",
        "measure": {"aggregate": "count"},
        "operator": "gte",
        "value": 1,
        "window": {"last": {"amount": 48, "unit": "hours"}},
    }
    rule = {"version": 1, "include": {"op": "all", "conditions": [opened]}}
    return {"type": "branch", "rule": rule, "yes": yes, "no": no}


def journey(slug: str, name: str, segment: str, re_entry: Any, nodes: Json) -> Json:
    return {
        "slug": slug,
        "name": name,
        "entry": {"on": "enter", "segment": segment},
        "re_entry": re_entry,
        "goal": {"event": "Order Completed"},
        "first": next(iter(nodes)),
        "nodes": {**nodes, "end": {"type": "exit"}},
    }


JOURNEYS = (
    journey(
        "cart-reminder",
        "Cart reminder",
        "cart-abandoners",
        "always",
        {
            "reminder": letter("cart-reminder", "next-day"),
            "next-day": wait(20, "hours", "last-call"),
            "last-call": letter("cart-last-call", "end"),
        },
    ),
    journey(
        "win-back",
        "Win back",
        "high-value-at-risk",
        "never",
        {
            "first": letter("win-back", "two-days"),
            "two-days": wait(48, "hours", "opened"),
            "opened": opened_branch("end", "last"),
            "last": letter("win-back-last", "end"),
        },
    ),
    journey("welcome", "Welcome", "new-customers", "never", {"hello": letter("welcome", "end")}),
)

WAITING = journey("first-look", "First look", "vip-retention", "never", {"letter": letter("first-look", "end")})
WAITING_NOTE = "To go out before the new season opens"
WAITING_COMMENT = "How many days earlier do they see it? Put the day into the letter, then I approve it."
