"""Each finding of the segments is told where it holds, leads to the place that mends it, and is gone once it is mended."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django import conf
from django.contrib.auth.models import User

from common import clock
from customers.models import AuditEntry, CatalogueProperty
from segmentation.findings import KINDS, kinds
from segmentation.findings.told import Told, open_findings
from segmentation.governance import set_full_stop, set_hysteresis
from segmentation.look_for_findings import look_for_findings
from segmentation.models import AuditRun, Finding, Job, MembershipChange, Segment, SegmentVersion
from segmentation.save import create
from segmentation.work import work
from tests.api.conftest import client_with
from tests.house.code import HOME
from tests.stages.shop import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    attribute,
    customer,
    did,
    edit,
    identify,
    in_segment,
    live,
    pass_time,
    rule,
    track,
    who,
)
from tests.web.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
HEALTH = "/governance/health/"
MONTH_AGO = NOON - 31 * DAY
LIKES = rule(did("Product Viewed"))


def card(**other: Any) -> dict[str, Any]:
    """A card with nothing to say against it."""
    owner, _ = User.objects.get_or_create(username="olga")
    return {
        "goal": "Sell", "owner": owner, "action": "A letter", "message": "Look here", "channels": ["email"],
        "kpi": "conversion", "kpi_target": 0.2, "review_on": NOON.date() + 30 * DAY, **other,
    }  # fmt: skip


@pytest.fixture(autouse=True)
def shop(settings: Any) -> Segment:
    """Five customers known by name, and a segment of two of them that nothing is wrong with."""
    settings.SMALLEST_SEGMENT = 2
    for user in ("ada", "bob", "cyd", "dan", "eve"):
        identify(user, NOON - 60 * DAY, country="PL" if user in ("ada", "bob", "cyd") else "DE")
    for user in ("ada", "bob"):
        track(user, "Product Viewed", NOON - 50 * DAY)
    for user in ("ada", "bob", "cyd", "dan"):
        track(user, "Shop Opened", NOON - 50 * DAY)
    pass_time(NOON - DAY)
    return live("viewers", LIKES, **card())


def told(code: str) -> list[Told]:
    """The findings of a kind, as they are after a look."""
    look_for_findings(now=NOON)
    return [one for one in open_findings(now=NOON) if one.kind.code == code]


def having(**columns: Any) -> Callable[[], object]:
    """Sets columns of the segment."""
    return lambda: Segment.objects.filter(slug="viewers").update(**columns)


def asking(*conditions: dict[str, Any]) -> Callable[[], object]:
    """Publishes another rule of the segment."""
    return lambda: edit(Segment.objects.get(slug="viewers"), rule(*conditions), NOON)


def audited(wrong: int, minutes: int) -> Callable[[], object]:
    return lambda: AuditRun.objects.create(
        segment=Segment.objects.get(slug="viewers"), at=NOON + minutes * MINUTE, checked=100, wrong=wrong
    )


def comes_and_goes() -> None:
    """Bob is in for an hour three times."""
    for days in (20, 15, 10):
        moved("bob", NOON - days * DAY, "entered")
        moved("bob", NOON - days * DAY + HOUR, "exited")


def moved(user: str, at: datetime, kind: str) -> None:
    """A line of the change log as it was written then."""
    MembershipChange.objects.create(
        segment=Segment.objects.get(slug="viewers"), customer_id=customer(user), kind=kind, state="active", at=at,
        version=1, cause_kind="manual", caused_at=at,
    )  # fmt: skip


def owned() -> None:
    having(owner=User.objects.get(username="olga"))()


def calmed() -> None:
    set_hysteresis(
        segment=Segment.objects.get(slug="viewers"),
        settings={"exit_grace": {"amount": 7, "unit": "days"}},
        by=User.objects.get(username="olga"),
        now=NOON,
    )


def ceased() -> None:
    """Steady views until ten days ago."""
    for days in range(10, 35):
        track("ada", "Product Viewed", NOON - days * DAY)


def without_category(since: int = 10) -> None:
    """Views go on; what they are of is told no more since so many days."""
    asking({**did("Product Viewed"), "where": [{"property": "category", "operator": "is", "value": "Tea"}]})()
    for days in range(1, 36):
        more: dict[str, Any] = {"category": "Tea"} if days >= since else {}
        track("ada", "Product Viewed", NOON - days * DAY, **more)


def twins() -> None:
    live("twins", LIKES, **card())


def old() -> None:
    SegmentVersion.objects.update(published_at=MONTH_AGO)


def many() -> None:
    made = [
        Segment(slug=f"s-{n}", name=f"S {n}", status="live", rank=n + 50, created_at=NOON, updated_at=NOON)
        for n in range(40)
    ]
    Segment.objects.bulk_create(made)


def smallest(number: int) -> Callable[[], object]:
    return lambda: setattr(conf.settings, "SMALLEST_SEGMENT", number)


def everybody() -> None:
    live("all", rule(attribute("country", None, "is_set"), did("Shop Opened", 0)), **card())


CASES: dict[str, tuple[Callable[[], object], Callable[[], object], str]] = {
    "no_goal": (having(goal=""), having(goal="Sell"), "no goal, and 2 customers are in it"),
    "no_owner": (having(owner=None), owned, "no owner"),
    "no_action": (having(action=""), having(action="A letter"), "no campaign action"),
    "no_message": (having(message=""), having(message="Look"), "no message strategy"),
    "no_channel": (having(channels=[]), having(channels=["sms"]), "no channels"),
    "no_kpi": (having(kpi=""), having(kpi="retention"), "no KPI"),
    "no_kpi_target": (having(kpi_target=None), having(kpi_target=0.0), "no KPI target"),
    "kpi_not_measured": (having(kpi="joy"), having(kpi="Retention"), "“joy” of 2 customers"),
    "no_review": (having(review_on=None), having(review_on=NOON.date()), "no review date"),
    "review_overdue": (having(review_on=NOON.date() - 3 * DAY), having(review_on=NOON.date()), "3 days ago"),
    "stopped": (having(error="The trait is gone."), having(error=""), "The trait is gone. 2 customers kept"),
    "false_members": (audited(2, 1), audited(0, 2), "2 of 100 memberships wrong"),
    "stale_data": (ceased, lambda: track("ada", "Product Viewed", NOON - HOUR), "last came 10 days ago"),
    "only_demographic": (
        asking(attribute("country", "PL"), attribute("age", 18, "gte")),
        asking(attribute("country", "PL"), did("Product Viewed")),
        "who somebody is: age and country",
    ),
    "empty": (asking(did("Never Happened")), asking(did("Product Viewed")), "Nobody is in it"),
    "too_small": (smallest(3), smallest(2), "Only 2 customers in it"),
    "too_broad": (asking(did("Shop Opened")), asking(did("Product Viewed")), "80% of all customers are in it, 4 of 5"),
    "restless": (comes_and_goes, calmed, "1 customer entered 3 times or more"),
    "overlaps": (twins, lambda: Segment.objects.filter(slug="twins").update(status="paused"), "100% of its customers"),
    "coverage": (old, everybody, "3 of 5 customers known by name are in no live segment; 40% are in one"),
    "too_many": (many, lambda: Segment.objects.filter(slug="s-1").update(status="paused"), "41 segments are live"),
    "too_few": (old, many, "Only 1 segment is live"),
}


@pytest.mark.parametrize("code", [kind.code for kind in KINDS])
def test_a_finding_is_told_leads_to_what_mends_it_and_is_gone_once_mended(code: str) -> None:
    broken, mended, says = CASES[code]
    assert told(code) == []
    broken()
    (one,) = told(code)
    assert says in one.found.says
    assert signed_in().get(one.found.fix.address).status_code == 200
    mended()
    assert told(code) == []


def test_a_property_that_ceased_is_named_with_its_event() -> None:
    without_category()
    with clock.frozen(NOON):
        (one,) = told("stale_data")
    assert "the property “category” of “Product Viewed”" in one.found.says and one.found.number == 10
    assert "from Shop, on 26 of the 28 days before" in one.found.says


def test_a_property_that_still_comes_is_not_stale_whatever_the_catalogue_says() -> None:
    without_category(since=1)
    CatalogueProperty.objects.update(last_seen_at=NOON - 10 * DAY)
    assert told("stale_data") == []


def test_what_comes_now_and_then_is_never_stale() -> None:
    for days in (10, 17, 24, 31, 38):
        track("ada", "Product Viewed", NOON - days * DAY)
    assert told("stale_data") == []


def test_a_guard_may_be_empty_and_a_nested_segment_may_say_so() -> None:
    asking(did("Never Happened"))()
    set_full_stop(segment="viewers", blocks_all_below=True, by=User.objects.get(), now=NOON)
    assert told("empty") == []
    asking(did("Product Viewed"))()
    for user, event in (("cyd", "Product Viewed"), ("ada", "Signed Up"), ("bob", "Signed Up")):
        track(user, event, NOON - HOUR)
    pass_time(NOON)
    live("within", rule(in_segment("viewers"), did("Signed Up")), NOON, **card())
    assert who("within") == {"ada", "bob"} and who("viewers") == {"ada", "bob", "cyd"}
    assert told("overlaps") == []


def test_stored_findings_keep_when_they_were_first_seen_and_wait_after_a_new_rule() -> None:
    twins()
    look_for_findings(now=NOON - HOUR)
    look_for_findings(now=NOON)
    row = Finding.objects.get(code="overlaps")
    assert (row.first_seen_at, row.seen_at) == (NOON - HOUR, NOON)
    assert "overlaps" in {one.kind.code for one in open_findings(now=NOON)}
    SegmentVersion.objects.update(published_at=NOON + MINUTE)
    assert "overlaps" not in {one.kind.code for one in open_findings(now=NOON)}


def test_a_finding_is_dismissed_with_a_reason_until_a_day_and_taken_back() -> None:
    having(goal="")()
    client, given = signed_in(), {"code": "no_goal", "segment": "viewers", "query": "code=no_goal"}
    page = client.get(HEALTH).content.decode()
    assert "No goal" in page and 'href="/segments/viewers/settings/#id_goal"' in page
    assert client.post(f"{HEALTH}dismiss/", given)["Location"] == f"{HEALTH}?code=no_goal"
    assert "no_goal" in {one.kind.code for one in open_findings(now=NOON)}, "without a reason nothing is dismissed"
    until = (NOON + 2 * DAY).date()
    nul = {**given, "segment": "\x00", "reason": "It goes in June", "until": until.isoformat()}
    assert client.post(f"{HEALTH}dismiss/", nul).status_code == 404
    client.post(f"{HEALTH}dismiss/", {**given, "reason": "It goes in June", "until": until.isoformat()})
    page = " ".join(client.get(HEALTH, {"code": "no_goal"}).content.decode().split())
    assert "“It goes in June” marketer, until" in page and "Nothing found here" in page
    assert "no_goal" in {one.kind.code for one in open_findings(now=NOON + 3 * DAY)}, "it comes back the day after"
    assert AuditEntry.objects.filter(action="dismiss finding", object_id="no_goal of viewers").count() == 1
    client.post(f"{HEALTH}restore/", given)
    assert "no_goal" in {one.kind.code for one in open_findings(now=NOON)}
    assert signed_in("analyst").post(f"{HEALTH}restore/", given).status_code == 403
    read = signed_in("analyst").get(HEALTH).content.decode()
    assert "No goal" in read and "Dismiss" not in read and "/settings/" not in read, "a reader is offered no edit"


def test_a_dismissal_of_two_segments_holds_in_whichever_order_they_rank() -> None:
    twins()
    (one,) = told("overlaps")
    sides = {"segment": one.found.other.slug, "other": one.found.segment.slug}  # type: ignore[union-attr]
    sent = {"code": "overlaps", **sides, "reason": "A test runs", "until": "2026-05-08"}
    assert client_with(["write"]).post("/api/findings/dismiss/", sent, format="json").status_code == 200
    assert told("overlaps") == []


def test_the_page_narrows_counts_and_gives_a_file() -> None:
    sound = {"health": "sound"}
    assert ">Viewers</a>" in signed_in().get("/segments/", sound).content.decode()
    having(goal="", review_on=NOON.date() - DAY)()
    twins()
    look_for_findings(now=NOON)
    client = signed_in()
    only = client.get(
        HEALTH, {"severity": "warning", "segment": "viewers", "owner": "olga"}, headers={"HX-Request": "true"}
    )
    text = only.content.decode()
    assert (
        "<html" not in text and "No goal 1" in text and "Review overdue 1" in text and "Much the same people 1" in text
    )
    assert "Nothing found here" in client.get(HEALTH, {"owner": "nobody"}).content.decode()
    lines = b"".join(client.get(f"{HEALTH}findings.csv", {"code": "overlaps"}).streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert (
        lines[0].startswith("severity,code,segment,other")
        and lines[1].startswith("warning,overlaps,")
        and len(lines) == 2
    )
    assert ">Viewers</a>" not in client.get("/segments/", sound).content.decode()
    assert ">Viewers</a>" in client.get("/segments/", {"health": "overdue"}).content.decode()
    overview = client.get("/segments/viewers/numbers/").content.decode()
    assert "The card has no goal" in overview and "/governance/health/?segment=viewers" in overview


def test_a_look_is_a_job_and_the_empty_page_says_what_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in()
    job = client.post(f"{HEALTH}look/")["Location"]
    assert client.post(f"{HEALTH}look/")["Location"] == job, "one look at a time"
    while work(now=NOON):
        pass
    assert Job.objects.get(kind="findings").state == "done"
    assert "that cost something to find out" in client.get(job).content.decode()
    monkeypatch.setattr("segmentation.findings.MORE_KINDS", [])
    page = client.get(HEALTH).content.decode()
    assert "Every live and paused segment was looked at" in page and "was looked for" in page


def test_programs_read_dismiss_and_restore_findings() -> None:
    having(goal="", owner=None)()
    reads, writes = client_with(["read"]), client_with(["write"])
    found = reads.get("/api/findings/", {"segment": "viewers", "code": "no_goal"}).json()
    (one,) = found["results"]
    assert (one["segment"], one["severity"], one["number"], one["dismissal"]) == ("viewers", "warning", 2, None)
    assert reads.get("/api/findings/", {"code": "no_such"}).status_code == 400
    about = {"code": "no_goal", "segment": "viewers"}
    order = {**about, "reason": "Later", "until": "2026-06-01"}
    assert reads.post("/api/findings/dismiss/", order, format="json").status_code == 403
    late = writes.post("/api/findings/dismiss/", {**order, "until": "2029-01-01"}, format="json")
    assert late.status_code == 400 and late.json()["errors"][0]["pointer"] == "/until"
    assert writes.post("/api/findings/dismiss/", order, format="json").json()["reason"] == "Later"
    told_as = {name: {one["code"] for one in reads.get("/api/findings/", {"dismissed": name}).json()["results"]} for name in ("true", "false")}  # fmt: skip
    assert told_as["true"] == {"no_goal"} and "no_owner" in told_as["false"] and "no_goal" not in told_as["false"]
    assert writes.post("/api/findings/restore/", about, format="json").status_code == 204
    assert writes.post("/api/findings/restore/", about, format="json").status_code == 409
    gone = writes.post("/api/findings/dismiss/", {**order, "code": "no_kpi"}, format="json")
    assert gone.status_code == 409 and gone.json()["code"] == "no_such_finding"
    assert writes.post("/api/findings/look/", {}, format="json").status_code == 202


def test_a_draft_is_not_looked_at_yet() -> None:
    create(name="Soon", rule=LIKES, by=None, now=NOON)
    assert "Looked at from the day it is live" in signed_in().get("/segments/soon/numbers/").content.decode()
    assert not [one for one in open_findings(now=NOON) if one.found.segment and one.found.segment.slug == "soon"]


def test_the_page_about_health_has_every_kind() -> None:
    page = (HOME / "docs/health.md").read_text()
    listed = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]+) \|", page, re.MULTILINE)
    assert listed == [(kind.code, str(kind.severity), kind.title) for kind in kinds()]
