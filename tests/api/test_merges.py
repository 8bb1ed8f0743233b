"""Segments merged into a draft over REST."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from segmentation.save import create
from tests.stages.shop import NOON, did, live, rule

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_segments_make_a_draft_that_holds_either(api: APIClient, api_with: Callable[..., APIClient]) -> None:
    live("a", rule(did("A")), goal="Sell")
    live("b", rule(did("B")))
    answer = api.post("/api/segments/b/merge/", {"with": ["a"]}, format="json")
    assert answer.status_code == 201
    made = answer.json()
    assert (made["name"], made["status"], made["card"]["goal"], made["made_from"]) == (
        "A or B",
        "draft",
        "Sell",
        ["a", "b"],
    )
    assert made["rule"]["include"] == {"op": "any", "conditions": [did("A"), did("B")]}
    assert api_with("read").post("/api/segments/b/merge/", {"with": ["a"]}, format="json").status_code == 403
    assert api.post("/api/segments/b/merge/", {"with": ["nobody"]}, format="json").status_code == 404
    assert api.post("/api/segments/b/merge/", {}, format="json").status_code == 400
    create(name="Fixed", kind="static", by=None, now=NOON)
    refused = api.post("/api/segments/b/merge/", {"with": ["fixed"]}, format="json")
    assert refused.status_code == 409 and refused.json()["errors"][0]["pointer"] == "/with"
