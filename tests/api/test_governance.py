"""Governance from the outside: what is malformed is named and refused, what is applied is what members and changes say."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from common import clock
from customers.models import AuditEntry
from segmentation.models import ExclusionGroup, Segment
from tests.flow.literal import assert_governed, assert_the_log_tells_it
from tests.stages.shop import DAY, HOUR, NOON, did, live, pass_time, rule, settle, track

pytestmark = pytest.mark.django_db
PRIORITIES, GROUPS, EXCLUSIONS = (
    f"/api/governance/{name}/" for name in ("priorities", "exclusion-groups", "exclusions")
)
# Segment `a` ranks above `b`, `b` above `c`.
GROUP = {"name": "Offers", "segments": ["a", "b"]}
MICROSECOND = timedelta(microseconds=1)
TOO_LONG = {"amount": 600_000, "unit": "weeks"}

MALFORMED: list[tuple[str, str, Any, str]] = [
    ("put", PRIORITIES, [], ""),
    ("put", PRIORITIES, {}, "/segments"),
    ("put", PRIORITIES, {"segments": None}, "/segments"),
    ("put", PRIORITIES, {"segments": "a"}, "/segments"),
    ("put", PRIORITIES, {"segments": {"a": 1}}, "/segments"),
    ("put", PRIORITIES, {"segments": []}, "/segments"),
    ("put", PRIORITIES, {"segments": ["a", 7]}, "/segments/1"),
    ("put", PRIORITIES, {"segments": ["a", None]}, "/segments/1"),
    ("put", PRIORITIES, {"segments": ["a", ""]}, "/segments/1"),
    ("put", PRIORITIES, {"segments": ["a", "nobody"]}, "/segments/1"),
    ("put", PRIORITIES, {"segments": ["a", "draft"]}, "/segments/1"),
    ("put", PRIORITIES, {"segments": ["b", "a", "b"]}, "/segments/2"),
    ("put", PRIORITIES, {"segments": ["a"] * 100_000}, "/segments/1"),
    ("put", PRIORITIES, {"segments": ["\x00"]}, "/segments/0"),
    ("put", PRIORITIES, {"segments": ["\ud800"]}, "/segments/0"),
    ("put", PRIORITIES, {"segments": ["a"], "dry_run": "yes"}, "/dry_run"),
    ("put", PRIORITIES, {"segments": ["a"], "dry_run": None}, "/dry_run"),
    ("put", PRIORITIES, {"segments": ["a"], "force": True}, "/force"),
    ("put", PRIORITIES, {"segments": ["b", "a"], "dry_run": True}, "/segments"),
    ("post", GROUPS, {"segments": ["a", "b"]}, "/name"),
    ("post", GROUPS, {**GROUP, "name": " "}, "/name"),
    ("post", GROUPS, {**GROUP, "name": None}, "/name"),
    ("post", GROUPS, {**GROUP, "name": "x" * 201}, "/name"),
    ("post", GROUPS, {**GROUP, "name": "\ud800"}, "/name"),
    ("post", GROUPS, {**GROUP, "segments": ["a", "b", "nobody"]}, "/segments/2"),
    ("post", GROUPS, {**GROUP, "segments": ["a", "a"]}, "/segments/1"),
    ("post", GROUPS, {**GROUP, "segments": [["a"], "b"]}, "/segments/0"),
    ("post", GROUPS, {**GROUP, "segments": [str(number) for number in range(70_000)]}, "/segments/0"),
    ("post", EXCLUSIONS, {"segment": "a"}, "/excludes"),
    ("post", EXCLUSIONS, {"segment": None, "excludes": ["b"]}, "/segment"),
    ("post", EXCLUSIONS, {"segment": "nobody", "excludes": ["b"]}, "/segment"),
    ("post", EXCLUSIONS, {"segment": "a", "excludes": "b"}, "/excludes"),
    ("post", EXCLUSIONS, {"segment": "a", "excludes": ["b", "nobody"]}, "/excludes/1"),
    ("post", EXCLUSIONS, {"segment": "a", "excludes": ["c", "c"]}, "/excludes/1"),
    ("post", EXCLUSIONS, {"segment": "a", "excludes": ["a"]}, "/excludes/0"),
    ("post", EXCLUSIONS, {"segment": "b", "excludes": ["c", "a"]}, "/excludes/1"),
    ("patch", "/api/segments/a/", {"rank": 0}, "/rank"),
    ("patch", "/api/segments/a/", {"rank": None}, "/rank"),
    ("patch", "/api/segments/a/", {"rank": "first"}, "/rank"),
    ("patch", "/api/segments/a/", {"rank": 2}, "/rank"),
    ("patch", "/api/segments/draft/", {"rank": 1}, "/rank"),
    ("patch", "/api/segments/a/", {"blocks_all_below": None}, "/blocks_all_below"),
    ("patch", "/api/segments/a/", {"blocks_all_below": 1}, "/blocks_all_below"),
    ("patch", "/api/segments/a/", {"min_stay": 30}, "/min_stay"),
    ("patch", "/api/segments/a/", {"min_stay": {"amount": 1}}, "/min_stay/unit"),
    ("patch", "/api/segments/a/", {"min_stay": {"amount": -1, "unit": "days"}}, "/min_stay/amount"),
    ("patch", "/api/segments/a/", {"exit_grace": {"amount": 1, "unit": "moons"}}, "/exit_grace/unit"),
    ("patch", "/api/segments/a/", {"exit_grace": {"amount": None, "unit": "days"}}, "/exit_grace/amount"),
    ("patch", "/api/segments/a/", {"re_entry_pause": TOO_LONG}, "/re_entry_pause"),
    ("patch", "/api/segments/a/", {"re_entry_pause": {"amount": 10**30, "unit": "days"}}, "/re_entry_pause/amount"),
]


@pytest.fixture
def three() -> None:
    """Segments a, b, c of everybody who viewed, added, checked out; ada did all, bob the first two. `draft` never lived."""
    for slug, event in (("a", "Product Viewed"), ("b", "Product Added"), ("c", "Checkout Started")):
        live(slug, rule(did(event)))
        for user in ("ada", "bob") if slug != "c" else ("ada",):
            track(user, event, NOON)
    settle(NOON)


def test_whatever_is_malformed_is_refused_with_a_pointer_and_changes_nothing(three: None, api: APIClient) -> None:
    api.post("/api/segments/", {"slug": "draft", "name": "Draft"})
    assert api.post(EXCLUSIONS, {"segment": "a", "excludes": ["b"]}).status_code == 200
    before = list(Segment.objects.order_by("pk").values()), AuditEntry.objects.count()
    wrong = []
    for method, address, body, pointer in MALFORMED:
        answer = getattr(api, method)(address, json.dumps(body), content_type="application/json")
        faults = {fault["pointer"]: fault["message"] for fault in answer.json().get("errors", ())}
        if answer.status_code != 400 or answer["Content-Type"] != "application/problem+json" or not faults.get(pointer):
            wrong.append((method, address, str(body)[:100], answer.status_code, faults))
    assert wrong == []
    assert before == (list(Segment.objects.order_by("pk").values()), AuditEntry.objects.count())
    assert not ExclusionGroup.objects.exists()


def states(api: APIClient, slug: str, state: str = "all") -> dict[str, tuple[str, str | None]]:
    found = api.get(f"/api/segments/{slug}/members/?state={state}").json()["results"]
    return {one["customer"]["user_id"]: (one["state"], one["suppressed_by"]) for one in found}


def last_change(api: APIClient, slug: str) -> dict[str, Any]:
    found = api.get(f"/api/segments/{slug}/changes/").json()["results"]
    assert [one["id"] for one in found] == sorted(one["id"] for one in found)
    return dict(found[-1])


def applied(api: APIClient, method: str, address: str, body: dict[str, Any]) -> tuple[int, int]:
    """Try it, then do it: both say the same, and trying changes nothing."""
    before = list(Segment.objects.order_by("pk").values("rank", "updated_at")), AuditEntry.objects.count()
    tried = getattr(api, method)(address, {**body, "dry_run": True}, format="json").json()
    assert before == (list(Segment.objects.order_by("pk").values("rank", "updated_at")), AuditEntry.objects.count())
    done = getattr(api, method)(address, body, format="json").json()
    assert [tried[name] for name in ("suppressed", "released", "enrolments_stopped")] == [
        done[name] for name in ("suppressed", "released", "enrolments_stopped")
    ]
    assert_governed()
    return done["suppressed"], done["released"]


def test_what_is_applied_is_what_was_tried_and_what_members_changes_and_reasons_say(
    three: None, api: APIClient
) -> None:
    with clock.frozen(NOON + HOUR):
        assert applied(api, "post", GROUPS, {"name": "Offers", "segments": ["a", "b"]}) == (2, 0)
        assert states(api, "b") == {"ada": ("suppressed", "a"), "bob": ("suppressed", "a")}
        assert states(api, "b", "active") == {} and len(states(api, "b", "suppressed")) == 2
        change = last_change(api, "b")
        assert (change["kind"], change["state"], change["version"]) == ("suppressed", "suppressed", 1)
        assert (change["cause"]["kind"], change["cause"]["id"]) == ("governance", "exclusion_group")
        assert applied(api, "put", PRIORITIES, {"segments": ["b"]}) == (2, 2)
        assert states(api, "a") == {"ada": ("suppressed", "b"), "bob": ("suppressed", "b")}
        assert api.get("/api/segments/a/explain/user_id:ada/").json()["state"] == "suppressed"
        assert api.get("/api/segments/b/explain/user_id:ada/").json()["state"] == "active"
        assert applied(api, "post", EXCLUSIONS, {"segment": "b", "excludes": ["c"]}) == (1, 0)
        assert applied(api, "post", EXCLUSIONS, {"segment": "a", "excludes": ["c"]}) == (0, 0)
        assert states(api, "c") == {"ada": ("suppressed", "b")}
        assert applied(api, "post", GROUPS, {"name": "Offers", "segments": ["a"]}) == (0, 2)
        assert states(api, "c") == {"ada": ("suppressed", "b")}
        assert applied(api, "put", PRIORITIES, {"segments": ["a"]}) == (0, 0)
        assert states(api, "c") == {"ada": ("suppressed", "a")}, "the highest-ranking cause is named"
        found = api.patch("/api/segments/a/", {"blocks_all_below": True, "rank": 1}, format="json").json()
        assert (found["blocks_all_below"], found["rank"]) == (True, 1)
        assert found["size"] == {"active": 2, "suppressed": 0, "as_of": "2026-05-01T13:00:00Z"}
        assert states(api, "b") == {"ada": ("suppressed", "a"), "bob": ("suppressed", "a")}
    assert_the_log_tells_it(NOON + DAY)


def test_waits_that_are_set_from_outside_end_at_their_instant(three: None, api: APIClient) -> None:
    waits = {
        "exit_grace": {"amount": 30, "unit": "hours"},
        "min_stay": None,
        "re_entry_pause": {"amount": 2, "unit": "days"},
    }
    with clock.frozen(NOON):
        found = api.patch("/api/segments/a/", waits, format="json").json()
        assert {name: found[name] for name in waits} == waits
        api.patch("/api/segments/a/", {"rule": rule(did("Product Viewed", days=1))}, format="json")
        api.post("/api/segments/a/publish/", {}, format="json")
    pass_time(NOON + DAY)
    left = NOON + DAY + 30 * HOUR
    pass_time(left - MICROSECOND)
    assert len(states(api, "a")) == 2
    pass_time(left)
    assert states(api, "a") == {}
    change = last_change(api, "a")
    assert (change["kind"], change["cause"]["kind"], change["cause"]["id"]) == ("exited", "clock", "exit_grace")
    track("ada", "Product Viewed", left + DAY + HOUR)
    settle(left + DAY + HOUR)
    pass_time(left + 2 * DAY - MICROSECOND)
    assert states(api, "a") == {}
    pass_time(left + 2 * DAY)
    assert states(api, "a") == {"ada": ("active", None)}
    assert last_change(api, "a")["cause"]["id"] == "re_entry_pause"
    # Who comes back long after the pause comes for what happened then.
    back = left + 9 * DAY
    pass_time(back)
    track("bob", "Product Viewed", back + HOUR, received=back)
    settle(back)
    pass_time(back + HOUR)
    assert (last_change(api, "a")["customer"]["user_id"], last_change(api, "a")["cause"]["id"]) == ("bob", "window")
