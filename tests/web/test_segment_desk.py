"""The page of a segment at work: its card, its KPI and findings, and the journeys that wait for the card."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns import approvals
from campaigns.errors import InvalidError
from customers.erase import erase
from customers.models import Customer
from segmentation.models import Job, Membership, MembershipChange, Segment
from segmentation.work import work
from tests.api.conftest import client_with
from tests.stages.campaign import approver, author, draft, flow, view
from tests.stages.shop import DAY, HOUR, NOON, did, identify, live, pass_time, rule, track
from tests.web.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def marketer() -> Client:
    return signed_in("marketer")


def at(name: str, slug: str, *more: object) -> str:
    return reverse(f"segmentation:{name}", args=[slug, *more])


@pytest.fixture
def exports(settings: Any, tmp_path: Path) -> Path:
    """A folder for files of this test alone."""
    settings.EXPORTS = tmp_path / "exports"
    return tmp_path / "exports"


CARD = {
    "name": "Viewers",
    "goal": "Make them buy",
    "owner": "",
    "review_on": "2027-02-01",
    "tags": "a, b",
    "folder": "Browsing",
    "action": "A letter",
    "message": "Still interested?",
    "channels": ["email"],
    "incentive": "none",
    "kpi": "conversion",
    "kpi_target": "0.4",
}


def watching() -> Segment:
    """Ada and bob entered two months ago, ada bought; eve entered last week; all by viewing."""
    segment = live("viewers", rule(did("Product Viewed", days=90)), NOON - 61 * DAY)
    for user, days in (("ada", 60), ("bob", 60), ("eve", 7)):
        identify(user, NOON - days * DAY, email=f"{user}@shop.example")
        view(user, NOON - days * DAY + HOUR)
    track("ada", "Order Completed", NOON - 50 * DAY, order_id="o-1", revenue=40)
    pass_time(NOON)
    return segment


def test_a_card_is_edited_where_it_stands_and_as_a_page(marketer: Client) -> None:
    watching()
    part = marketer.get(at("card", "viewers"), headers=HTMX).content.decode()
    assert "<html" not in part and 'id="card"' in part and 'value="conversion"' in part
    assert "<html" in marketer.get(at("card", "viewers")).content.decode()
    saved = marketer.post(at("card", "viewers"), CARD, headers=HTMX).content.decode()
    assert "Make them buy" in saved and "no owner" in saved and "Browsing" in saved and "40.0" in saved
    wrong = marketer.post(at("card", "viewers"), {**CARD, "kpi_target": "much"}, headers=HTMX)
    assert wrong.status_code == 422 and "Enter a number" in wrong.content.decode()
    assert marketer.post(at("card", "viewers"), CARD)["Location"] == at("overview", "viewers")
    assert signed_in("analyst").post(at("card", "viewers"), CARD).status_code == 403


def test_the_kpi_is_computed_and_says_over_whom(marketer: Client) -> None:
    watching()
    marketer.post(at("card", "viewers"), CARD)
    page = " ".join(marketer.get(at("numbers", "viewers")).content.decode().split())
    assert "50.0" in page and "over 2 customers" in page and ">met<" in page and "ordered within 30 days" in page
    told = client_with(["read"]).get("/api/segments/viewers/numbers/").json()
    assert (told["kpi"]["value"], told["kpi"]["over"], told["kpi"]["target"]) == (0.5, 2, 0.4)
    assert told["reach"] == {"email": 0, "sms": 0}


def test_what_is_missing_or_wrong_is_found(marketer: Client) -> None:
    segment = watching()
    codes = {one["code"] for one in client_with(["read"]).get("/api/segments/viewers/numbers/").json()["findings"]}
    lacking = {f"no_{what}" for what in ("goal", "owner", "action", "message", "channel", "kpi", "review")}
    assert codes == {*lacking, "too_broad", "too_small", "never_activated"}
    Segment.objects.filter(pk=segment.pk).update(kpi="joy", review_on=NOON.date() - 3 * DAY, error="gone")
    part = marketer.get(at("numbers", "viewers"), headers=HTMX).content.decode()
    assert "“joy”" in part and "3 days ago" in part and "cannot be evaluated: gone" in part and "<html" not in part


def test_members_are_searched_by_state_with_columns_of_ones_choice(marketer: Client) -> None:
    watching()
    asked = {"state": "all", "q": "ada", "columns": ["email", "total_revenue", "nonsense"]}
    page = marketer.get(at("members", "viewers"), asked, headers=HTMX).content.decode()
    assert (
        "1 customer, the latest" in page
        and "ada@shop.example" in page
        and "<td>40</td>" in page
        and "Nonsense" not in page
    )
    assert "No member fits" in marketer.get(at("members", "viewers"), {"q": "zoe"}).content.decode()
    assert "Nobody is leaving" in marketer.get(at("members", "viewers"), {"state": "leaving"}).content.decode()
    Membership.objects.filter(customer__user_id="bob").update(false_since=NOON)
    leaving = marketer.get(at("members", "viewers"), {"state": "leaving"}).content.decode()
    assert "bob" in leaving and ">ada<" not in leaving


def test_members_are_exported_as_a_job_and_fetched_as_a_file(
    marketer: Client, exports: Path, django_capture_on_commit_callbacks: Any
) -> None:
    watching()
    asked = marketer.post(at("ask-export", "viewers") + "?state=all&columns=total_revenue,country")
    assert "Leaving this page does not stop it" in marketer.get(asked["Location"]).content.decode()
    assert work(now=NOON)
    assert marketer.get(asked["Location"], headers=HTMX)["HX-Refresh"] == "true"
    page = marketer.get(asked["Location"]).content.decode()
    assert "<b>3 members</b>" in page and "Fetch the file" in page
    assert "lies ready" in marketer.get(at("members", "viewers")).content.decode()
    number = Job.objects.get(kind="export").pk
    lines = b"".join(marketer.get(at("export-file", "viewers", number))).decode().splitlines()  # type: ignore[arg-type]
    assert lines[0] == "id,user_id,email,name,state,since,total_revenue,country"
    assert [line.split(",")[1::5] for line in lines[1:]] == [["ada", "40"], ["bob", "0"], ["eve", "0"]]
    with django_capture_on_commit_callbacks(execute=True):
        erase(customer=Customer.objects.get(user_id="bob"), by="ann", now=NOON)
    assert not list(exports.iterdir()), "a file that holds somebody who was erased goes with them"
    assert "The file is gone" in marketer.get(asked["Location"]).content.decode()
    assert marketer.get(at("export-file", "viewers", number)).status_code == 404


def test_an_export_over_rest_is_a_job_with_a_file(exports: Path) -> None:
    watching()
    api = client_with(["read", "write"])
    order = {"state": "all", "columns": ["orders_ever"], "search": "ada"}
    job = api.post("/api/segments/viewers/export/", order, format="json")
    assert (job.status_code, job.json()["kind"]) == (202, "export")
    address = f"/api/jobs/{job.json()['id']}/file/"
    assert api.get(address).status_code == 404
    assert work(now=NOON)
    assert b"".join(api.get(address)).decode().splitlines()[1].endswith(",1")
    for path in exports.iterdir():
        path.unlink()
    assert (api.get(address).status_code, api.get(address).json()["code"]) == (410, "file_gone")
    assert api.post("/api/segments/viewers/export/", {"state": "gone"}, format="json").status_code == 400


def test_changes_are_found_by_kind_cause_customer_and_period_and_lead_to_what_caused_them(marketer: Client) -> None:
    watching()

    def found(**asked: str) -> set[str]:
        page = marketer.get(at("changes", "viewers"), asked, headers=HTMX).content.decode()
        return {user for user in ("ada", "bob", "eve") if f"{user}@shop.example</a>" in page}

    assert found() == {"ada", "bob", "eve"} == found(kind="entered", cause="event")
    assert found(kind="exited") == set() == found(cause="clock") and found(q="eve") == {"eve"}
    assert found(**{"from": "2026-04-20"}) == {"eve"} and found(to="2026-04-20") == {"ada", "bob"}
    assert found(**{"from": "soon", "to": "0000-99-99"}) == {"ada", "bob", "eve"}
    assert "No change fits" in marketer.get(at("changes", "viewers"), {"cause": "merge"}).content.decode()
    row = MembershipChange.objects.get(customer__user_id="eve")
    page = marketer.get(at("change", "viewers", row.pk)).content.decode()
    assert "Product Viewed" in page and row.cause_id in page and "version 1: Has" in page
    then = page[page.index(at("why", "viewers") + "?") :].split('"')[0].replace("&amp;", "&")
    assert "matches the rule" in marketer.get(then).content.decode()
    assert marketer.get(at("change", "viewers", 2**64)).status_code == 404


def test_why_not_names_what_is_missing_and_the_state_of_a_past_instant_is_the_logged_one(marketer: Client) -> None:
    watching()
    top = {"type": "percentile", "key": "total_revenue", "side": "top", "percent": 50}
    live("best", rule(did("Order Completed"), top, exclude=[did("Product Viewed")]), NOON - HOUR)
    page = marketer.get(at("why", "best"), {"q": "ada"}).content.decode()
    assert "<li>left out: has ever done Product Viewed at least once</li>" in page
    assert "the threshold is" in page and "{" not in page[page.index('class="tree"') : page.index("</main>")]
    away = marketer.get(at("why", "best"), {"q": "bob"}).content.decode()
    assert "<li>has ever done Order Completed at least once: " in away
    then = marketer.get(at("why", "viewers"), {"q": "ada", "at": (NOON - 59 * DAY).strftime("%Y-%m-%dT%H:%M")})
    assert '<span class="tag live">active</span>' in then.content.decode()


@pytest.mark.parametrize("kpi", ["retention", "repeat_rate", "revenue_per_member", "average_order_value", "click_rate"])
def test_every_kind_of_kpi_is_computed(marketer: Client, kpi: str) -> None:
    segment = watching()
    track("eve", "Email Delivered", NOON - DAY)
    track("bob", "Email Delivered", NOON - DAY)
    track("bob", "Email Link Clicked", NOON - HOUR)
    track("bob", "Order Completed", NOON - DAY, order_id="o-2", revenue=30)
    Segment.objects.filter(pk=segment.pk).update(kpi=kpi)
    told = client_with(["read"]).get("/api/segments/viewers/numbers/").json()["kpi"]
    wanted = {
        "retention": (0.5, 2),
        "repeat_rate": (0.0, 2),
        "revenue_per_member": (10.0, 3),
        "average_order_value": (30.0, 1),
        "click_rate": (0.5, 2),
    }
    assert (told["value"], told["over"]) == wanted[kpi]


def test_no_person_launches_a_journey_on_a_segment_without_a_card(marketer: Client) -> None:
    segment = watching()
    journey = draft(flow("viewers"))
    Segment.objects.filter(pk=segment.pk).update(goal="", review_on=None)
    page = marketer.post(reverse("campaigns:journey_submit", args=["hello"]), follow=True).content.decode()
    assert "has no goal and review date" in page and at("card", "viewers") in page
    journey.refresh_from_db()
    assert journey.status == "draft"
    assert client_with(["write"]).post("/api/journeys/hello/submit/", {}).status_code == 200
    with pytest.raises(InvalidError, match="no goal and review date"):
        approvals.approve(journey=journey, by=approver(), now=NOON)
    Segment.objects.filter(pk=segment.pk).update(goal="Sell", review_on=NOON.date(), owner=author())
    approvals.approve(journey=journey, by=approver(), now=NOON)
    assert journey.status == "live"


def test_programs_are_held_to_the_card_where_the_installation_says_so(settings: Any) -> None:
    segment = watching()
    draft(flow("viewers"))
    Segment.objects.filter(pk=segment.pk).update(channels=[])
    settings.CARD_REQUIRED = "all"
    refused = client_with(["write"]).post("/api/journeys/hello/submit/", {})
    assert (refused.status_code, refused.json()["code"]) == (400, "card_missing")
    settings.CARD_REQUIRED = "nobody"
    approvals.submit(journey=draft(flow("viewers"), "again"), by=author(), now=NOON)
