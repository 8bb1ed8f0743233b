"""Backtests and threshold sweeps over REST, from asking to the result."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from common import clock
from segmentation.work import work
from tests.stages.shop import DAY, did, rule, track

pytestmark = pytest.mark.django_db
VIEWED = rule(did("Product Viewed", 1, days=2))


@pytest.fixture
def viewers(api: APIClient) -> str:
    now = clock.now()
    track("ada", "Product Viewed", now - DAY)
    track("bob", "Product Viewed", now - 5 * DAY)
    assert api.post("/api/segments/", {"slug": "viewers", "name": "Viewers", "rule": VIEWED}, format="json")
    return "/api/segments/viewers"


def test_a_backtest_is_a_job_with_a_result(api: APIClient, viewers: str) -> None:
    asked = api.post(f"{viewers}/backtest/", {"days": 7}, format="json")
    assert asked.status_code == 202, asked.json()
    assert asked.json()["state"] == "waiting"
    assert work(now=clock.now())
    job = api.get(f"/api/jobs/{asked.json()['id']}/").json()
    assert (job["state"], job["progress"], job["kind"], job["segment"]) == ("done", 1.0, "backtest", "viewers")
    assert len(job["result"]["days"]) == 7
    assert (job["result"]["size"], job["result"]["entered"], job["result"]["exited"]) == (1, 2, 1)


def test_a_threshold_sweep_tries_each_value(api: APIClient, viewers: str) -> None:
    order = {"pointer": "/include/conditions/0/window/last/amount", "values": [2, 9]}
    asked = api.post(f"{viewers}/threshold-sweep/", order, format="json")
    assert asked.status_code == 202, asked.json()
    assert work(now=clock.now())
    result = api.get(f"/api/jobs/{asked.json()['id']}/").json()["result"]
    assert [(row["value"], row["size"]) for row in result["values"]] == [(2, 1), (9, 2)]


@pytest.mark.parametrize(
    ("address", "order", "pointer"),
    [
        ("backtest", {"days": 0}, "/days"),
        ("backtest", {"rule": {"version": 1}}, "/rule/include"),
        ("threshold-sweep", {"pointer": "/version/x", "values": [1]}, "/pointer"),
        ("threshold-sweep", {"pointer": "/include/conditions/0/value", "values": []}, "/values"),
    ],
)
def test_a_faulty_order_names_its_place(
    api: APIClient, viewers: str, address: str, order: dict[str, object], pointer: str
) -> None:
    answer = api.post(f"{viewers}/{address}/", order, format="json")
    assert answer.status_code == 400
    assert pointer in [fault["pointer"] for fault in answer.json()["errors"]]
