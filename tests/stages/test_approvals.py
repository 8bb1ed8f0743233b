"""Four eyes for rules: what an approval is bound to, who may give it, and that there is no way round it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from customers.keys import create_api_key
from customers.models import ApiKey
from customers.permissions import permission
from customers.roles import Right, may
from segmentation import approvals
from segmentation.drafts import publish_draft
from segmentation.errors import ForbiddenError, SegmentError
from segmentation.jobs import cancel
from segmentation.lifecycle import archive, pause, resume
from segmentation.models import PublishRequest, Segment
from segmentation.publish import publish
from segmentation.save import create, save_draft
from segmentation.take_back import take_back
from segmentation.thresholds import refresh_for
from segmentation.work import run
from tests.stages.campaign import approver, author, buyers_with_draft, person
from tests.stages.shop import HOUR, NOON, did, rule, who

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_changes")]
WIDE, NARROW = rule(did("Product Viewed")), rule(did("Order Completed"))


@pytest.fixture(autouse=True)
def four_eyes(settings: Any) -> None:
    settings.SEGMENT_APPROVAL = "live"


@pytest.fixture
def buyers() -> Segment:
    """A live segment, with a draft that its author changed."""
    return buyers_with_draft()


def refused(verb: Any, **given: Any) -> str:
    with pytest.raises(SegmentError) as error:
        verb(**given, now=NOON)
    return error.value.code


def test_a_live_rule_changes_only_by_the_approval_of_somebody_who_wrote_none_of_it(buyers: Segment) -> None:
    assert refused(publish, segment=buyers, by=author()) == "four_eyes"
    assert refused(publish, segment=buyers, by=approver()) == "four_eyes"
    assert refused(publish, segment=buyers, by=None) == "four_eyes"
    revision = buyers.draft_revision
    assert refused(publish_draft, segment=buyers, revision=revision, by=approver()) == "four_eyes"
    request = approvals.submit(segment=buyers, by=author(), note="Lookers too", silent=True, now=NOON)
    assert who("buyers") == {"ada"}
    run(job=approvals.approve(request=request, by=approver(), reason="Fine", now=NOON + HOUR), now=NOON + HOUR)
    assert who("buyers") == {"ada", "ben"}
    buyers.refresh_from_db()
    version = buyers.live_version
    assert version and version.published_by == approver() and version.silent and version.rule == WIDE
    assert version.note == "Lookers too (asked for by mara, approved by anna)"
    request.refresh_from_db()
    assert (request.state, request.decided_by, request.version) == ("approved", approver(), version)
    assert refused(approvals.approve, request=request, by=approver()) == "wrong_status"


def test_whoever_wrote_at_the_draft_or_asked_cannot_approve_whatever_their_role(buyers: Segment) -> None:
    save_draft(segment=buyers, rule=rule(did("Product Viewed", 2)), by=approver(), now=NOON)
    third = person("tom", "approver")
    request = approvals.submit(segment=buyers, by=third, now=NOON)
    User.objects.filter(pk=author().pk).update(is_superuser=True)
    for one in (author(), approver(), third):
        with pytest.raises(ForbiddenError) as error:
            approvals.approve(request=request, by=User.objects.get(pk=one.pk), now=NOON)
        assert error.value.code == "four_eyes" and "somebody else has to approve it" in error.value.message
    assert refused(approvals.approve, request=request, by=person("lena", "analyst")) == "forbidden"
    assert refused(approvals.approve, request=request, by=person("rob", "marketer")) == "forbidden"
    approvals.approve(request=request, by=person("eve", "approver"), now=NOON)
    # Who wrote the rule that is live now may approve what others write from here on.
    edited = save_draft(segment=buyers, rule=NARROW, by=third, now=NOON)
    assert permission(to="approve", object=approvals.submit(segment=edited, by=third, now=NOON), by=approver())


def test_an_edit_withdraws_what_was_asked_and_the_same_rule_again_does_not(buyers: Segment) -> None:
    request = approvals.submit(segment=buyers, by=author(), now=NOON)
    assert approvals.submit(segment=buyers, by=author(), now=NOON).pk == request.pk
    save_draft(segment=buyers, rule=WIDE, by=author(), now=NOON)
    request.refresh_from_db()
    assert request.state == "waiting"
    save_draft(segment=buyers, rule=NARROW, by=person("rob", "marketer"), now=NOON)
    request.refresh_from_db()
    assert (request.state, request.reason, request.decided_by) == ("withdrawn", "The draft was edited.", person("rob"))
    assert refused(approvals.approve, request=request, by=approver()) == "wrong_status"
    assert refused(approvals.submit, segment=buyers, by=author()) == "unchanged"


def test_a_draft_that_changed_behind_the_request_is_not_published(buyers: Segment) -> None:
    request = approvals.submit(segment=buyers, by=author(), now=NOON)
    assert refused(approvals.approve, request=request, by=approver(), seen="0" * 64) == "edited"
    Segment.objects.filter(pk=buyers.pk).update(rule=rule(did("Product Viewed", 5)))
    assert refused(approvals.approve, request=request, by=approver()) == "stale"
    request.refresh_from_db()
    assert request.state == "withdrawn" and who("buyers") == {"ada"}


def test_it_is_sent_back_with_a_reason_and_spoken_about(buyers: Segment) -> None:
    request = approvals.submit(segment=buyers, by=author(), now=NOON)
    approvals.comment(request=request, by=author(), text="Until the <b>sale</b> is over\x00", now=NOON)
    assert refused(approvals.comment, request=request, by=person("lena", "analyst"), text="Hm") == "forbidden"
    assert refused(approvals.comment, request=request, by=author(), text=" ") == "invalid"
    assert refused(approvals.reject, request=request, by=approver(), reason=" ") == "reason_missing"
    assert refused(approvals.reject, request=request, by=author(), reason="No") == "forbidden"
    approvals.reject(request=request, by=approver(), reason="Too wide", now=NOON)
    request.refresh_from_db()
    assert (request.state, request.reason) == ("rejected", "Too wide")
    assert request.comments.get().text == "Until the <b>sale</b> is over"
    again = approvals.submit(segment=buyers, by=author(), now=NOON)
    assert again.pk != request.pk and again.state == "waiting"


@pytest.mark.parametrize(("mode", "first", "change"), [("nobody", "", ""), ("live", "", "four_eyes"), ("all", "four_eyes", "four_eyes")])  # fmt: skip
def test_the_setting_says_what_takes_four_eyes(settings: Any, mode: str, first: str, change: str) -> None:
    settings.SEGMENT_APPROVAL = mode

    def tried(segment: Segment) -> str:
        try:
            publish(segment=segment, by=author(), now=NOON)
        except ForbiddenError as error:
            return error.code
        return ""

    made = create(name="New", rule=NARROW, by=author(), now=NOON)
    assert tried(made) == first
    if first:
        approvals.approve(request=approvals.submit(segment=made, by=author(), now=NOON), by=approver(), now=NOON)
    assert tried(made) == "" and Segment.objects.get().status == "live"
    assert tried(save_draft(segment=made, rule=WIDE, by=author(), now=NOON)) == change
    # To stand still and to go on with the rule that is live takes nobody else.
    pause(segment=made, by=author(), now=NOON)
    resume(segment=made, by=author(), now=NOON)


def test_what_waits_goes_when_it_is_overtaken(buyers: Segment, settings: Any) -> None:
    request = approvals.submit(segment=buyers, by=author(), now=NOON)
    settings.SEGMENT_APPROVAL = "nobody"
    publish(segment=buyers, by=author(), now=NOON)
    request.refresh_from_db()
    assert request.state == "withdrawn"
    save_draft(segment=buyers, rule=NARROW, by=author(), now=NOON)
    second = approvals.submit(segment=buyers, by=author(), now=NOON)
    archive(segment=buyers, by=author(), now=NOON)
    second.refresh_from_db()
    assert (second.state, second.reason) == ("withdrawn", "The segment was archived.")
    assert not PublishRequest.objects.filter(state="waiting").exists()


def test_who_wrote_a_rule_stays_its_author_when_its_publish_is_cancelled_or_another_saves_it(buyers: Segment) -> None:
    rob, eve = person("rob", "approver"), person("eve", "approver")
    request = approvals.submit(segment=buyers, by=author(), now=NOON)
    job = approvals.approve(request=request, by=approver(), now=NOON)
    cancel(job=job)
    job.refresh_from_db()
    take_back(job=job, now=NOON)
    buyers.refresh_from_db()
    version = buyers.live_version
    assert version and (version.rule, buyers.rule) == (NARROW, WIDE)
    save_draft(segment=buyers, rule=WIDE, by=eve, now=NOON)
    save_draft(segment=buyers, rule=rule(did("Product Viewed", 2)), by=rob, now=NOON)
    again = approvals.submit(segment=buyers, by=rob, now=NOON)
    answers = {one.username: bool(permission(to="approve", object=again, by=one)) for one in (person("mara", "approver"), rob, eve)}  # fmt: skip
    assert answers == {"mara": False, "rob": False, "eve": True}


@pytest.mark.django_db(transaction=True)
def test_nobody_is_kept_waiting_while_the_thresholds_of_a_rule_are_computed(
    buyers: Segment, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = []

    def computed(*, rules: Any, now: Any) -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
            held.append(cursor.fetchone()[0])
        return refresh_for(rules=rules, now=now)

    monkeypatch.setattr("segmentation.publish.refresh_for", computed)
    request = approvals.submit(segment=buyers, by=author(), now=NOON)
    approvals.approve(request=request, by=approver(), now=NOON)
    settings.SEGMENT_APPROVAL = "nobody"
    edited = save_draft(segment=buyers, rule=NARROW, by=author(), now=NOON)
    publish_draft(segment=edited, revision=edited.draft_revision, by=author(), now=NOON)
    again = save_draft(segment=buyers, rule=WIDE, by=author(), now=NOON)
    publish(segment=again, by=author(), now=NOON)
    assert held == [0, 0, 0]


def test_an_api_key_is_held_to_the_rules_by_its_scopes_and_is_an_author_too(buyers: Segment) -> None:
    accounts = {}
    for name, scope in (("Writer", "write"), ("Other", "write"), ("Reader", "read")):
        create_api_key(name=name, scopes=[scope], now=NOON)
        accounts[name] = ApiKey.objects.get(name=name).user
    assert may(accounts["Writer"], Right.APPROVE) and not may(accounts["Reader"], Right.EDIT)
    save_draft(segment=buyers, rule=rule(did("Product Viewed", 3)), by=accounts["Writer"], now=NOON)
    request = approvals.submit(segment=buyers, by=author(), now=NOON)
    assert refused(approvals.approve, request=request, by=accounts["Writer"]) == "four_eyes"
    assert refused(approvals.approve, request=request, by=accounts["Reader"]) == "forbidden"
    approvals.approve(request=request, by=accounts["Other"], now=NOON)
