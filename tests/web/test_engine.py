"""The page of the engine: what waits, what the last evaluations cost, and the statement behind each."""

from __future__ import annotations

import pytest
from django.urls import reverse

from customers.models import DirtyCustomer
from segmentation.engines.statistics import note_run
from segmentation.models import AuditRun, EngineRun, Segment, Sweep
from tests.stages.shop import DAY, HOUR, MINUTE, NOON, did, live, rule, track
from tests.web.people import PART, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

PAGE = reverse("segmentation:engine")


@pytest.fixture
def buyers() -> Segment:
    track("ada", "Order Completed", NOON - 2 * HOUR, order_id="o-1", revenue=50)
    return live("buyers", rule(did("Order Completed")), NOON - HOUR)


def ran(segment: Segment, kind: str, milliseconds: float, **more: object) -> EngineRun:
    note_run(segment=segment.pk, kind=kind, at=NOON, rows=3, milliseconds=milliseconds, customers=200)
    return EngineRun.objects.latest("pk")


def test_an_engine_that_has_done_nothing_yet_says_what_will_stand_here() -> None:
    text = signed_in("analyst").get(PAGE).content.decode()
    assert "Nothing was evaluated yet" in text and "nobody waits" in text and "not audited yet" in text


def test_the_last_evaluations_stand_slowest_first_and_are_filtered_by_kind(buyers: Segment) -> None:
    EngineRun.objects.all().delete()
    ran(buyers, "batch", 900.0)
    ran(buyers, "batch", 4.5)
    ran(buyers, "sweep", 12.5)
    client = signed_in("analyst")
    text = client.get(PAGE).content.decode()
    assert "900" not in text and text.index("12.5 ms") < text.index("4.5 ms")
    assert "Slowest:" in text and reverse("segmentation:overview", args=["buyers"]) in text
    newest = client.get(PAGE, {"sort": "newest"}).content.decode()
    assert newest.count(" ms</a></td>") == 2
    part = client.get(PAGE, {"kind": "batch"}, headers=PART).content.decode()
    assert "4.5 ms" in part and "12.5" not in part and "<html" not in part


def test_the_state_says_who_waits_how_far_the_clock_is_and_what_the_audits_found(buyers: Segment) -> None:
    Sweep.objects.update_or_create(pk=1, defaults={"until": NOON - 3 * MINUTE})
    DirtyCustomer.objects.update_or_create(
        customer_id=buyers.memberships.get().customer_id,
        defaults={"causes": {}, "marked_at": NOON - 2 * MINUTE, "last_marked_at": NOON},
    )
    AuditRun.objects.create(segment=buyers, at=NOON - DAY, checked=100, wrong=9)
    AuditRun.objects.create(segment=buyers, at=NOON - HOUR, checked=400, wrong=1)
    client = signed_in("analyst")
    text = client.get(reverse("segmentation:engine-state")).content.decode()
    assert "<html" not in text and "The engine is behind" in text
    assert "the longest for 2\xa0min" in text and "3\xa0min" in text
    assert "0.250\xa0%" in text and "1 of 400 audited" in text
    assert "1 of 400 wrong" in client.get(PAGE).content.decode()


def test_each_evaluation_leads_to_its_statement(buyers: Segment) -> None:
    client = signed_in("analyst")
    rebuilt = EngineRun.objects.get(segment=buyers, kind="rebuild")
    text = client.get(reverse("segmentation:engine-run", args=[rebuilt.pk])).content.decode()
    assert "FROM customers_customer AS c" in text and "everyone" in text
    for kind, words in (("batch", "facts AS MATERIALIZED"), ("sweep", "customer_id")):
        run = ran(buyers, kind, 5.0)
        text = client.get(reverse("segmentation:engine-run", args=[run.pk])).content.decode()
        assert words in text and "as it would be asked alone" in text
    assert client.get(reverse("segmentation:engine-run", args=[10**30])).status_code == 404
