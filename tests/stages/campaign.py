"""A small campaign for the tests of verbs 6 to 8: people, words, journeys through their approval."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group, User

from campaigns import approvals, save
from campaigns.advance import Advanced, advance
from campaigns.models import Enrolment, Journey, Message, Template
from campaigns.send import Sent, send
from customers.consent import set_consent
from customers.models import Customer
from segmentation.models import Segment
from segmentation.save import save_draft
from tests.stages.shop import DAY, NOON, did, identify, live, rule, settle, track

BODY = """<p>Hello {{ first_name | default: "you" }}!</p>
<p><a href="https://shop.example/sale?a=1&amp;b=2">The sale</a></p>"""


def person(name: str, *roles: str) -> User:
    """An account with roles; the same one when it is asked for again."""
    user, _ = User.objects.get_or_create(username=name)
    user.groups.set([Group.objects.get_or_create(name=role)[0] for role in roles])
    return user


def author() -> User:
    return person("mara", "marketer")


def approver() -> User:
    return person("anna", "approver")


def template(
    slug: str = "welcome", *, subject: str = "Hi {{ first_name }}", body: str = BODY, **other: Any
) -> Template:
    return save.save_template(slug=slug, subject=subject, body=body, by=author(), now=NOON - DAY, **other)


def mail(following: str = "end", words: str = "welcome") -> dict[str, Any]:
    return {"type": "send", "channel": "email", "template": words, "next": following}


def wait(following: str, amount: int = 2, unit: str = "days") -> dict[str, Any]:
    return {"type": "wait", "for": {"amount": amount, "unit": unit}, "next": following}


def flow(segment: str, first: str = "mail", goal: str | None = "Order Completed", **nodes: Any) -> dict[str, Any]:
    """A flow that enters on a segment; `re_entry` and nodes by name; without nodes: one e-mail."""
    document: dict[str, Any] = {
        "entry": {"on": "enter", "segment": segment},
        "re_entry": nodes.pop("re_entry", "never"),
    }
    if goal:
        document["goal"] = {"event": goal}
    return {**document, "first": first, "nodes": {**(nodes or {"mail": mail()}), "end": {"type": "exit"}}}


def with_card(slug: str) -> None:
    """Say on the card of a segment what it is for: nobody launches a journey without."""
    words = {"goal": "Sell", "action": "Write to them", "message": "Have a look", "kpi": "conversion"}
    segments = Segment.objects.filter(slug=slug)
    segments.update(**words, channels=["email"], kpi_target=0.1, review_on=NOON.date(), owner=author())


def draft(document: dict[str, Any], slug: str = "hello", now: datetime = NOON - DAY) -> Journey:
    if not Template.objects.filter(slug="welcome").exists():
        template()
    with_card(document["entry"]["segment"])
    return save.create_journey(slug=slug, name=slug.title(), document=document, by=author(), now=now)


def running(document: dict[str, Any], slug: str = "hello", now: datetime = NOON - DAY) -> Journey:
    """A live journey, approved by somebody else."""
    journey = draft(document, slug, now)
    approvals.submit(journey=journey, by=author(), now=now)
    approvals.approve(journey=journey, by=approver(), now=now)
    return journey


def viewers() -> None:
    """The segment `viewers`: has viewed a product in the last 7 days."""
    live("viewers", rule(did("Product Viewed", days=7)))
    with_card("viewers")


def buyers_with_draft() -> Segment:
    """The live segment `buyers`, which holds Ada; by the draft of its author it would hold Ben, who only looked, too."""
    for user in ("ada", "ben"):
        identify(user, NOON - DAY)
        track(user, "Product Viewed", NOON - DAY)
    track("ada", "Order Completed", NOON - DAY)
    live("buyers", rule(did("Order Completed")))
    return save_draft(
        segment=Segment.objects.get(slug="buyers"), rule=rule(did("Product Viewed")), by=author(), now=NOON
    )


def reachable(user: str, at: datetime, **traits: Any) -> int:
    """A customer with an address and a consent for e-mail; the id."""
    number = identify(user, at, **{"email": f"{user}@shop.example", "first_name": user.title(), **traits})
    agree(number, at)
    return number


def agree(customer: int, at: datetime, state: str = "subscribed", channel: str = "email") -> None:
    row = Customer.objects.get(pk=customer)
    set_consent(customer=row, channel=channel, state=state, at=at, proof={"by": "test"}, now=at)


def view(user: str, at: datetime) -> None:
    """The user views a product and is evaluated."""
    track(user, "Product Viewed", at)
    settle(at)


def go(now: datetime) -> tuple[Advanced, Sent]:
    """One round of advance and one of send."""
    return advance(now=now), send(now=now)


def states(user: str) -> list[tuple[str, str, str]]:
    """The messages of a user in the order they were planned: node, state, reason."""
    rows = Message.objects.filter(customer__user_id=user).order_by("planned_at", "pk")
    return list(rows.values_list("node", "state", "reason"))


def ways(user: str) -> list[tuple[str, str, str]]:
    """The enrolments of a user: node, state, reason."""
    rows = Enrolment.objects.filter(customer__user_id=user).order_by("entered_at", "pk")
    return list(rows.values_list("node", "state", "reason"))
