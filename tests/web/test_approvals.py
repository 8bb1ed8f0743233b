"""Four eyes on the pages: what waits, who decides, what is said, and what an edit takes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from campaigns import approvals, save
from campaigns.errors import FourEyesError
from campaigns.models import Enrolment, Journey, Template
from common import clock
from segmentation.models import Job, PublishRequest, Segment
from segmentation.save import save_draft
from segmentation.work import run
from tests.api.conftest import client_with
from tests.stages.campaign import (
    approver,
    author,
    buyers_with_draft,
    draft,
    flow,
    go,
    mail,
    person,
    reachable,
    running,
    view,
    viewers,
)
from tests.stages.conftest import outbox, own_changes  # noqa: F401
from tests.stages.shop import HOUR, NOON, did, rule, who
from tests.web.test_journeys import at, fields_of, signed_in, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "own_changes", "outbox")]
WIDE = rule(did("Product Viewed"))


@pytest.fixture
def buyers(settings: Any) -> Segment:
    """A live segment under four eyes, with a draft of its author's."""
    settings.SEGMENT_APPROVAL = "live"
    return buyers_with_draft()


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_a_rule_goes_from_its_author_to_an_approver_and_back_and_live(buyers: Segment) -> None:
    mara, anna, lena = (signed_in(one) for one in (author(), approver(), person("lena", "analyst")))
    publish = page(mara, "/segments/buyers/publish/")
    assert "Send for approval" in publish and "only after somebody else approved it" in publish
    order = {"revision": buyers.draft_revision, "note": "Lookers too", "entries": "silent"}
    assert mara.post("/segments/buyers/publish/", order)["Location"] == "/segments/buyers/approval/"
    assert Segment.objects.get(slug="buyers").live_version == buyers.live_version
    assert "a rule waits for approval" in page(anna, "/segments/buyers/")
    assert "An edit withdraws it" in page(mara, "/segments/buyers/rule/")
    asked = page(anna, "/segments/buyers/approval/")
    assert "“Lookers too”" in asked and 'class="out"' in asked and "Some who enter" in asked and "Ben" not in asked
    mine = page(mara, "/segments/buyers/approval/")
    assert "Approve and publish" not in mine and "Withdraw it" in mine
    assert "Approve and publish" not in page(lena, "/segments/buyers/approval/") and "Say it" not in page(lena, "/segments/buyers/approval/")  # fmt: skip
    anna.post("/segments/buyers/approval/comment/", {"text": "Why <script>now</script>?"})
    assert "Why &lt;script&gt;now&lt;/script&gt;?" in page(mara, "/segments/buyers/approval/")
    assert "Say why" in told(anna.post("/segments/buyers/approval/reject/", {"reason": " "}))[-1]
    anna.post("/segments/buyers/approval/reject/", {"reason": "Leave the lookers\x00 out"})
    assert "Leave the lookers out" in page(mara, "/approvals/") and "Leave the lookers out" in page(mara, "/")
    assert "Leave the lookers out" not in page(anna, "/")
    mara.post("/segments/buyers/publish/", order)
    anna.post("/segments/buyers/approval/approve/", {"digest": "0" * 64})
    assert PublishRequest.objects.filter(state="waiting").exists()
    digest = PublishRequest.objects.get(state="waiting").rule_hash
    answer = anna.post("/segments/buyers/approval/approve/", {"digest": digest, "reason": "Fine"})
    assert told(answer)[-1].startswith("Approved and published")
    run(job=Job.objects.filter(kind="rebuild").latest("pk"), now=clock.now())
    assert who("buyers") == {"ada", "ben"}
    assert "approved by anna" in page(mara, "/segments/buyers/versions/")


def test_the_page_of_approvals_parts_what_one_decides_from_what_others_do(buyers: Segment) -> None:
    viewers()
    approvals.submit(journey=draft(flow("viewers")), by=author(), now=NOON)
    signed_in(author()).post("/segments/buyers/publish/", {"revision": buyers.draft_revision, "entries": "start"})
    mara, anna = (page(signed_in(person(one, "approver")), "/approvals/") for one in ("mara", "anna"))
    mine, theirs = mara.index("For you to decide"), mara.index("For others to decide")
    assert "Nothing waits for you" in mara[mine:theirs]
    assert mara[theirs:].count("somebody else has to approve it") == 2 and mara.index("What you sent") > theirs
    assert "For others to decide" not in anna and anna.count(">Review</a>") == 2
    assert "An approver decides" in page(signed_in(person("lena", "analyst")), "/approvals/")


@pytest.mark.parametrize("role", ["marketer", "approver", "admin", "operator"])
def test_no_role_lets_an_author_approve_by_any_door(buyers: Segment, role: str) -> None:
    """By page, bulk, admin and a draft's own publish; an operator is a superuser."""
    viewers()
    journey = draft(flow("viewers"))
    approvals.submit(journey=journey, by=author(), now=NOON)
    mara = person("mara", *([role] if role != "operator" else []))
    User.objects.filter(pk=mara.pk).update(is_staff=True, is_superuser=role == "operator")
    client = signed_in(User.objects.get(pk=mara.pk))
    client.post("/segments/buyers/publish/", {"revision": buyers.draft_revision, "entries": "start"})
    request, version = PublishRequest.objects.get(), buyers.live_version
    may = role != "marketer"
    assert client.post("/segments/buyers/approval/approve/").status_code == (302 if may else 403)
    assert client.post(at("journey_approve", "hello")).status_code == (302 if may else 403)
    client.post("/bulk/segments/", {"do": "publish", "segments": ["buyers"]})
    client.post("/segments/buyers/resume/")
    client.post(reverse("admin:segmentation_publishrequest_changelist"), {"action": "approve_selected", "_selected_action": [request.pk]})  # fmt: skip
    client.post(reverse("admin:campaigns_journey_changelist"), {"action": "approve_selected", "_selected_action": [journey.pk]})  # fmt: skip
    for model, row in (("journey", journey), ("segment", buyers), ("publishrequest", request)):
        app = "campaigns" if model == "journey" else "segmentation"
        address = reverse(f"admin:{app}_{model}_change", args=[row.pk])
        assert client.post(address, {"status": "live", "state": "approved"}).status_code in (302, 403)
    request.refresh_from_db()
    assert (request.state, Journey.objects.get().status) == ("waiting", "in_review")
    assert Segment.objects.get(slug="buyers").live_version == version


