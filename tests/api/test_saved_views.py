"""Saved views, many segments at once, and the filters of customers over REST."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from common import clock
from customers.models import SavedView
from segmentation.bulk import SHORT
from segmentation.models import Segment
from segmentation.save import create
from segmentation.work import work
from tests.stages.shop import did, identify, live, rule
from tests.web.people import signed_in

pytestmark = pytest.mark.django_db


def test_a_view_is_kept_read_changed_and_removed(api: APIClient, api_with: Callable[..., APIClient]) -> None:
    order = {"list": "customers", "name": "Poles", "query": "country=PL&sort=seen", "shared": True, "default": True}
    made = api.post("/api/views/", order, format="json")
    view = made.json()
    said = {name: view[name] for name in ("list", "name", "query", "shared", "default")}
    assert (made.status_code, said) == (201, {**order, "query": "country=PL"})
    address = f"/api/views/{view['id']}/"
    assert api.post("/api/views/", order, format="json").json()["code"] == "taken"
    for wrong in ({"list": "orders"}, {"name": " "}, {"name": "x" * 61}, {"query": "x" * 2001}):
        assert api.post("/api/views/", {**order, **wrong}, format="json").status_code == 400
    assert api.patch(address, {"name": "All Poles", "default": False}, format="json").json()["name"] == "All Poles"
    other = api_with("read", "write")
    assert [one["id"] for one in other.get("/api/views/", {"list": "customers"}).json()["results"]] == [view["id"]]
    assert other.get("/api/views/", {"list": "segments"}).json()["results"] == []
    assert other.get("/api/views/", {"list": "orders"}).status_code == 400
    assert other.patch(address, {"default": True}, format="json").json()["default"] is True
    assert other.patch(address, {"name": "Ours"}, format="json").json()["code"] == "forbidden"
    assert other.delete(address).status_code == 403
    assert api.patch(address, {"shared": False}, format="json").json()["shared"] is False
    assert other.get(address).status_code == 404 and not SavedView.objects.get().default_of.exists()
    assert api.delete(address).status_code == 204 and api.get(address).status_code == 404
    assert api_with("read").post("/api/views/", order, format="json").status_code == 403
    assert "All Poles" not in signed_in().get("/customers/").content.decode()


def test_many_segments_are_changed_at_once_and_each_is_refused_alone(api: APIClient) -> None:
    now = clock.now()
    live("buyers", rule(did("Order Completed")), now)
    create(name="Draft", rule=rule(did("X")), by=None, now=now)
    order = {"do": "pause", "segments": ["buyers", "draft"]}
    job = api.post("/api/segments/bulk/", order, format="json")
    assert (job.status_code, job.json()["state"]) == (202, "done")
    assert job.json()["result"] == {
        "done": ["buyers"],
        "refused": [
            {"segment": "draft", "name": "Draft", "why": "Only a live segment can be paused; this one is draft."}
        ],
        "said": "1 segment paused, 1 refused.",
    }
    slugs = [create(name=f"List {number}", kind="static", by=None, now=now).slug for number in range(SHORT + 1)]
    waiting = api.post("/api/segments/bulk/", {"do": "tag", "segments": slugs, "value": "a"}, format="json").json()
    assert waiting["state"] == "waiting" and work(now=now)
    assert Segment.objects.filter(tags=["a"]).count() == SHORT + 1
    assert api.post("/api/segments/bulk/", {"do": "tag", "segments": slugs}, format="json").json()["code"] == "missing"
    assert api.post("/api/segments/bulk/", {"do": "pause", "segments": []}, format="json").status_code == 400
    assert api.post("/api/segments/bulk/", {"do": "drop", "segments": slugs}, format="json").status_code == 400
    assert api.post("/api/segments/bulk/", {**order, "segments": ["none"]}, format="json").status_code == 404


def test_customers_are_narrowed_as_on_the_page_and_a_choice_that_is_none_is_refused(api: APIClient) -> None:
    now = clock.now()
    identify("ada", now - timedelta(days=9), country="PL")
    identify("bo", now - timedelta(hours=1), country="DE")

    def found(**parameters: str) -> list[str]:
        return [one["user_id"] for one in api.get("/api/customers/", parameters).json()["results"]]

    assert found(country="PL") == ["ada"] and found(days="7") == ["bo"] == found(search="bo")
    assert found(since=str((now - timedelta(days=5)).date())) == ["bo"] and found(kind="anonymous") == []
    assert found(segment="nobody-knows-it", member="active") == [] and found(consent="email:never") == ["bo", "ada"]
    for wrong in ({"kind": "both"}, {"consent": "email"}, {"days": "-1"}, {"since": "never"}, {"member": "x"}):
        assert api.get("/api/customers/", wrong).status_code == 400, wrong
