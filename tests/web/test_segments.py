"""The pages of segments through the client: the list, the draft, publishing, members, versions, settings."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from customers.models import CatalogueAttribute
from segmentation.drafts import without_neutral
from segmentation.models import MembershipChange, Segment
from segmentation.save import create, save_draft
from segmentation.work import work
from tests.stages.shop import DAY, HOUR, NOON, attribute, did, identify, in_segment, live, pass_time, rule, track

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

HTMX = {"HX-Request": "true"}


def person(role: str) -> Client:
    user = User.objects.create(username=role)
    user.groups.add(Group.objects.get(name=role))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def marketer() -> Client:
    return person("marketer")


def at(name: str, slug: str, *more: object) -> str:
    return reverse(f"segmentation:{name}", args=[slug, *more])


def send(client: Client, method: str, address: str, body: object) -> Any:
    return client.generic(method, address, json.dumps(body), content_type="application/json")


def buyers() -> Segment:
    """A live segment of those who ordered: ada and bob; eve only looked."""
    for user in ("ada", "bob", "eve"):
        identify(user, NOON - 2 * DAY, firstName=user.title(), country="PL" if user == "ada" else "DE")
        track(user, "Product Viewed", NOON - 3 * HOUR, category="Activewear", price=20)
    for user in ("ada", "bob"):
        track(user, "Order Completed", NOON - 2 * HOUR, order_id=f"o-{user}", revenue=50)
    return live("buyers", rule(did("Order Completed")), NOON - HOUR, goal="Keep them", tags=["value"])


def test_the_list_is_searched_filtered_and_sorted_by_its_address(marketer: Client) -> None:
    buyers()
    create(name="Quiet <b>ones</b>", by=None, now=NOON, rule=rule(did("Order Completed")))
    whole = marketer.get(reverse("segmentation:list")).content.decode()
    assert "Buyers" in whole and "2 segments, of 3 customers" in whole
    assert "Quiet &lt;b&gt;ones&lt;/b&gt;" in whole and "<b>ones</b>" not in whole
    part = marketer.get(reverse("segmentation:list"), {"q": "keep THEM"}, headers=HTMX).content.decode()
    assert "Buyers" in part and "Quiet" not in part and "<html" not in part
    assert "Buyers" not in marketer.get(reverse("segmentation:list"), {"status": "draft"}).content.decode()
    assert "No segment fits" in marketer.get(reverse("segmentation:list"), {"tag": "none"}).content.decode()
    by_size = marketer.get(reverse("segmentation:list"), {"sort": "size"}).content.decode()
    assert by_size.index("Buyers") < by_size.index("Quiet")


def test_the_lines_of_the_list_say_how_a_size_moved(marketer: Client) -> None:
    buyers()
    answer = marketer.get(reverse("segmentation:lines"), {"slug": "buyers"}).content.decode()
    assert 'id="line-buyers"' in answer and "Size rose from 0 to 2 in 30 days" in answer


def test_a_new_segment_begins_as_a_draft_of_everyone(marketer: Client) -> None:
    answer = marketer.post(reverse("segmentation:new"), {"name": "Next ones", "goal": "Sell more"})
    segment = Segment.objects.get(slug="next-ones")
    assert (
        answer["Location"] == at("builder", "next-ones") and segment.status == "draft" and segment.goal == "Sell more"
    )
    assert marketer.get(at("builder", "next-ones")).status_code == 200
    assert marketer.post(reverse("segmentation:new"), {"name": " "}).status_code == 422


def test_two_people_who_save_one_draft_learn_of_each_other(marketer: Client) -> None:
    buyers()
    mine, theirs = rule(did("Product Viewed")), rule(did("Email Opened"))
    first = send(marketer, "PUT", at("draft", "buyers"), {"rule": mine, "revision": 0})
    assert first.status_code == 200 and first.json()["revision"] == 1
    late = send(marketer, "PUT", at("draft", "buyers"), {"rule": theirs, "revision": 0})
    assert late.status_code == 409
    assert late.json()["rule"] == mine and late.json()["revision"] == 1
    assert late.json()["by"] == "marketer" and late.json()["saved_at"] == NOON.isoformat().replace("+00:00", "Z")
    assert late.json()["sentence"] == "Has ever done Product Viewed at least once."
    assert Segment.objects.get().rule == mine
    assert send(marketer, "PUT", at("draft", "buyers"), {"rule": theirs, "revision": 1}).status_code == 200
    assert send(marketer, "PUT", at("draft", "buyers"), ["no", "object"]).status_code == 400


def test_a_preview_counts_exactly_and_names_each_fault_at_its_place(marketer: Client) -> None:
    buyers()
    asked = {"rule": rule(did("Product Viewed"), attribute("country", "DE")), "part": "count"}
    number = send(marketer, "POST", at("preview", "buyers"), asked).json()
    assert (number["valid"], number["count"], number["total"]) == (True, 2, 3)
    assert number["sentence"] == "Has ever done Product Viewed at least once, and country is DE."
    broken = {"rule": rule(did("Product Viewed"), attribute("age", "old")), "part": "count"}
    answer = send(marketer, "POST", at("preview", "buyers"), broken).json()
    assert not answer["valid"] and answer["errors"][0]["pointer"] == "/include/conditions/1/operator"
    assert not send(marketer, "POST", at("preview", "buyers"), {"rule": None}).json()["valid"]


def test_a_preview_shows_the_funnel_who_moves_and_who_just_missed(marketer: Client) -> None:
    buyers()
    asked = {"rule": rule(did("Product Viewed"), did("Order Completed"), attribute("country", "DE")), "part": "detail"}
    detail = send(marketer, "POST", at("preview", "buyers"), asked).json()
    assert [step["count"] for step in detail["funnel"]] == [3, 2, 1]
    assert detail["change"] == {"enter": 0, "leave": 1}
    assert [(one["name"], one["why"]) for one in detail["sample"]] == [
        ("Bob", "Product Viewed: 1; Order Completed: 1; country: DE")
    ]
    missed = {(one["name"], one["why"]) for one in detail["missed"]}
    assert missed == {("Eve", "Order Completed: 0"), ("Ada", "country: PL")}


def test_a_preview_says_a_value_beside_the_threshold_that_it_was_held_against(marketer: Client) -> None:
    buyers()
    top = {"type": "percentile", "key": "total_revenue", "side": "top", "percent": 50}
    detail = send(marketer, "POST", at("preview", "buyers"), {"rule": rule(top), "part": "detail"}).json()
    assert {one["why"] for one in detail["sample"]} == {"total revenue: 50, the threshold is 50"}


def test_publishing_shows_who_moves_and_refuses_a_draft_that_changed_meanwhile(marketer: Client) -> None:
    segment = buyers()
    live("readers", rule(in_segment("buyers")), NOON - HOUR)
    save_draft(segment=segment, rule=rule(attribute("country", "DE")), now=NOON)
    page = marketer.get(at("publish", "buyers")).content.decode()
    assert "Country is DE." in page and "Readers" in page and "decided again for the 2 who move" in page
    assert "Only 2 would be in it" in page
    assert '<a href="/customers/' in page and "Eve" in page and "Ada" in page
    stale = marketer.post(at("publish", "buyers"), {"revision": 0, "entries": "start"})
    assert stale.status_code == 409 and "changed the draft" in stale.content.decode()
    published = marketer.post(at("publish", "buyers"), {"revision": 1, "entries": "silent", "note": "Germans"})
    assert published.status_code == 302
    assert work(now=NOON)
    segment.refresh_from_db()
    assert segment.live_version is not None and (segment.live_version.note, segment.live_version.silent) == (
        "Germans",
        True,
    )
    moved = MembershipChange.objects.filter(segment=segment, version=2).values_list("kind", "silent")
    assert sorted(moved) == [("entered", True), ("exited", True)]
    assert "False members" in marketer.get(at("overview", "buyers")).content.decode()


def test_a_rule_that_is_not_finished_cannot_be_published(marketer: Client) -> None:
    create(name="Half", by=None, now=NOON, rule=rule(attribute("country", [])))
    page = marketer.get(at("publish", "half")).content.decode()
    assert "Finish the rule first." in page and 'name="note"' not in page
    assert marketer.post(at("publish", "half"), {"revision": 0, "entries": "start"}).status_code == 409
    assert Segment.objects.get().live_version is None


def test_what_is_turned_off_is_left_out_when_a_draft_is_published(marketer: Client) -> None:
    off = {"op": "any", "conditions": [did("Email Opened"), {"op": "all", "conditions": []}]}
    create(name="Viewers", by=None, now=NOON, rule=rule(did("Product Viewed"), off))
    assert marketer.post(at("publish", "viewers"), {"revision": 0, "entries": "start"}).status_code == 302
    assert Segment.objects.get().rule == rule(did("Product Viewed"))


def test_only_groups_that_decide_nothing_in_their_place_are_left_out() -> None:
    everyone, nobody = {"op": "all", "conditions": []}, {"op": "any", "conditions": []}
    off, decides = {"op": "all", "conditions": [did("A"), nobody]}, {"op": "any", "conditions": [did("B"), everyone]}
    document = {"version": 1, "include": {"op": "any", "conditions": [off, decides, did("C")]}, "exclude": everyone}
    assert without_neutral(document) == {
        "version": 1,
        "include": {"op": "any", "conditions": [decides, did("C")]},
        "exclude": everyone,
    }
    assert without_neutral([1]) == [1] and without_neutral({"include": 3}) == {"include": 3}


def test_members_are_paged_filtered_and_exported(marketer: Client) -> None:
    buyers()
    identify("ada", NOON, firstName="=HYPERLINK(1)")
    page = marketer.get(at("members", "buyers")).content.decode()
    assert "2 customers, the latest first" in page and "Bob" in page
    assert "Nobody here" in marketer.get(at("members", "buyers"), {"state": "suppressed"}).content.decode()
    file = b"".join(marketer.get(at("members-csv", "buyers")).streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert file[0] == "id,user_id,email,name,state,since" and len(file) == 3
    assert any(",'=HYPERLINK(1)," in line for line in file)


def test_every_change_is_listed_with_what_caused_it(marketer: Client) -> None:
    buyers()
    track("eve", "Order Completed", NOON, order_id="o-eve", revenue=5)
    pass_time(NOON)
    page = marketer.get(at("changes", "buyers")).content.decode()
    assert page.index("Eve") < page.index("Bob") and "Order Completed" in page
    assert "Nothing has changed yet" in marketer.get(at("changes", "buyers"), {"kind": "exited"}).content.decode()


def test_versions_are_compared_and_taken_back_as_the_draft(marketer: Client) -> None:
    segment = buyers()
    save_draft(segment=segment, rule=rule(did("Order Completed"), attribute("country", "DE")), now=NOON)
    marketer.post(at("publish", "buyers"), {"revision": 1, "entries": "start"})
    page = marketer.get(at("compare", "buyers"), {"a": "2", "b": "1"}).content.decode()
    assert "From version 1 to 2" in page.replace("from", "From") and "country is DE" in page
    assert page.count('class="differs"') >= 5 and "&quot;key&quot;: &quot;country&quot;" in page
    assert marketer.get(at("compare", "buyers"), {"a": "9", "b": "1"}).status_code == 404
    back = marketer.post(at("roll-back", "buyers", 1))
    segment.refresh_from_db()
    assert back["Location"] == at("builder", "buyers") and segment.rule == rule(did("Order Completed"))
    assert segment.live_version is not None and segment.live_version.number == 2


def test_a_draft_is_looked_back_on_and_one_of_its_numbers_tried_at_others(marketer: Client) -> None:
    segment = buyers()
    save_draft(segment=segment, rule=rule(did("Product Viewed", days=30)), now=NOON)
    asked = marketer.post(at("ask-backtest", "buyers"), {"days": "3"})
    assert "Leaving this page does not stop it" in marketer.get(asked["Location"]).content.decode()
    while work(now=NOON):
        pass
    assert marketer.get(asked["Location"], headers=HTMX)["HX-Refresh"] == "true"
    result = marketer.get(asked["Location"]).content.decode()
    assert "Size rose from 0 to 3" in result and "Buyers" in result and "66.7" in result
    pointer = "/include/conditions/0/window/last/amount"
    assert pointer in marketer.get(at("backtests", "buyers")).content.decode()
    tried = marketer.post(at("ask-sweep", "buyers"), {"pointer": pointer, "values": "1, 2.5"}, follow=True)
    assert "It cannot be tried" in tried.content.decode()
    tried = marketer.post(at("ask-sweep", "buyers"), {"pointer": pointer, "values": "1, 60"})
    while work(now=NOON):
        pass
    assert "as written: 3 customers" in marketer.get(tried["Location"]).content.decode()
    cancelled = marketer.post(at("ask-backtest", "buyers"), {"days": "3"})["Location"]
    marketer.post(cancelled)
    while work(now=NOON):
        pass
    assert "It was cancelled" in marketer.get(cancelled).content.decode()
    wrong = marketer.post(at("ask-sweep", "buyers"), {"pointer": pointer, "values": "many"}, follow=True)
    assert "Write numbers between commas" in wrong.content.decode()


def test_the_card_keeps_goal_tags_steadiness_and_place(marketer: Client) -> None:
    buyers()
    other = live("others", rule(did("Product Viewed")), NOON - HOUR)
    card = {
        "name": "Others",
        "goal": "Grow",
        "tags": "b, a, b",
        "channels": ["email", "sms"],
        "incentive": "points",
        "kpi_target": "0.2",
        "review_on": "2027-02-01",
        "min_stay_0": "",
        "min_stay_1": "days",
        "exit_grace_0": "3",
        "exit_grace_1": "weeks",
        "re_entry_pause_0": "",
        "re_entry_pause_1": "days",
        "rank": "1",
        "blocks_all_below": "on",
    }
    assert "Nothing is saved yet" in marketer.post(at("settings", "others"), card).content.decode()
    assert marketer.post(at("settings", "others"), {**card, "seen": "1 True"}).status_code == 302
    other.refresh_from_db()
    assert (other.tags, other.exit_grace, other.min_stay) == (["b", "a"], {"amount": 3, "unit": "weeks"}, None)
    assert (other.rank, other.blocks_all_below, Segment.objects.get(slug="buyers").rank) == (1, True, 2)
    assert "3 weeks" in marketer.get(at("overview", "others")).content.decode()
    wrong = marketer.post(at("settings", "others"), {**card, "exit_grace_0": "-3", "kpi_target": "many"})
    assert wrong.status_code == 422 and "Enter a number" in wrong.content.decode()


def test_a_segment_is_paused_resumed_and_archived_unless_it_is_used(marketer: Client) -> None:
    buyers()
    live("readers", rule(in_segment("buyers")), NOON - HOUR)
    assert "Readers" in marketer.get(at("used-by", "buyers")).content.decode()
    refused = marketer.post(at("archive", "buyers"), follow=True).content.decode()
    assert "in use by" in refused and Segment.objects.get(slug="buyers").status == "live"
    for address, status in (("pause", "paused"), ("resume", "live")):
        marketer.post(at(address, "buyers"))
        assert Segment.objects.get(slug="buyers").status == status
    marketer.post(at("archive", "readers"))
    marketer.post(at("archive", "buyers"))
    assert Segment.objects.get(slug="buyers").status == "archived"
    assert marketer.get(at("archive", "buyers")).status_code == 405


def test_a_segment_is_copied_into_a_draft_which_can_be_deleted(marketer: Client) -> None:
    buyers()
    assert marketer.post(at("copy", "buyers"))["Location"] == at("builder", "copy-of-buyers")
    made = Segment.objects.get(slug="copy-of-buyers")
    assert (made.rule, made.goal, made.status) == (rule(did("Order Completed")), "Keep them", "draft")
    marketer.post(at("delete", "copy-of-buyers"))
    refused = marketer.post(at("delete", "buyers"), follow=True).content.decode()
    assert "never published" in refused
    assert list(Segment.objects.values_list("slug", flat=True)) == ["buyers"]


def test_an_analyst_reads_and_counts_but_changes_nothing() -> None:
    buyers()
    analyst = person("analyst")
    for name in ("overview", "members", "changes", "why", "versions", "used-by", "builder", "publish"):
        assert analyst.get(at(name, "buyers")).status_code == 200, name
    asked = {"rule": rule(did("Order Completed")), "part": "count"}
    assert send(analyst, "POST", at("preview", "buyers"), asked).json()["count"] == 2
    assert send(analyst, "PUT", at("draft", "buyers"), {"rule": rule(), "revision": 0}).status_code == 403
    assert analyst.post(at("publish", "buyers"), {"revision": 0, "entries": "start"}).status_code == 403
    assert analyst.post(reverse("segmentation:new"), {"name": "Mine"}).status_code == 403
    assert Client().get(at("overview", "buyers")).status_code == 302


def test_the_builder_completes_names_and_values_with_counts(marketer: Client) -> None:
    buyers()
    identify("eve", NOON, city="100%", interests=["Shoes", "Books"])

    def offered(kind: str, **parameters: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = marketer.get(reverse(f"segmentation:suggest-{kind}"), parameters).json()[
            "results"
        ]
        return found

    assert [(one["value"], one["count"]) for one in offered("events", q="PRODUCT v")] == [("Product Viewed", 3)]
    assert offered("events", q="%") == []
    keys = {one["value"]: one["type"] for one in offered("properties", q="", event="Product Viewed")}
    assert keys["category"] == "text" and keys["price"] == "number" and keys["$hour"] == "number"
    assert "price" not in {one["value"] for one in offered("properties", event="Order Completed")}
    values = offered("values", event="Product Viewed", property="category", q="active")
    assert [(one["value"], one["count"]) for one in values] == [("Activewear", 3)]
    assert [one["value"] for one in offered("values", event="Product Viewed", property="$store")] == ["main"]
    assert [(one["value"], one["count"]) for one in offered("values", attribute="country")] == [("DE", 2), ("PL", 1)]
    assert [one["value"] for one in offered("values", attribute="interests", q="shoe")] == ["Shoes"]
    assert [one["value"] for one in offered("values", attribute="city", q="%")] == ["100%"]
    assert offered("values", attribute="orders_ever") == []
    assert all(one["certain"] for one in offered("attributes", q="revenue", type="number"))
    CatalogueAttribute.objects.create(key="points", type="number")
    assert [(one["value"], one["certain"]) for one in offered("attributes", q="point")] == [("points", False)]


def test_a_page_says_why_somebody_is_in_and_what_is_missing_now_and_then(marketer: Client) -> None:
    buyers()
    found = marketer.get(at("why", "buyers"), {"q": "ada"}).content.decode()
    assert "matches the rule" in found and "revenue: 50" in found and "active" in found
    absent = marketer.get(at("why", "buyers"), {"q": "Eve"}).content.decode()
    assert "does not match" in absent and "has ever done Order Completed at least once" in absent
    before = marketer.get(at("why", "buyers"), {"q": "ada", "at": "2026-05-01T09:30"}).content.decode()
    assert "does not match" in before and "09:30 UTC" in before
    assert marketer.get(at("why", "buyers"), {"q": "ada", "at": "soon"}).status_code == 422
    assert "No customer fits" in marketer.get(at("why", "buyers"), {"q": "nobody"}).content.decode()
    identify("adam", NOON)
    several = marketer.get(at("why", "buyers"), {"q": "ada"}).content.decode()
    assert "Last seen" in several and "matches the rule" not in several


def test_who_just_missed_failed_one_step_only_of_whatever_rule(marketer: Client) -> None:
    buyers()
    live("viewers", rule(did("Product Viewed")), NOON - HOUR)

    def missed(document: dict[str, Any]) -> set[tuple[str, str]]:
        answer = send(marketer, "POST", at("preview", "buyers"), {"rule": document, "part": "detail"}).json()
        return {(one["name"], one["why"]) for one in answer["missed"]}

    assert missed(rule()) == set()
    excluding = rule(in_segment("viewers"), exclude=[attribute("country", "DE"), did("Email Opened")])
    why = "left out: country is DE, or has ever done Email Opened at least once"
    assert missed(excluding) == {("Bob", why), ("Eve", why)}
    either = {"version": 1, "include": {"op": "any", "conditions": [did("Email Opened"), did("Order Completed")]}}
    assert {name for name, _ in missed(either)} == {"Eve"}


def test_a_draft_of_an_archived_segment_is_refused_and_no_conflict(marketer: Client) -> None:
    buyers()
    marketer.post(at("archive", "buyers"))
    refused = send(marketer, "PUT", at("draft", "buyers"), {"rule": rule(), "revision": 0})
    assert refused.status_code == 422 and refused.json()["code"] == "archived"
    assert '"editable": false' in marketer.get(at("builder", "buyers")).content.decode()
