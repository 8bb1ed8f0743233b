"""Static segments over REST, and who was in a segment at a past instant."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from common import clock
from segmentation.models import MembershipChange
from tests.stages.shop import DAY, HOUR, customer, did, identify, live, pass_time, rule, track, who

pytestmark = pytest.mark.django_db(transaction=True)


def test_customers_are_put_on_a_static_segment_and_taken_off(api: APIClient) -> None:
    now = clock.now()
    for name in ("ada", "bob"):
        identify(name, now - HOUR, email=f"{name}@example.com")
    assert api.post("/api/segments/", {"slug": "guests", "name": "Guests", "kind": "static"}).status_code == 201
    unknown = ["email:nobody@example.com", "user_id:ADA", "id:1", "9" * 19, "loyalty:7"]
    order = {"customers": ["user_id:ada", f"{customer('bob')}", "email: ADA@example.com", *unknown], "note": "the gala"}
    answer = api.post("/api/segments/guests/members/", order, format="json")
    assert (answer.status_code, answer.json()) == (200, {"moved": 2, "unknown": unknown})
    assert set(MembershipChange.objects.values_list("cause_kind", "cause_detail")) == {("manual", "the gala")}
    off = api.post("/api/segments/guests/members/remove/", {"customers": ["email:ADA@example.com"]}, format="json")
    assert off.json() == {"moved": 1, "unknown": []} and who("guests") == {"bob"}
    live("buyers", rule(did("Order Completed")), now)
    refused = api.post("/api/segments/buyers/members/", {"customers": ["user_id:ada"]}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_static")
    assert api.post("/api/segments/guests/members/", {"customers": [7]}, format="json").status_code == 400


def test_members_of_a_past_instant_are_read_and_frozen(api: APIClient) -> None:
    now = clock.now()
    track("ada", "Order Completed", now - 30 * HOUR, order_id="o-1", revenue=10)
    live("buyers", rule(did("Order Completed", days=1)), now - 2 * DAY)
    pass_time(now - 29 * HOUR)
    pass_time(now)
    assert api.get("/api/segments/buyers/members/").json()["results"] == []
    then = (now - 10 * HOUR).isoformat()
    (row,) = api.get("/api/segments/buyers/members/", {"at": then}).json()["results"]
    assert (row["customer"]["user_id"], row["state"], row["suppressed_by"]) == ("ada", "active", None)
    assert api.get("/api/segments/buyers/members/", {"at": then, "state": "suppressed"}).json()["results"] == []
    assert api.get("/api/segments/buyers/members/", {"at": "yesterday"}).status_code == 400
    made = api.post("/api/segments/buyers/snapshot/", {"name": "Then", "at": then}, format="json")
    assert (made.status_code, made.json()["kind"], made.json()["size"]["active"]) == (201, "static", 1)
    assert made.json()["job"]["state"] == "done" and who("then") == {"ada"}
    assert api.post("/api/segments/buyers/snapshot/", {"name": " "}, format="json").status_code == 400
