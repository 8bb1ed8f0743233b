"""Segments over REST, as an integrator meets them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from common import clock
from segmentation.models import Segment
from tests.stages.shop import HOUR, attribute, customer, did, identify, rule, track

pytestmark = pytest.mark.django_db(transaction=True)

BOUGHT = rule(did("Order Completed"))


@pytest.fixture
def shop() -> dict[str, int]:
    now = clock.now()
    track("ada", "Order Completed", now - 2 * HOUR, revenue=10, order_id="o-1")
    track("ben", "Order Completed", now - HOUR, revenue=10, order_id="o-2")
    identify("cleo", now - HOUR, country="PL")
    return {name: customer(name) for name in ("ada", "ben", "cleo")}


def make(api: APIClient, slug: str = "buyers", **more: Any) -> dict[str, Any]:
    answer = api.post("/api/segments/", {"slug": slug, "name": slug.title(), "rule": BOUGHT, **more}, format="json")
    assert answer.status_code == 201, answer.json()
    return dict(answer.json())


def publish(api: APIClient, slug: str = "buyers", **order: Any) -> dict[str, Any]:
    answer = api.post(f"/api/segments/{slug}/publish/", order, format="json")
    assert answer.status_code == 200, answer.json()
    return dict(answer.json())


def test_a_segment_is_made_read_and_edited_with_its_card(api: APIClient) -> None:
    card = {
        "goal": "Sell more",
        "channels": ["email"],
        "incentive": "discount",
        "kpi": "repeat_rate",
        "kpi_target": 0.2,
    }
    made = make(api, card=card, tags=["value"], folder="Lifecycle", exit_grace={"amount": 3, "unit": "days"})
    assert made["status"] == "draft" and made["version"] is None
    assert made["card"]["goal"] == "Sell more" and made["card"]["review_on"] is None
    assert made["exit_grace"] == {"amount": 3, "unit": "days"}
    answer = api.patch("/api/segments/buyers/", {"card": {"review_on": "2027-02-01"}, "tags": []}, format="json")
    assert answer.status_code == 200
    again = api.get("/api/segments/buyers/").json()
    assert again["card"] == {**made["card"], "review_on": "2027-02-01"} and again["tags"] == []
    assert [row["slug"] for row in api.get("/api/segments/").json()["results"]] == ["buyers"]
    none = api.patch("/api/segments/buyers/", {"exit_grace": {"amount": 0, "unit": "days"}}, format="json")
    assert none.json()["exit_grace"] is None


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "A", "rule": {"version": 2}}, "/rule/version"),
        ({"name": "A", "rule": rule({**did("View"), "measure": {"aggregate": "sum"}})}, "/rule/include/conditions/0/"),
        ({"name": 7}, "/name"),
        ({"rule": BOUGHT}, "/name"),
        ({"name": "A", "card": {"incentive": "bribe"}}, "/card/incentive"),
        ({"name": "A", "card": {"owner": "nobody"}}, "/card/owner"),
        ({"name": "A", "min_stay": {"amount": -1, "unit": "days"}}, "/min_stay/amount"),
        ({"name": "A", "colour": "red"}, "/colour"),
        ({"name": "A", "slug": "no slug"}, "/slug"),
        ({"name": "A", "blocks_all_below": "yes"}, "/blocks_all_below"),
    ],
)
def test_every_fault_of_a_new_segment_has_its_pointer(api: APIClient, body: dict[str, Any], pointer: str) -> None:
    answer = api.post("/api/segments/", body, format="json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert any(fault["pointer"].startswith(pointer) for fault in answer.json()["errors"]), answer.json()
    assert not Segment.objects.exists()


def test_publishing_lets_the_right_customers_in_and_says_why(api: APIClient, shop: dict[str, int]) -> None:
    make(api)
    answer = publish(api, note="first")
    assert answer["status"] == "live" and answer["version"] == 1 and answer["rank"] == 1
    assert answer["job"]["state"] == "done" and answer["size"]["active"] == 2
    members = api.get("/api/segments/buyers/members/").json()["results"]
    assert {row["customer"]["user_id"] for row in members} == {"ada", "ben"}
    assert all(row["state"] == "active" and row["suppressed_by"] is None for row in members)
    changes = api.get("/api/segments/buyers/changes/").json()["results"]
    assert [row["kind"] for row in changes] == ["entered", "entered"]
    assert {row["cause"]["kind"] for row in changes} == {"rule"}
    rest = api.get(f"/api/segments/buyers/changes/?after={changes[0]['id']}").json()["results"]
    assert [row["id"] for row in rest] == [changes[1]["id"]]
    versions = api.get("/api/segments/buyers/versions/").json()["results"]
    assert [(row["number"], row["note"]) for row in versions] == [(1, "first")]


def test_members_come_in_pages_that_neither_repeat_nor_skip(api: APIClient, shop: dict[str, int]) -> None:
    make(api)
    publish(api)
    first = api.get("/api/segments/buyers/members/?limit=1").json()
    second = api.get(first["next"]).json()
    assert second["next"] is None and second["previous"]
    assert {row["customer"]["id"] for page in (first, second) for row in page["results"]} == {shop["ada"], shop["ben"]}
    assert api.get(second["previous"]).json()["results"] == first["results"]
    assert api.get("/api/segments/buyers/members/?state=lost").status_code == 400


def test_an_edited_rule_is_a_draft_until_it_is_published(api: APIClient, shop: dict[str, int]) -> None:
    make(api)
    publish(api)
    edited = rule(attribute("country", "pl"))
    api.patch("/api/segments/buyers/", {"rule": edited}, format="json")
    assert api.get("/api/segments/buyers/").json()["size"]["active"] == 2
    assert publish(api)["version"] == 2
    members = api.get("/api/segments/buyers/members/").json()["results"]
    assert [row["customer"]["user_id"] for row in members] == ["cleo"]


def test_a_preview_counts_exactly_and_stores_nothing(api: APIClient, shop: dict[str, int]) -> None:
    body = {"rule": BOUGHT, "sample": 5, "funnel": True}
    answer = api.post("/api/segments/preview/", body, format="json").json()
    assert (answer["count"], answer["total"]) == (2, 3)
    assert {row["user_id"] for row in answer["sample"]} == {"ada", "ben"}
    assert answer["funnel"][-1]["count"] == 2
    before = (clock.now() - timedelta(minutes=90)).isoformat()
    past = api.post("/api/segments/preview/", {"rule": BOUGHT, "at": before}, format="json").json()
    assert past["count"] == 1 and past["at"].startswith(before[:19])
    assert not Segment.objects.exists()


def test_a_few_words_become_a_condition_with_its_sentence(api: APIClient) -> None:
    track("ada", "Order Completed", clock.now() - HOUR)
    answer = api.post("/api/segments/propose/", {"text": "order twice in 14 days"}, format="json").json()
    first = answer["results"][0]
    assert (first["side"], first["node"]) == ("include", did("Order Completed", 2, days=14))
    assert first["sentence"] == "has done Order Completed at least 2 times in the last 14 days"
    assert api.post("/api/segments/propose/", {"text": "flew to the moon"}, format="json").json() == {"results": []}


def test_validate_names_faults_or_says_what_the_rule_means(api: APIClient) -> None:
    good = api.post("/api/segments/validate/", {"rule": rule(did("Order Completed", 2, days=30))}, format="json").json()
    assert good["valid"] and good["errors"] == [] and "Order Completed" in good["sentence"]
    assert "event:Order Completed" in good["depends_on"] and 30 * 86400 in good["edges_seconds"]
    bad = api.post("/api/segments/validate/", {"rule": {"version": 1, "include": {"op": "some"}}}, format="json").json()
    assert not bad["valid"] and bad["errors"][0]["pointer"].startswith("/include")


def test_an_explanation_has_a_truth_and_evidence_at_each_node(api: APIClient, shop: dict[str, int]) -> None:
    make(api)
    publish(api)
    inside = api.get(f"/api/segments/buyers/explain/{shop['ada']}/").json()
    assert inside["member"] is True and inside["state"] == "active"
    leaf = inside["tree"]
    while leaf["children"]:
        leaf = leaf["children"][0]
    assert leaf["truth"] is True and leaf["evidence"][0]["event"] == "Order Completed"
    outside = api.get("/api/segments/buyers/explain/user_id:cleo/").json()
    assert outside["member"] is False and outside["state"] is None
    assert api.get("/api/segments/buyers/explain/999999/").status_code == 404
    assert api.get(f"/api/segments/buyers/explain/{shop['ada']}/?at=yesterday").status_code == 400


def test_a_segment_that_is_read_cannot_be_archived_and_nobody_reads_himself(api: APIClient) -> None:
    make(api)
    publish(api)
    reader = rule({"type": "segment", "segment": "buyers", "state": "in"})
    make(api, "readers", rule=reader)
    publish(api, "readers")
    refused = api.post("/api/segments/buyers/archive/", {}, format="json")
    assert refused.status_code == 409 and "Readers" in refused.json()["detail"]
    api.patch(
        "/api/segments/buyers/", {"rule": rule({"type": "segment", "segment": "readers", "state": "in"})}, format="json"
    )
    cycle = api.post("/api/segments/buyers/publish/", {}, format="json")
    assert cycle.status_code == 400 and cycle.json()["code"] == "cycle"
    assert "buyers" in cycle.json()["detail"] and "readers" in cycle.json()["detail"]


def test_pause_keeps_the_members_and_archive_empties_the_segment(api: APIClient, shop: dict[str, int]) -> None:
    make(api)
    publish(api)
    assert api.post("/api/segments/buyers/pause/", {}, format="json").json()["status"] == "paused"
    assert api.get("/api/segments/buyers/").json()["size"]["active"] == 2
    assert api.post("/api/segments/buyers/resume/", {}, format="json").json()["status"] == "live"
    assert api.delete("/api/segments/buyers/").status_code == 204
    archived = api.get("/api/segments/buyers/").json()
    assert archived["status"] == "archived" and archived["size"]["active"] == 0


def test_a_customers_segments_follow_the_order_they_were_entered(api: APIClient, shop: dict[str, int]) -> None:
    make(api)
    publish(api)
    rows = api.get("/api/customers/user_id:ada/segments/").json()["results"]
    assert [(row["segment"], row["state"]) for row in rows] == [("buyers", "active")]


def test_reading_is_open_to_a_reading_key_and_writing_is_not(api_with: Any) -> None:
    reader = api_with("read")
    assert reader.get("/api/segments/").status_code == 200
    assert reader.post("/api/segments/preview/", {"rule": BOUGHT}, format="json").status_code == 200
    assert reader.post("/api/segments/", {"name": "A"}, format="json").status_code == 403
    assert APIClient().get("/api/segments/").status_code == 401
