"""The admin of campaigns: operators read everything, and the four eyes hold there too."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from campaigns import approvals
from campaigns.models import Journey, Template
from segmentation import approvals as rules
from segmentation.models import Segment
from segmentation.save import save_draft
from tests.stages.campaign import approver, author, draft, flow, running, viewers
from tests.stages.shop import NOON, did, rule

pytestmark = pytest.mark.django_db


def operator(user: User) -> Client:
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def test_an_operator_approves_in_the_admin_only_what_somebody_else_wrote() -> None:
    viewers()
    journey = draft(flow("viewers"))
    approvals.submit(journey=journey, by=author(), now=NOON)
    order = {"action": "approve_selected", "_selected_action": [journey.pk]}
    address = reverse("admin:campaigns_journey_changelist")
    answer = operator(author()).post(address, order, follow=True)
    assert "somebody else has to approve it" in answer.content.decode()
    assert Journey.objects.get().status == "in_review"
    operator(approver()).post(address, order, follow=True)
    assert Journey.objects.get().status == "live"


def test_a_journey_cannot_be_rewritten_there_and_rewritten_words_go_back_to_review() -> None:
    viewers()
    journey = running(flow("viewers"))
    client = operator(approver())
    page = reverse("admin:campaigns_journey_change", args=[journey.pk])
    assert client.get(page).status_code == 200
    assert client.post(page, {"status": "live", "document": "{}"}).status_code == 403
    words = Template.objects.get()
    address = reverse("admin:campaigns_template_change", args=[words.pk])
    answer = client.post(address, {"name": "W", "channel": "email", "subject": "{% if %}", "body": "<p>x</p>"})
    assert "subject, line 1" in answer.content.decode()
    assert (
        client.post(address, {"name": "W", "channel": "email", "subject": "New", "body": "<p>x</p>"}).status_code == 302
    )
    journey.refresh_from_db()
    assert journey.status == "in_review" and Template.objects.get().edited_by == approver()


@pytest.mark.parametrize(
    "model",
    ["journey", "template", "enrolment", "message", "journeydecision", "journeyversion", "response", "outcome", "trackedlink", "cursor"],
)  # fmt: skip
def test_every_table_has_its_list(model: str) -> None:
    viewers()
    running(flow("viewers"))
    client = operator(approver())
    assert client.get(reverse(f"admin:campaigns_{model}_changelist")).status_code == 200


def test_a_rule_is_approved_there_only_by_somebody_who_wrote_none_of_it(settings: Any) -> None:
    settings.SEGMENT_APPROVAL = "live"
    viewers()
    segment = save_draft(segment=Segment.objects.get(), rule=rule(did("Order Completed")), by=author(), now=NOON)
    request = rules.submit(segment=segment, by=author(), now=NOON)
    order = {"action": "approve_selected", "_selected_action": [request.pk]}
    address = reverse("admin:segmentation_publishrequest_changelist")
    answer = operator(author()).post(address, order, follow=True)
    assert "somebody else has to approve it" in answer.content.decode()
    page = reverse("admin:segmentation_segment_change", args=[segment.pk])
    assert operator(author()).post(page, {"rule": "{}", "status": "live"}).status_code == 403
    assert Segment.objects.get().live_version == segment.live_version
    assert "published" in operator(approver()).post(address, order, follow=True).content.decode()
    request.refresh_from_db()
    assert (request.state, request.decided_by) == ("approved", approver())