Edit = Callable[[Client], object]


def _flow_by_page(client: Client) -> object:
    fields = fields_of(page(client, at("journey_edit", "hello")))
    return client.post(at("journey_edit", "hello"), {**fields, "goal": ["Refund"], "do": "save"})


def _words_by_page(client: Client) -> object:
    return client.post(
        at("template", "welcome"), {"name": "W", "channel": "email", "subject": "New", "body": "<p>x</p>"}
    )


def _words_by_admin(client: Client) -> object:
    User.objects.filter(username="mara").update(is_staff=True, is_superuser=True)
    address = reverse("admin:campaigns_template_change", args=[Template.objects.get().pk])
    return client.post(address, {"name": "W", "channel": "email", "subject": "New", "body": "<p>x</p>"})


def _flow_by_api(client: Client) -> object:
    return client_with(["write"]).patch("/api/journeys/hello/", {"goal": {"event": "Refund"}}, format="json")


def _rule_by_page(client: Client) -> object:
    segment = save_draft(segment=Segment.objects.get(), rule=WIDE, by=author(), now=NOON)
    client.post("/segments/viewers/publish/", {"revision": segment.draft_revision, "entries": "start"})
    return run(job=Job.objects.filter(kind="rebuild").latest("pk"), now=NOON)


def _rule_by_api(client: Client) -> object:
    api = client_with(["write"])
    api.patch("/api/segments/viewers/", {"rule": WIDE}, format="json")
    return api.post("/api/segments/viewers/publish/", {}, format="json")


@pytest.mark.parametrize("edit", [_flow_by_page, _words_by_page, _words_by_admin, _flow_by_api, _rule_by_page, _rule_by_api])  # fmt: skip
def test_an_edit_after_the_approval_stops_new_entries_until_it_is_approved_again(edit: Edit) -> None:
    viewers()
    journey = running(flow("viewers"))
    for user in ("ada", "ben", "cleo"):
        reachable(user, NOON)
    view("ada", NOON)
    go(NOON)
    assert Enrolment.objects.count() == 1
    edit(signed_in(author()))
    view("ben", NOON + HOUR)
    go(NOON + HOUR)
    journey.refresh_from_db()
    assert journey.status == "in_review" and Enrolment.objects.count() == 1
    approvals.approve(journey=journey, by=person("tom", "approver"), now=NOON + 2 * HOUR)
    view("cleo", NOON + 3 * HOUR)
    go(NOON + 3 * HOUR)
    assert Enrolment.objects.filter(customer__user_id="cleo").exists()


def test_an_approver_reads_the_letters_the_differences_and_the_comments_of_a_journey() -> None:
    viewers()
    journey = running(flow("viewers"))
    reachable("ada", NOON - HOUR)
    view("ada", NOON - HOUR)
    save.save_journey(
        journey=journey, document=flow("viewers", mail=mail("again"), again=mail()), by=author(), now=NOON
    )
    save.save_template(slug="welcome", subject="Dear {{ first_name }}", body="<p>Hello {{ first_name }}</p>", by=author(), now=NOON)  # fmt: skip
    anna = signed_in(approver())
    read = page(anna, at("journey", "hello"))
    assert "What changed in the way" in read and "The step again is new" in read and "Hi {{ first_name }}" in read
    assert '<p class="subject">Dear Ada</p>' in read
    letter = anna.get(at("journey_letter", "hello", "welcome"))
    assert "Hello Ada" in letter.content.decode() and "sandbox" in letter["Content-Security-Policy"]
    assert anna.get(at("journey_letter", "hello", "nothing")).status_code == 404
    signed_in(author()).post(at("journey_comment", "hello"), {"text": "The <i>second</i> one is new"})
    assert "“The &lt;i&gt;second&lt;/i&gt; one is new”" in page(anna, at("journey", "hello"))
    answer = anna.post(at("journey_comment", "hello"), {"text": " "})
    assert "Write 1 to 2,000 characters" in str(*get_messages(answer.wsgi_request))


def test_whoever_wrote_words_that_somebody_edited_after_them_does_not_approve_them() -> None:
    viewers()
    journey = draft(flow("viewers"))
    for one in (approver(), author()):
        save.save_template(slug="welcome", subject=f"From {one.username}", body="<p>Hello</p>", by=one, now=NOON)
    approvals.submit(journey=journey, by=author(), now=NOON)
    with pytest.raises(FourEyesError):
        approvals.approve(journey=journey, by=approver(), now=NOON)
    approvals.approve(journey=journey, by=person("tom", "approver"), now=NOON)
    edited = flow("viewers", mail=mail("again"), again=mail())
    save.save_journey(journey=journey, document=edited, by=author(), now=NOON + HOUR)
    assert approvals.approve(journey=journey, by=approver(), now=NOON + HOUR).number == 2
