"""Reviews over REST: what the pages can do, a program can do too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from rest_framework.test import APIClient

from common import clock
from customers.models import AuditEntry
from segmentation.models import Review, Segment
from tests.stages.shop import HOUR, NOON, attribute, did, in_segment, live, rule, track

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Iterator[None]:
    """Two segments at the noon of the shop, where the clock stands."""
    with clock.frozen(NOON):
        _fill(NOON)
        yield


def _fill(now: datetime) -> None:
    for who, names in (("ada", ["A", "B"]), ("ben", ["A"])):
        for name in names:
            track(who, name, now - 2 * HOUR)
    live("a", rule(did("A")), now - HOUR, review_on=now.date() - timedelta(days=2), folder="Shop")
    live("b", rule(did("B")), now - HOUR)


def test_the_queue_comes_in_pages_with_what_was_decided_last(shop: None, api: APIClient) -> None:
    found = api.get("/api/reviews/?limit=1").json()
    assert [(one["segment"], one["due"], one["last"]) for one in found["results"]] == [("b", "undated", None)]
    api.post("/api/segments/a/reviews/", {"decision": "change", "reason": "Too wide"}, format="json")
    (one,) = api.get(found["next"]).json()["results"]
    assert (one["segment"], one["due"], one["to_do"], one["size"]["active"]) == ("a", "later", "to be changed", 2)
    assert one["last"]["reason"] == "Too wide" and one["findings"] > 0
    assert [one["segment"] for one in api.get("/api/reviews/?folder=Shop").json()["results"]] == ["a"]
    assert api.get("/api/reviews/?owner=ghost").json()["results"] == []


def test_a_decision_keeps_the_evidence_of_its_moment(shop: None, api: APIClient) -> None:
    evidence = api.get("/api/segments/a/reviews/evidence/").json()
    assert evidence["size"] == {"active": 2, "suppressed": 0} and evidence["movement"]["entered"] == 2
    assert [one["slug"] for one in evidence["overlaps"]["segments"]] == ["b"]
    made = api.post("/api/segments/a/reviews/", {"decision": "keep", "reason": "It sells", "known": 0}, format="json")
    assert made.status_code == 201, made.json()
    kept = made.json()
    assert (kept["decision"], kept["evidence"]["size"], kept["follow_ups"]) == ("keep", evidence["size"], [])
    assert kept["next_review_on"] == (NOON + timedelta(days=90)).date().isoformat()
    assert api.get("/api/segments/a/reviews/").json()["results"] == [kept]
    entry = AuditEntry.objects.get(action="review")
    assert entry.note == "It sells" and entry.actor != "tideline"


def test_merging_splitting_and_retiring(shop: None, api: APIClient) -> None:
    def decide(**body: object) -> APIClient:
        return api.post("/api/segments/a/reviews/", {"reason": "Because", **body}, format="json")

    merged = decide(decision="merge", **{"with": ["b"]}).json()
    assert Segment.objects.get(slug=merged["follow_ups"][0]).status == "draft"
    gold = attribute("tier", "gold")
    divided = decide(decision="split", condition=gold).json()
    again = api.post("/api/segments/a/split/", {"condition": gold}, format="json")
    assert again.status_code == 201
    assert [one["slug"] for one in again.json()["segments"]] == divided["follow_ups"]
    assert all(one["made_from"] == ["a"] for one in again.json()["segments"])
    live("reader", rule(in_segment("a")))
    refused = decide(decision="retire")
    assert refused.status_code == 409 and "in use by segment “Reader”" in refused.json()["detail"]
    late = decide(decision="keep", known=merged["id"])
    assert (late.status_code, late.json()["code"]) == (409, "decided_meanwhile")


@pytest.mark.parametrize(
    ("address", "body", "status", "pointer"),
    [
        ("reviews", {"decision": "keep"}, 400, "/reason"),
        ("reviews", {"decision": "burn", "reason": "x"}, 400, "/decision"),
        ("reviews", {"decision": "merge", "reason": "x"}, 400, "/with"),
        ("reviews", {"decision": "split", "reason": "x", "condition": {"type": "nothing"}}, 400, "/condition/type"),
        ("reviews", {"decision": "keep", "reason": "x", "next_review_on": "2020-01-01"}, 400, "/next_review_on"),
        ("reviews", {"decision": "keep", "reason": "x", "more": 1}, 400, "/more"),
        ("split", {}, 400, "/condition"),
        ("split", {"condition": {}}, 400, "/condition/type"),
        (
            "split",
            {"condition": {"type": "attribute", "key": "a", "operator": "is_set"}, "names": ["x"]},
            400,
            "/names",
        ),
    ],
)
def test_what_is_wrong_with_a_request_is_pointed_at(
    shop: None, api: APIClient, address: str, body: dict[str, object], status: int, pointer: str
) -> None:
    answer = api.post(f"/api/segments/a/{address}/", body, format="json")
    assert answer.status_code == status, answer.json()
    assert pointer in {fault["pointer"] for fault in answer.json()["errors"]}, answer.json()
    assert not Review.objects.exists()


def test_a_key_that_may_only_read_decides_nothing(shop: None, api_with: Callable[..., APIClient]) -> None:
    reader = api_with("read")
    assert reader.get("/api/reviews/").status_code == 200
    assert reader.get("/api/segments/a/reviews/evidence/").status_code == 200
    for address in ("reviews", "split"):
        assert reader.post(f"/api/segments/a/{address}/", {}, format="json").status_code == 403
    assert reader.get("/api/segments/ghost/reviews/").status_code == 404
