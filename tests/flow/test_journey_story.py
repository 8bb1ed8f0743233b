"""One story through the doors: a view comes in, a customer enters, somebody else approved the journey, a letter arrives, the
customer clicks and buys, and the second letter is never sent."""

from __future__ import annotations

import base64
import io
import json
import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from campaigns import tasks
from campaigns.models import Enrolment, Outcome
from common import clock
from customers.keys import create_write_key
from customers.models import DirtyCustomer
from segmentation import tasks as segment_tasks
from segmentation.evaluate import evaluate
from tests.api.conftest import client_with
from tests.stages.conftest import box  # noqa: F401
from tests.stages.mailbox import Mailbox
from tests.stages.shop import DAY, HOUR, MINUTE, NOON, did, rule

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 120.0


class Shop:
    """A site that sends its events with a write key."""

    def __init__(self) -> None:
        self.key = base64.b64encode(f"{create_write_key(source='shop', now=NOON)}:".encode()).decode()
        self.sent = 0

    def says(self, kind: str, at: datetime, **call: Any) -> None:
        self.sent += 1
        body = {"userId": "ada", "messageId": f"story-{self.sent}", "timestamp": at.isoformat(), **call}
        with clock.frozen(at):
            answer = Client().post(
                f"/v1/{kind}",
                json.dumps(body),
                content_type="application/json",
                headers={"authorization": f"Basic {self.key}"},
            )
        assert answer.status_code == 200, answer.content


def work(at: datetime) -> None:
    """What the scheduler does, once round, at an instant."""
    with clock.frozen(at):
        segment_tasks.sweep()
        while DirtyCustomer.objects.exists():
            evaluate(now=at)
        tasks.advance_journeys()
        tasks.send_messages()
        tasks.advance_journeys()


def worked(at: datetime, holds: Callable[[], object]) -> None:
    """Go round until it holds: the log is read up to the oldest open transaction, which may be somebody else's."""
    deadline = time.monotonic() + PATIENCE
    work(at)
    while not holds():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)
        work(at)


def launched(author: APIClient, other: APIClient) -> None:
    """A segment, the words and a journey with two letters, over REST; approved by another account."""

    def done(client: APIClient, address: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = client.post(f"/api/{address}", body)
        assert answer.status_code in (200, 201), answer.json()
        return dict(answer.json())

    done(author, "segments/", {"slug": "viewers", "name": "Viewers", "rule": rule(did("Product Viewed", 2, days=7))})
    done(author, "segments/viewers/publish/", {})
    words = {"subject": "Hello {{ first_name }}", "body": '<p><a href="https://shop.example/boots">Boots</a></p>'}
    done(author, "templates/", {"slug": "first", **words})
    done(author, "templates/", {"slug": "second", **words, "subject": "Still there?"})
    journey = {
        "slug": "boots",
        "name": "Boots",
        "entry": {"on": "enter", "segment": "viewers"},
        "goal": {"event": "Order Completed"},
        "first": "mail1",
        "nodes": {
            "mail1": {"type": "send", "channel": "email", "template": "first", "next": "wait1"},
            "wait1": {"type": "wait", "for": {"amount": 2, "unit": "days"}, "next": "clicked"},
            "clicked": {"type": "branch", "rule": rule(did("Email Link Clicked")), "yes": "mail2", "no": "end"},
            "mail2": {"type": "send", "channel": "email", "template": "second", "next": "end"},
            "end": {"type": "exit"},
        },
    }
    done(author, "journeys/", journey)
    done(author, "journeys/boots/submit/", {})
    assert done(other, "journeys/boots/approve/", {})["status"] == "live"


def test_from_an_event_to_a_measurement(box: Mailbox) -> None:  # noqa: F811
    shop = Shop()
    with clock.frozen(NOON - HOUR):
        launched(client_with(["read", "write"]), client_with(["read", "write"]))
    traits = {"email": "ada@shop.example", "firstName": "Ada"}
    agreed = {"consent": {"channels": {"email": True}}}
    shop.says("identify", NOON, traits=traits, context=agreed)
    shop.says("track", NOON, event="Product Viewed", properties={"sku": "boots"})
    work(NOON)
    assert not box.letters, "once is not twice"
    shop.says("track", NOON + MINUTE, event="Product Viewed", properties={"sku": "boots"})
    worked(NOON + 2 * MINUTE, lambda: box.letters)
    worked(NOON + 3 * MINUTE, lambda: Enrolment.objects.filter(node="wait1").exists())
    (letter,) = box.letters
    assert (letter["To"], letter["Subject"]) == ("ada@shop.example", "Hello Ada")

    html = letter.get_body(("html",)).get_content()
    link = re.search(r"/m/c/[\w-]+/0", html)
    assert link
    with clock.frozen(NOON + HOUR):
        assert Client().get(link[0])["Location"] == "https://shop.example/boots"
    shop.says("track", NOON + DAY, event="Order Completed", properties={"order_id": "1", "revenue": 120})
    worked(NOON + 3 * DAY, lambda: Enrolment.objects.filter(state="stopped").exists())
    assert len(box.letters) == 1, "the order stopped the second letter"

    with clock.frozen(NOON + 3 * DAY):
        tasks.measure_messages()
    outcome = Outcome.objects.get()
    assert (outcome.clicked_at, outcome.converted_at, outcome.revenue) == (NOON + HOUR, NOON + DAY, 120)
    said = traced("user_id:ada")
    for row in ("Event", "Order 1", "Membership viewers", "entered viewers", "stopped at wait1", "because: goal",
                "sent at", "Response to message", "revenue 120"):  # fmt: skip
        assert row in said, f"{row!r} is not in:\n{said}"
    assert [line[0] for line in said.splitlines() if line[:1].isdigit()] == list("12345678")


def test_a_customer_who_neither_buys_nor_leaves_gets_the_second_letter(box: Mailbox) -> None:  # noqa: F811
    shop = Shop()
    with clock.frozen(NOON - HOUR):
        launched(client_with(["write"]), client_with(["write"]))
    shop.says(
        "identify", NOON, traits={"email": "ada@shop.example"}, context={"consent": {"channels": {"email": True}}}
    )
    for second in range(2):
        shop.says("track", NOON + timedelta(seconds=second), event="Product Viewed")
    worked(NOON + MINUTE, lambda: box.letters)
    worked(NOON + 2 * MINUTE, lambda: Enrolment.objects.filter(node="wait1").exists())
    link = re.search(r"/m/c/[\w-]+/0", box.letters[0].get_body(("html",)).get_content())
    assert link
    with clock.frozen(NOON + HOUR):
        Client().get(link[0])
    worked(NOON + 3 * DAY, lambda: len(box.letters) == 2)
    assert box.letters[1]["Subject"] == "Still there?"
    assert Client().post(re.sub(r"^.*(/m/u/[\w-]+)>$", r"\1", box.letters[1]["List-Unsubscribe"])).status_code == 200


def traced(customer: str) -> str:
    out = io.StringIO()
    call_command("trace", customer, stdout=out, no_color=True)
    return out.getvalue()
