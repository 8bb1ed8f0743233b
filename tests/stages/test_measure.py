"""Verb 8: outcomes are derived from what is stored, and can be thrown away."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from campaigns.measure import WINDOW, measure
from campaigns.models import Message, Outcome, Response
from tests.stages.campaign import flow, go, mail, reachable, running, view, viewers, wait
from tests.stages.shop import DAY, HOUR, MINUTE, NOON, track

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_changes", "outbox")]


def sent(user: str = "ada") -> Message:
    """A message that was sent at noon."""
    reachable(user, NOON)
    view(user, NOON)
    go(NOON)
    message = Message.objects.get(customer__user_id=user)
    assert message.sent_at is not None
    return message


def order(user: str, number: str, at: Any, revenue: float) -> None:
    track(user, "Order Completed", at, order_id=number, revenue=revenue)


def outcomes() -> list[dict[str, Any]]:
    return list(Outcome.objects.order_by("pk").values())


@pytest.fixture(autouse=True)
def journey() -> None:
    viewers()
    running(flow("viewers"))


def test_an_outcome_says_what_was_answered_and_what_was_bought() -> None:
    message = sent()
    for kind, after in (("opened", HOUR), ("clicked", 2 * HOUR)):
        Response.objects.create(message=message, kind=kind, first_at=NOON + after)
    order("ada", "1", NOON + DAY, 80)
    track("ada", "Order Refunded", NOON + 2 * DAY, order_id="1", total=30)
    order("ada", "2", NOON + 3 * DAY, 20)
    order("ada", "3", NOON + 4 * DAY, 500)
    track("ada", "Order Cancelled", NOON + 4 * DAY + HOUR, order_id="3")
    order("ada", "late", NOON + WINDOW + DAY, 999)
    assert measure(now=NOON + 10 * DAY) == 1
    outcome = Outcome.objects.get()
    assert (outcome.opened_at, outcome.clicked_at) == (NOON + HOUR, NOON + 2 * HOUR)
    assert outcome.converted_at == NOON + DAY and outcome.unsubscribed_at is None
    assert outcome.revenue == Decimal(70)


def test_measuring_again_writes_nothing_and_rebuilding_gives_the_same() -> None:
    message = sent()
    Response.objects.create(message=message, kind="opened", first_at=NOON + HOUR)
    order("ada", "1", NOON + DAY, 80)
    measure(now=NOON + DAY)
    before = outcomes()
    assert measure(now=NOON + DAY + HOUR) == 0 and outcomes() == before
    Outcome.objects.all().delete()
    assert measure(now=NOON + DAY, everything=True) == 1 and outcomes() == before


def test_an_order_counts_for_the_last_message_before_it() -> None:
    running(flow("viewers", re_entry="always", goal=None, first="again", again=wait("mail", 1), mail=mail()), "twice")
    sent()
    go(NOON + DAY + MINUTE)
    first, second = Message.objects.order_by("sent_at")
    order("ada", "1", NOON + 2 * DAY, 80)
    measure(now=NOON + 3 * DAY)
    assert Outcome.objects.get(pk=first.pk).revenue == 0
    assert Outcome.objects.get(pk=second.pk).revenue == Decimal(80)


def test_a_message_that_was_not_sent_has_no_outcome() -> None:
    message = sent()
    measure(now=NOON + HOUR)
    Message.objects.filter(pk=message.pk).update(state="unknown", sent_at=None)
    assert measure(now=NOON + HOUR) == 1 and outcomes() == []
