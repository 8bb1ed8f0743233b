"""Four eyes over REST: keys are accounts, and no order of theirs goes round the approval."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from segmentation.models import Segment
from tests.api.conftest import client_with
from tests.stages.campaign import draft, flow, viewers
from tests.stages.shop import did, live, rule

pytestmark = pytest.mark.django_db(transaction=True)
WIDE = rule(did("Product Viewed"))


def post(client: APIClient, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    answer = client.post(f"/api/{path}", body or {}, format="json")
    return answer.status_code, answer.json()


def test_a_rule_takes_a_second_key_and_every_other_way_is_refused(api: APIClient, settings: Any) -> None:
    settings.SEGMENT_APPROVAL = "live"
    live("buyers", rule(did("Order Completed")))
    other, reader = client_with(["write"]), client_with(["read"])
    assert api.patch("/api/segments/buyers/", {"rule": WIDE}, format="json").status_code == 200
    status, problem = post(api, "segments/buyers/publish/")
    assert (status, problem["code"]) == (403, "four_eyes") and "send it for approval" in problem["detail"]
    assert post(other, "segments/buyers/publish/")[1]["code"] == "four_eyes"
    assert api.patch("/api/segments/buyers/", {"status": "live"}, format="json").status_code == 400
    assert post(api, "segments/buyers/approve/")[1]["code"] == "nothing_waits"
    status, asked = post(api, "segments/buyers/submit/", {"note": "Lookers too"})
    assert (status, asked["state"], asked["rule"]) == (200, "waiting", WIDE)
    assert post(api, "segments/buyers/submit/", {"note": "Again"})[1]["id"] == asked["id"]
    assert post(reader, "segments/buyers/comments/", {"text": "Hm"})[0] == 403
    assert post(other, "segments/buyers/comments/", {"text": "<b>Why?</b>"})[1]["text"] == "<b>Why?</b>"
    assert [one["text"] for one in reader.get("/api/segments/buyers/comments/").json()["results"]] == ["<b>Why?</b>"]
    assert post(api, "segments/buyers/approve/")[1]["code"] == "four_eyes"
    assert post(reader, "segments/buyers/approve/")[0] == 403
    assert post(other, "segments/buyers/reject/")[1]["errors"][0]["pointer"] == "/reason"
    assert post(other, "segments/buyers/approve/", {"digest": "0"})[1]["code"] == "edited"
    assert Segment.objects.get(slug="buyers").live_version.number == 1  # type: ignore[union-attr]
    status, done = post(other, "segments/buyers/approve/", {"digest": asked["digest"], "reason": "Fine"})
    assert (status, done["state"], done["version"], done["job"]["state"]) == (200, "approved", 2, "done")
    kept = reader.get("/api/segments/buyers/approvals/").json()["results"]
    assert [(one["state"], one["reason"], one["asked_by"] != one["decided_by"]) for one in kept] == [("approved", "Fine", True)]  # fmt: skip


def test_what_waits_is_listed_with_the_reason_why_not(api: APIClient, settings: Any) -> None:
    viewers()
    settings.SEGMENT_APPROVAL, settings.CARD_REQUIRED = "all", "nobody"
    assert post(api, "segments/", {"name": "New", "rule": WIDE})[0] == 201
    assert post(api, "segments/new/publish/")[1]["code"] == "four_eyes"
    assert post(api, "segments/new/submit/")[0] == 200
    draft(flow("viewers"))
    other = client_with(["write"])
    assert post(api, "journeys/hello/submit/")[0] == 200
    mine = {one["kind"]: one for one in api.get("/api/approvals/").json()["results"]}
    theirs = {one["kind"]: one for one in other.get("/api/approvals/").json()["results"]}
    assert [mine[kind]["may_approve"] for kind in ("journey", "rule")] == [False, False]
    assert "somebody else has to approve it" in mine["rule"]["why_not"]
    assert theirs["journey"]["may_approve"] and theirs["rule"]["may_approve"] and theirs["rule"]["says"]
    assert post(api, "journeys/hello/approve/")[1]["code"] == "four_eyes"
    assert post(other, "journeys/hello/comments/", {"text": "Why now?"})[0] == 201
    assert other.get("/api/journeys/hello/comments/").json()["results"][0]["text"] == "Why now?"
    assert post(other, "journeys/hello/approve/")[1]["status"] == "live"
    assert post(api, "segments/new/withdraw/")[1]["state"] == "withdrawn"
    assert other.get("/api/approvals/").json()["results"] == []
