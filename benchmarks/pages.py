"""How long the pages take on the connected base: lists, profiles, pages of segments, the builder and its first answer.

Asked through Django's test client as somebody who is signed in: everything but the network. What the pages write (a
session, the accounts they ask as) is rolled back at the end.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group, User
from django.db import transaction
from django.db.models import Count, Sum
from django.test import Client
from django.test.utils import override_settings

from benchmarks.inside import readable
from benchmarks.loaded import WrongBaseError, check_loaded
from benchmarks.measures import base, percentiles
from benchmarks.portfolio import twenty
from customers.models import Customer, EventTotal
from segmentation.models import Membership, Segment

# Whom and what is looked at: several of each, since no two cost the same.
PROFILES, SEGMENTS = 20, 10
# What each may take at most, in milliseconds; every other page 200.
ANSWER = "builder: first answer"
TARGET, TARGETS = 200.0, {"segment: rule": 300.0, ANSWER: 1000.0}
LISTS = {
    "home": "/",
    "segments": "/segments/",
    "segments by size": "/segments/?sort=size",
    "customers": "/customers/",
    "customers seen longest ago": "/customers/?sort=-seen",
    "customers newest": "/customers/?sort=new",
    "customers by name": "/customers/?q=anna",
    "customers by e-mail": "/customers/?q=u1234",
    "customers known": "/customers/?kind=known",
    "customers anonymous": "/customers/?kind=anonymous",
    "customers reached by e-mail": "/customers/?consent=email:subscribed",
    "customers of a country": "/customers/?country=PL",
    "customers seen this week": "/customers/?days=7",
    "customers since spring": "/customers/?since=2026-03-01&sort=-new",
    "customers with traits": "/customers/?columns=country,orders_ever,revenue_12_months",
    "journeys": "/journeys/",
    "messages": "/messages/",
    "events": "/events/?window=24h",
    "rejected": "/events/rejected/",
    "sources": "/sources/",
    "governance: priority": "/governance/",
    "governance: groups": "/governance/groups/",
    "governance: exclusions": "/governance/exclusions/",
    "governance: changes": "/governance/changes/",
    "governance: conflicts": "/governance/conflicts/",
    "governance: health": "/governance/health/",
    "governance: reviews": "/governance/reviews/",
    "approvals": "/approvals/",
}


@dataclass(frozen=True)
class Question:
    """One request: an address, and the JSON that a POST brings."""

    address: str
    body: Mapping[str, Any] | None = None

    def ask(self, client: Client) -> None:
        """Ask it, and read the whole answer. Raises RuntimeError for an answer that is no page."""
        if self.body is None:
            answer = client.get(self.address)
        else:
            answer = client.post(self.address, self.body, content_type="application/json")
        if answer.status_code != 200:
            raise RuntimeError(f"{self.address} answered {answer.status_code}")


def pages(*, tries: int) -> dict[str, Any]:
    """Milliseconds of each page and of all together, but for the answers, which the base gives; `slow` names the pages whose p95 is over what they may take."""
    check_loaded()
    with _reader() as client:
        found = {name: _timed(client, addresses, tries) for name, addresses in _addresses().items()}
    every = [one for name, times in found.items() if name != ANSWER for one in times]
    return {
        "milliseconds": percentiles(every),
        "pages": {name: _said(times) for name, times in found.items()},
        "slow": sorted(name for name, times in found.items() if percentiles(times)["p95"] > TARGETS.get(name, TARGET)),
        "base": base(),
    }


def _said(times: list[float]) -> dict[str, float]:
    return {
        "best": round(min(times), 1),
        "median": round(statistics.median(times), 1),
        "p95": percentiles(times)["p95"],
    }


@contextmanager
def _reader() -> Iterator[Client]:
    """A client of a marketer who is there for as long as it is asked."""
    with override_settings(ALLOWED_HOSTS=["*"], SECURE_SSL_REDIRECT=False), transaction.atomic():
        user = User.objects.create(username="benchmark-pages")
        user.groups.set(Group.objects.filter(name="marketer"))
        client = Client()
        client.force_login(user)
        yield client
        transaction.set_rollback(True)


def _addresses() -> dict[str, list[Question]]:
    """What is asked, by name."""
    asked = {name: [Question(address)] for name, address in LISTS.items()}
    asked["profile"] = [Question(f"/customers/{number}/") for number in _busy_and_quiet()]
    slugs = _largest()
    asked["customers of a segment"] = [Question(f"/customers/?segment={slug}") for slug in slugs]
    for page in ("", "members/", "changes/", "rule/"):
        name = f"segment: {page.strip('/') or 'overview'}"
        asked[name] = [Question(f"/segments/{slug}/{page}") for slug in slugs]
    readable()
    preview = f"/segments/{slugs[0]}/rule/preview/"
    asked[ANSWER] = [Question(preview, {"rule": rule, "part": "count"}) for rule in twenty().values()]
    return asked


def _busy_and_quiet() -> list[int]:
    """Customers with the most events, and some at random: the same ones each time."""
    totals = EventTotal.objects.values("customer_id").annotate(events=Sum("count")).order_by("-events", "customer_id")
    busiest = [row["customer_id"] for row in totals[: PROFILES // 2]]
    return busiest + list(
        Customer.objects.filter(pk__gt=busiest[0]).order_by("pk").values_list("pk", flat=True)[: PROFILES // 2]
    )


def _largest() -> list[str]:
    """The live segments with the most members."""
    grouped = (
        Membership.objects.filter(segment__kind="dynamic", segment__status="live")
        .values("segment_id")
        .annotate(size=Count("pk"))
    )
    largest = [row["segment_id"] for row in grouped.order_by("-size", "segment_id")[:SEGMENTS]]
    slugs = list(Segment.objects.filter(pk__in=largest).order_by("slug").values_list("slug", flat=True))
    if not slugs:
        raise WrongBaseError("The connected base has no live segment with members. `benchmark fill` makes forty.")
    return slugs


def _timed(client: Client, asked: Sequence[Question], tries: int) -> list[float]:
    """Milliseconds of each question, each asked once before it counts."""
    times = []
    for question in asked:
        question.ask(client)
        for _ in range(tries):
            began = time.monotonic()
            question.ask(client)
            times.append((time.monotonic() - began) * 1000)
    return times
