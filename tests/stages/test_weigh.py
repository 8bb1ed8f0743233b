"""A rule that is too heavy for the live path says so before it is published, and why; a light one says nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from common import clock
from segmentation import weigh as weighing
from segmentation.models import EngineRun, Job, PercentileThreshold
from segmentation.queries.catalogue import catalogue
from segmentation.rules.parse import parse
from segmentation.save import create
from segmentation.weigh import LIMITS, Limits, weigh
from tests.api.conftest import client_with
from tests.stages.shop import HOUR, NOON, attribute, did, identify, rule, track
from tests.web.people import signed_in

LIGHT = rule(did("Order Completed", 2, days=30), attribute("country", "PL"))
HEAVY = rule(attribute("country", "PL"), did("*", 3))
RANKED = rule({"type": "percentile", "key": "points", "side": "top", "percent": 20})


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Time decides nothing here but where a test says so: the machine may be busy."""
    monkeypatch.setattr(weighing, "LIMITS", replace(LIMITS, longest_ms=60_000, ranking_ms=60_000))
    with clock.frozen(NOON):
        yield


@pytest.fixture
def shop(db: None) -> None:
    for number in range(3):
        identify(f"u-{number}", NOON - HOUR, country="PL", points=number)
        for hour in range(2, 8):
            track(f"u-{number}", "Page Viewed", NOON - hour * HOUR, path="/")
        track(f"u-{number}", "Order Completed", NOON - HOUR, order_id=f"o-{number}", revenue=10)


def found(document: dict[str, Any], limits: Limits | None = None) -> dict[str, tuple[str, str]]:
    burdens = weigh(rule=parse(document, catalogue=catalogue()), now=NOON, limits=limits)
    return {burden.code: (burden.pointer, burden.message) for burden in burdens}


@pytest.mark.usefixtures("shop")
def test_a_rule_over_named_events_or_running_totals_is_light() -> None:
    assert found(LIGHT) == {}
    assert found(rule(did("Order Completed", 2))) == {}
    assert found(rule(did("*", 3, days=30))) == {}
    assert found(RANKED) == {} and not PercentileThreshold.objects.exists()


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    "condition",
    [
        did("*", 3),
        {
            "type": "sequence",
            "first": {"event": "Page Viewed"},
            "then": {"event": "*"},
            "within": {"amount": 400, "unit": "days"},
            "window": {"ever": True},
        },
        {
            "type": "latest",
            "event": "*",
            "which": "first",
            "property": "path",
            "operator": "is",
            "value": "/",
            "window": {"ever": True},
        },
    ],
    ids=["count", "sequence", "first"],
)
def test_a_condition_that_reads_every_event_ever_is_named(condition: dict[str, Any]) -> None:
    pointer, message = found(rule(attribute("country", "PL"), condition))["reads_everything"]
    assert pointer == "/include/conditions/1"
    assert "reads every event a customer ever had" in message


@pytest.mark.usefixtures("shop")
def test_what_the_plan_really_read_is_counted_and_its_condition_named() -> None:
    three = replace(weighing.LIMITS, events_each=3)
    pointer, message = found(rule(attribute("country", "PL"), did("Page Viewed", days=30)), three)["many_events"]
    assert pointer == "/include/conditions/1"
    assert "Asking the 3 customers seen last reads 18 events, 6 of each" in message
    assert "Most of it is “has done Page Viewed at least once in the last 30 days”." in message
    assert "many_rows" in found(LIGHT, replace(weighing.LIMITS, rows_each=1))
    assert found(LIGHT, three) == {}


@pytest.mark.django_db(transaction=True)
def test_what_does_not_end_in_time_is_stopped_and_said() -> None:
    identify("ada", NOON - HOUR, country="PL", points=3)
    track("ada", "Order Completed", NOON - HOUR, order_id="o-1", revenue=10)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE customers_event IN ACCESS EXCLUSIVE MODE")
            held = found(LIGHT, replace(weighing.LIMITS, longest_ms=100))
    finally:
        other.close()
    assert "did not end in 100 ms" in held["slow_batch"][1]
    assert "did not end in 100 ms" in held["slow_sweep"][1]
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone()[0] == "0"


@pytest.mark.usefixtures("shop")
def test_the_page_before_publishing_warns_of_a_heavy_rule_alone() -> None:
    for slug, document in (("heavy", HEAVY), ("light", LIGHT)):
        create(name=slug, slug=slug, rule=document, by=None, now=NOON)
    client = signed_in()
    heavy = client.get("/segments/heavy/publish/").content.decode()
    assert "too heavy to be kept true live" in heavy and "“has ever done anything at least 3 times”" in heavy
    assert "too heavy" not in client.get("/segments/light/publish/").content.decode()


@pytest.mark.usefixtures("shop")
def test_a_dry_run_over_rest_says_what_publishing_would_do_and_changes_nothing() -> None:
    for slug, document in (("heavy", HEAVY), ("light", LIGHT)):
        create(name=slug, slug=slug, rule=document, by=None, now=NOON)
    api: APIClient = client_with(["read", "write"])
    heavy = api.post("/api/segments/heavy/publish/", {"dry_run": True}, format="json").json()
    assert (heavy["size"], heavy["enter"], heavy["leave"]) == (3, 3, 0)
    assert [burden["code"] for burden in heavy["too_heavy"]] == ["reads_everything"]
    assert heavy["too_heavy"][0]["pointer"] == "/include/conditions/1"
    light = api.post("/api/segments/light/publish/", {"dry_run": True}, format="json").json()
    assert light == {
        "size": 0,
        "enter": 0,
        "leave": 0,
        "warnings": [],
        "cautions": ["Nobody would be in it."],
        "too_heavy": [],
    }
    assert not Job.objects.exists() and not EngineRun.objects.exists()
    assert api.get("/api/segments/light/").json()["status"] == "draft"
