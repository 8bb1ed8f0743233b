"""What waits for somebody is counted beside its place in the rail; keys are shown as words."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from campaigns.models import Journey
from segmentation.models import AuditRun, Segment
from tests.stages.campaign import draft, flow, mail, template, viewers
from tests.stages.shop import NOON
from tests.web.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def places(client: Client) -> dict[str, str]:
    """Each place of the rail as it is read aloud."""
    rail = re.search(r'<nav class="rail".*?</nav>', client.get("/sources/").content.decode(), re.DOTALL)
    assert rail
    lines = re.findall(r'<li><a href="([^"]+)"[^>]*>(.*?)</a>', rail[0])
    return {address: re.sub(r"<[^>]+>", "", inner) for address, inner in lines}


def test_what_waits_is_counted_beside_its_place() -> None:
    viewers()
    client = signed_in("approver")
    assert places(client)["/approvals/"] == "Approvals" and places(client)["/engine/"] == "Engine"
    template(name="A warm welcome")
    draft(flow("viewers"))
    Journey.objects.update(status="in_review")
    viewed = Segment.objects.get(slug="viewers")
    AuditRun.objects.create(segment=viewed, at=NOON, checked=10, wrong=2)
    counted = places(client)
    assert counted["/approvals/"] == "Approvals 1 waiting for approval" and counted["/journeys/"] == "Journeys"
    assert counted["/engine/"] == "Engine 1 audits with a false membership" and counted["/segments/"] == "Segments"
    Segment.objects.filter(pk=viewed.pk).update(error="The trait is gone.")
    assert places(client)["/segments/"] == "Segments 1 stopped"


def test_a_flow_names_its_letters_and_a_card_its_incentive_and_goal_in_words() -> None:
    viewers()
    template(name="A warm welcome")
    draft(flow("viewers", first="mail", mail=mail()))
    client = signed_in()
    assert "<b>A warm welcome</b>" in client.get("/journeys/hello/").content.decode()
    Segment.objects.update(incentive="early_access", kpi="repeat_rate", kpi_target=0.2)
    card = client.get("/segments/viewers/").content.decode()
    assert "<dd>Early access</dd>" in card and "Repeat rate, target 20.0\xa0%" in card
    Segment.objects.update(kpi="revenue", kpi_target=2500)
    assert "Revenue, target 2,500" in client.get("/segments/viewers/").content.decode()
