"""The engine over REST: its state, and what evaluations cost."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from common import clock
from segmentation.engines.statistics import note_run
from segmentation.models import AuditRun, EngineRun
from tests.stages.shop import HOUR, did, live, rule, track

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_state_and_the_slowest_evaluations_are_read_with_a_key(api: APIClient) -> None:
    now = clock.now()
    track("ada", "Order Completed", now - 2 * HOUR, order_id="o-1", revenue=50)
    segment = live("buyers", rule(did("Order Completed")), now - HOUR)
    EngineRun.objects.all().delete()
    for kind, milliseconds in (("batch", 3.25), ("sweep", 0.1), ("rebuild", 71.7)):
        note_run(segment=segment.pk, kind=kind, at=now, rows=1, milliseconds=milliseconds, statement="SELECT 1")
    AuditRun.objects.create(segment=segment, at=now, checked=50, wrong=0)
    state = api.get("/api/engine/").json()
    assert state["rules"] == {"live": 1, "stopped": 0} and state["audit"]["false_rate"] == 0
    assert state["clock"]["until"] and state["waiting"]["customers"] >= 0
    first = api.get("/api/engine/runs/?limit=2").json()
    assert [row["milliseconds"] for row in first["results"]] == [71.7, 3.25]
    assert first["results"][0]["segment"] == "buyers" and first["results"][0]["statement"] == "SELECT 1"
    assert [row["kind"] for row in api.get(first["next"]).json()["results"]] == ["sweep"]
    assert [row["kind"] for row in api.get("/api/engine/runs/?kind=batch").json()["results"]] == ["batch"]
    assert api.get("/api/engine/runs/?kind=none").status_code == 400
    assert APIClient().get("/api/engine/").status_code == 401
