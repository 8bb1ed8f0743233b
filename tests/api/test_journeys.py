"""Journeys, words, messages and the portfolio over REST, as an integrator meets them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from campaigns.advance import advance
from campaigns.models import Enrolment, Message
from campaigns.send import send
from common import clock
from customers.models import AuditEntry
from tests.api.conftest import client_with
from tests.stages.campaign import agree, flow, mail, viewers, wait
from tests.stages.conftest import outbox, own_changes  # noqa: F401
from tests.stages.shop import did, identify, live, rule, settle, track

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_changes", "outbox")]

WELCOME = {"slug": "welcome", "channel": "email", "subject": "Hi {{ first_name }}", "body": "<p>Hello</p>"}


@pytest.fixture
def api(db: None) -> APIClient:
    return client_with(["read", "write"])


@pytest.fixture
def second(db: None) -> APIClient:
    """Another key, which acts as another account."""
    return client_with(["read", "write"])


@pytest.fixture
def ground(api: APIClient) -> None:
    """A live segment and the words of a message."""
    viewers()
    answer = api.post("/api/templates/", WELCOME)
    assert answer.status_code == 201, answer.json()


def journey(**more: Any) -> dict[str, Any]:
    return {"slug": "hello", "name": "Hello", **flow("viewers"), **more}


def made(api: APIClient, **more: Any) -> dict[str, Any]:
    answer = api.post("/api/journeys/", journey(**more))
    assert answer.status_code == 201, answer.json()
    return dict(answer.json())


def step(api: APIClient, name: str, expected: int = 200, **order: Any) -> dict[str, Any]:
    answer = api.post(f"/api/journeys/hello/{name}/", order)
    assert answer.status_code == expected, answer.json()
    return dict(answer.json())


def pointers(answer: Any) -> list[str]:
    return [fault["pointer"] for fault in answer.json()["errors"]]


@pytest.mark.usefixtures("ground")
class TestJourneys:
    def test_a_journey_comes_back_as_it_was_written(self, api: APIClient) -> None:
        written = journey()
        found = made(api)
        assert {key: found[key] for key in written} == written and found["status"] == "draft"
        assert found["says"][0].startswith("Starts when a customer becomes active in viewers.")
        assert api.get("/api/journeys/hello/").json() == found
        (listed,) = api.get("/api/journeys/").json()["results"]
        assert {key: listed[key] for key in written} == written

    def test_every_fault_is_named_by_its_place(self, api: APIClient) -> None:
        broken = journey(goal="sale")
        broken["nodes"]["mail"]["next"] = "nowhere"
        broken["nodes"]["fork"] = {"type": "branch", "rule": {"version": 1}, "yes": "end", "no": "end"}
        answer = api.post("/api/journeys/", broken)
        assert answer.status_code == 400 and answer["Content-Type"] == "application/problem+json"
        found = pointers(answer)
        assert "/goal" in found and "/nodes/mail/next" in found
        assert any(pointer.startswith("/nodes/fork/rule") for pointer in found)

    @pytest.mark.parametrize(
        ("path", "value", "pointer"),
        [
            (("entry", "segment"), "nobody", "/entry/segment"),
            (("nodes", "mail", "template"), "unwritten", "/nodes/mail/template"),
            (("nodes", "mail", "channel"), "sms", "/nodes/mail/template"),
        ],
    )
    def test_what_it_names_has_to_be_there(self, api: APIClient, path: Any, value: str, pointer: str) -> None:
        written = copy.deepcopy(journey())
        inner = written
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = value
        answer = api.post("/api/journeys/", written)
        assert answer.status_code == 400 and pointers(answer) == [pointer]

    def test_the_author_cannot_approve_and_somebody_else_makes_it_live(self, api: APIClient, second: APIClient) -> None:
        made(api)
        assert step(api, "submit")["status"] == "in_review"
        assert step(api, "approve", 403)["code"] == "four_eyes"
        assert api.get("/api/journeys/hello/").json()["status"] == "in_review"
        found = step(second, "approve", reason="Fine words")
        assert found["status"] == "live" and found["live"]["number"] == 1
        assert [row["kind"] for row in found["decisions"]] == ["live", "approved", "submitted", "created"]
        assert found["decisions"][1]["reason"] == "Fine words"
        assert AuditEntry.objects.filter(action="journey approved", object_id="hello").exists()

    def test_whoever_edited_or_wrote_the_words_cannot_approve_either(self, api: APIClient, second: APIClient) -> None:
        made(api)
        step(api, "submit")
        answer = second.patch("/api/templates/welcome/", {"body": "<p>Something else</p>"})
        assert answer.status_code == 200
        assert step(second, "approve", 403)["code"] == "four_eyes"
        third = client_with(["write"])
        assert step(third, "approve")["status"] == "live"

    def test_an_edit_after_the_approval_goes_back_to_review(self, api: APIClient, second: APIClient) -> None:
        made(api)
        step(api, "submit")
        before = step(second, "approve")
        nodes = {"mail": mail("later"), "later": wait("end"), "end": {"type": "exit"}}
        answer = api.patch("/api/journeys/hello/", {"nodes": nodes})
        assert answer.status_code == 200 and answer.json()["status"] == "in_review"
        assert answer.json()["submitted"]["digest"] != before["live"]["digest"]
        assert step(api, "approve", 403)["code"] == "four_eyes"
        assert step(second, "approve")["live"]["number"] == 2
        api.patch("/api/templates/welcome/", {"subject": "Another"})
        assert api.get("/api/journeys/hello/").json()["status"] == "in_review"

    def test_what_was_read_is_what_is_approved(self, api: APIClient, second: APIClient) -> None:
        made(api)
        read = step(api, "submit")["submitted"]["digest"]
        api.patch("/api/journeys/hello/", {"re_entry": "always"})
        assert step(second, "approve", 409, digest=read)["code"] == "edited"

    def test_a_rejection_needs_a_reason_and_keeps_it(self, api: APIClient, second: APIClient) -> None:
        made(api)
        step(api, "submit")
        assert step(second, "reject", 400)["errors"][0]["pointer"] == "/reason"
        found = step(second, "reject", reason="Too long")
        assert (found["status"], found["decisions"][0]["reason"]) == ("draft", "Too long")

    def test_it_waits_approved_is_paused_resumed_and_ended(self, api: APIClient, second: APIClient) -> None:
        made(api)
        step(api, "submit")
        assert step(second, "approve", start=False)["status"] == "approved"
        assert step(api, "resume")["status"] == "live"
        assert step(api, "pause", reason="Stock is out")["status"] == "paused"
        assert step(api, "resume")["status"] == "live"
        assert step(api, "end")["status"] == "ended"
        for name in ("submit", "pause", "resume", "end"):
            assert step(api, name, 409)["code"] == "wrong_status"

    def test_a_status_is_no_field_to_write(self, api: APIClient) -> None:
        made(api)
        answer = api.patch("/api/journeys/hello/", {"status": "live"})
        assert answer.status_code == 400 and pointers(answer) == ["/status"]
        assert api.post("/api/journeys/", journey(slug="other", status="live")).status_code == 400

    def test_an_edit_of_what_somebody_else_saved_meanwhile_is_refused(self, api: APIClient) -> None:
        made(api)
        assert api.patch("/api/journeys/hello/", {"re_entry": "always", "revision": 1}).status_code == 200
        answer = api.patch("/api/journeys/hello/", {"re_entry": "never", "revision": 1})
        assert answer.status_code == 409 and answer.json()["code"] == "conflict"

    def test_submitting_needs_a_live_segment(self, api: APIClient) -> None:
        api.post("/api/segments/", {"slug": "later", "name": "Later", "rule": rule(did("Anything"))})
        made(api, entry={"on": "enter", "segment": "later"})
        assert step(api, "submit", 400)["errors"][0]["pointer"] == "/entry/segment"

    def test_a_reading_key_changes_nothing(self, api: APIClient) -> None:
        made(api)
        reader = client_with(["read"])
        assert reader.get("/api/journeys/hello/").status_code == 200
        for address in ("journeys/", "journeys/hello/submit/", "journeys/hello/approve/", "templates/"):
            assert reader.post(f"/api/{address}", {}).status_code == 403
        assert APIClient().get("/api/journeys/").status_code == 401

    def test_only_a_journey_that_reached_nobody_can_be_deleted(self, api: APIClient, second: APIClient) -> None:
        made(api)
        assert api.delete("/api/templates/welcome/").status_code == 409
        step(api, "submit")
        step(second, "approve")
        assert api.delete("/api/journeys/hello/").status_code == 409
        made(api, slug="spare")
        assert api.delete("/api/journeys/spare/").status_code == 204
        assert api.get("/api/journeys/spare/").status_code == 404


def test_words_that_liquid_cannot_read_are_refused_with_the_line(api: APIClient) -> None:
    body = {**WELCOME, "body": "<p>Hello</p>\n<p>{{ name | nofilter }}</p>"}
    answer = api.post("/api/templates/", body)
    assert answer.status_code == 400 and pointers(answer) == ["/body"]
    assert "line 2" in answer.json()["errors"][0]["message"]
    assert pointers(api.post("/api/templates/", {**WELCOME, "slug": "No Slug", "subject": ""})) == ["/slug", "/subject"]


@pytest.mark.usefixtures("ground")
def test_a_message_tells_who_what_and_why_not(api: APIClient, second: APIClient) -> None:
    made(api)
    step(api, "submit")
    step(second, "approve")
    now = clock.now()
    identify("ada", now, email="ada@shop.example")
    agree(identify("ben", now, email="ben@shop.example"), now)
    for user in ("ada", "ben"):
        track(user, "Product Viewed", now)
    settle(now)
    advance(now=clock.now())
    assert {row["state"] for row in api.get("/api/messages/").json()["results"]} == {"planned"}
    send(now=clock.now())
    (withheld,) = api.get("/api/messages/", {"state": "withheld"}).json()["results"]
    assert withheld["customer"]["user_id"] == "ada" and withheld["reason"] == "no consent for email"
    (sent,) = api.get("/api/customers/user_id:ben/messages/").json()["results"]
    assert (sent["state"], sent["journey"], sent["node"], sent["channel"]) == ("sent", "hello", "mail", "email")
    assert sent["sent_at"] >= sent["planned_at"]
    assert api.get(f"/api/messages/{sent['id']}/").json() == sent
    assert "token" not in sent


def test_a_change_of_the_portfolio_says_what_it_would_stop_and_a_dry_run_changes_nothing(
    api: APIClient, second: APIClient
) -> None:
    viewers()
    live("vip", rule(did("Vip Named")))
    api.post("/api/templates/", WELCOME)
    made(api)
    step(api, "submit")
    step(second, "approve")
    now = clock.now()
    for user in ("ada", "ben"):
        track(user, "Product Viewed", now)
    track("ada", "Vip Named", now)
    settle(now)
    advance(now=clock.now())
    assert Enrolment.objects.filter(state="running").count() == 2
    assert api.get("/api/governance/priorities/").json() == {"segments": ["viewers", "vip"]}
    order = {"segments": ["vip", "viewers"]}
    assert api.put("/api/governance/priorities/", order).status_code == 200
    group = {"name": "Offers", "segments": ["vip", "viewers"]}
    turned = [{"slug": "viewers", "name": "Viewers", "suppressed": 1, "released": 0}]
    effect = {"suppressed": 1, "released": 0, "enrolments_stopped": 1, "messages_not_sent": 1, "segments": turned}
    effect |= {"looked_at": 0, "change": None}
    assert api.post("/api/governance/exclusion-groups/", {**group, "dry_run": True}).json() == effect
    assert api.get("/api/governance/exclusion-groups/").json() == {"results": []}
    assert api.post("/api/governance/exclusion-groups/", group).json() == {**effect, "change": 2}
    advance(now=clock.now())
    stopped = Enrolment.objects.get(state="stopped")
    assert stopped.reason == "suppressed" and Message.objects.get(enrolment=stopped).state == "withheld"
    back = {"segment": "viewers", "excludes": ["vip"]}
    answer = api.post("/api/governance/exclusions/", back)
    assert answer.status_code == 400 and answer.json()["code"] == "exclusion_order"
    assert api.get("/api/governance/exclusions/").json() == {"results": []}


def test_a_slug_that_is_taken_is_a_conflict_as_it_is_for_segments(api_with: Callable[..., APIClient]) -> None:
    writer = api_with("write")
    words = {"slug": "hello", "channel": "email", "subject": "Hi", "body": "Hello"}
    answers = [writer.post("/api/templates/", words, format="json") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 409]
    assert answers[1].json()["errors"][0]["pointer"] == "/slug"


def test_changes_of_the_settings_are_listed_and_undone_over_rest(
    api: APIClient, api_with: Callable[..., APIClient]
) -> None:
    for slug in ("a", "b"):
        live(slug, rule(did(slug)))
    api.put("/api/governance/priorities/", {"segments": ["b", "a"], "known": ["a", "b"], "reason": "b sells"})
    late = api.put("/api/governance/priorities/", {"segments": ["a", "b"], "known": ["a", "b"]})
    assert (late.status_code, late.json()["code"]) == (409, "changed_meanwhile")
    api.patch("/api/segments/b/", {"blocks_all_below": True, "exit_grace": {"amount": 2, "unit": "days"}})
    api.post("/api/governance/exclusion-groups/", {"name": "Offers", "segments": ["a", "b"]})
    api.post("/api/governance/exclusion-groups/rename/", {"name": "Offers", "to": "One"})
    stop = {"segment": "b", "blocks_all_below": False}
    assert api.post("/api/governance/full-stops/", {**stop, "dry_run": True}).json()["change"] is None
    assert api.get("/api/governance/full-stops/").json() == {"results": ["b"]}
    found = api.get("/api/governance/changes/?limit=4").json()
    assert [one["id"] for one in found["results"]] == [5, 4, 3, 2]
    assert found["results"][0]["says"] == ["Offers is called One"]
    first = api.get(found["next"]).json()["results"][0]
    assert (first["before"], first["after"], first["reason"]) == (["a", "b"], ["b", "a"], "b sells")
    assert (first["setting"], first["says"], first["undone_by"]) == ("priorities", ["B moves from rank 2 to 1"], None)
    assert api.post("/api/governance/changes/1/undo/", {"dry_run": True}).json()["change"] is None
    assert api.post("/api/governance/changes/1/undo/", {}).json()["change"] == 6
    assert api.get("/api/governance/changes/?setting=priorities").json()["results"][0]["undoes"] == 1
    again = api.post("/api/governance/changes/1/undo/", {})
    assert (again.status_code, again.json()["code"]) == (409, "changed_since")
    assert api.post("/api/governance/changes/77/undo/", {}).status_code == 404
    assert api.get("/api/governance/changes/?setting=mood").status_code == 400
    assert api_with("read").post("/api/governance/changes/1/undo/", {}).status_code == 403
