"""Conflicts over REST."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from common import clock
from tests.stages.shop import HOUR, did, live, rule, track

pytestmark = pytest.mark.django_db(transaction=True)


def test_conflicts_come_with_reasons_remedies_and_what_settles_them(api: APIClient) -> None:
    now = clock.now()
    for who, names in (("ada", "AB"), ("ben", "AB"), ("cleo", "A")):
        for name in names:
            track(who, name, now - 2 * HOUR)
    live("a", rule(did("A")), now - HOUR, incentive="points", folder="Value")
    live("b", rule(did("B")), now - HOUR, incentive="discount")
    found = api.get("/api/reports/conflicts/").json()
    (conflict,) = found["open"]
    assert (conflict["upper"], conflict["lower"], conflict["customers"], conflict["messages"]) == ("a", "b", 2, 0)
    assert conflict["reasons"] == [{"code": "incentive", "says": "“A” offers points, “B” discount."}]
    assert [remedy["key"] for remedy in conflict["remedies"]] == ["group", "exclude"]
    assert found["settled"] == [] and found["as_of"]
    assert len(api.get("/api/reports/conflicts/?folder=Value&by=messages").json()["open"]) == 1
    assert api.get("/api/reports/conflicts/?folder=None").json()["open"] == []
    api.post("/api/governance/exclusions/", {"segment": "a", "excludes": ["b"]}, format="json")
    (settled,) = api.get("/api/reports/conflicts/").json()["settled"]
    assert (settled["settled"], settled["customers"]) == ("“A” excludes “B”.", 2)
    refused = api.get("/api/reports/conflicts/?by=name")
    assert refused.status_code == 400 and refused["Content-Type"].startswith("application/problem+json")
    assert APIClient().get("/api/reports/conflicts/").status_code == 401
