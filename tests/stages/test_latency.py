"""The report on latency, on its page and over REST: what is measured, and from when to when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db.models import F
from django.urls import reverse
from rest_framework.test import APIClient

from campaigns.advance import advance
from campaigns.models import Message
from campaigns.queries.latency import Percentiles, latency
from common import clock
from customers.keys import create_api_key
from segmentation.models import MembershipChange
from tests.stages.campaign import flow, mail, reachable, running, viewers, wait
from tests.stages.shop import DAY, HOUR, NOON, pass_time, settle, track
from tests.web.people import PART, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_changes")]
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """A bit after noon; what is written is written two seconds after its evaluation."""
    with clock.frozen(NOON + HOUR):
        yield


@pytest.fixture
def told() -> MembershipChange:
    """Ada views a product, is in three seconds later, and gets the first of two messages ten seconds after that."""
    viewers()
    running(flow("viewers", mail=mail("later"), later=wait("again"), again=mail()))
    reachable("ada", NOON - HOUR)
    settle(NOON - HOUR)
    track("ada", "Product Viewed", NOON - 10 * HOUR, received=NOON)
    settle(NOON + SECOND)
    written(2)
    advance(now=NOON + 5 * SECOND)
    Message.objects.update(state="sent", sent_at=NOON + 13 * SECOND)
    return MembershipChange.objects.get()


def written(seconds: int) -> None:
    """The database's clock cannot be set, so what it wrote is."""
    MembershipChange.objects.update(written_at=F("at") + timedelta(seconds=seconds))


def test_a_change_is_measured_from_the_receipt_of_its_event_and_a_message_from_the_change(
    told: MembershipChange,
) -> None:
    report = latency(since=NOON - DAY, until=NOON + HOUR)
    event, edge, message = report.legs
    assert event.all == Percentiles(1, 3.0, 3.0, 3.0) and edge.all is None
    assert message.all == Percentiles(1, 10.0, 10.0, 10.0)
    assert [(one.begun, one.numbers.count) for one in event.stretches] == [(NOON, 1)]
    assert [(slow.change, slow.seconds) for slow in report.changes] == [(told, 3.0)]
    assert [(slow.message.node, slow.seconds) for slow in report.messages] == [("mail", 10.0)]


def test_an_edge_is_measured_from_its_instant_and_what_people_decide_or_history_tells_is_not(
    told: MembershipChange,
) -> None:
    pass_time(NOON + 7 * DAY)
    written(4)
    edge = latency(since=NOON + DAY, until=NOON + 8 * DAY).legs[1]
    assert edge.all and edge.all.count == 1 and edge.all.p50 >= 4
    MembershipChange.objects.update(written_at=F("at") + 2 * HOUR)
    assert not any(leg.all for leg in latency(since=NOON - DAY, until=NOON + 8 * DAY).legs)
    MembershipChange.objects.update(written_at=F("at"), cause_kind="rule")
    assert latency(since=NOON - DAY, until=NOON + 8 * DAY).legs[0].all is None


def test_the_page_names_the_slowest_and_the_api_has_the_same_numbers(told: MembershipChange) -> None:
    page = reverse("campaigns:latency")
    text = signed_in("analyst").get(page).content.decode()
    assert reverse("segmentation:change", args=["viewers", told.pk]) in text
    assert reverse("campaigns:message", args=[Message.objects.get().pk]) in text
    part = signed_in("analyst").get(page, {"days": "7"}, headers=PART).content.decode()
    assert "<html" not in part and "by day" in part
    client = APIClient()
    assert client.get("/api/reports/latency/").status_code == 401
    key = create_api_key(name="t", scopes=["read"], now=NOON)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    found = client.get("/api/reports/latency/").json()
    assert found["by"] == "hour" and [leg["leg"] for leg in found["legs"]] == ["event", "clock", "message"]
    assert found["legs"][0]["all"]["p95_seconds"] == 3.0 and found["legs"][2]["all"]["count"] == 1
    slow = found["slowest"]["changes"][0]
    assert (slow["segment"], slow["change"]["cause"]["detail"]) == ("viewers", "Product Viewed")
    assert client.get("/api/reports/latency/?from=2020-01-01").status_code == 400


def test_a_quiet_period_says_so() -> None:
    assert (
        "Nothing to measure in this period" in signed_in("analyst").get(reverse("campaigns:latency")).content.decode()
    )
