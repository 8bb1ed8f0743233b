"""The conflicts page: pairs that disagree, each remedy tried before it is done; the merge of two segments."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from segmentation.models import Exclusion, ExclusionGroup, Membership, Segment
from tests.stages.shop import HOUR, NOON, did, live, rule, track
from tests.web.people import PART, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

CONFLICTS = reverse("campaigns:conflicts")
PAIR = reverse("campaigns:conflict", args=["vip", "bargains"])


@pytest.fixture
def shop() -> None:
    for who, names in (("ada", "AB"), ("ben", "AB"), ("cleo", "A"), ("dora", "BC")):
        for name in names:
            track(who, name, NOON - 2 * HOUR)
    live("vip", rule(did("A")), NOON - HOUR, incentive="early_access", folder="Value", channels=["email"])
    live("bargains", rule(did("B")), NOON - HOUR, incentive="discount", channels=["email", "sms"])
    live("others", rule(did("C")), NOON - HOUR, incentive="discount")


def text(client: Client, address: str, data: dict[str, Any] | None = None, **how: Any) -> str:
    answer = client.get(address, data or {}, **how)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_loads_its_report_and_ranks_what_is_open(shop: None) -> None:
    client = signed_in("marketer")
    frame = text(client, CONFLICTS)
    assert "Counting whom each pair touches" in frame and f'hx-get="{CONFLICTS}"' in frame and "?now=1" in frame
    part = text(client, CONFLICTS, headers=PART)
    assert "<html" not in part and "1 conflict<" in part and PAIR in part
    assert "“Vip” offers early access, “Bargains” discount." in part and "as of" in part
    assert 'href="/reports/overlap/vip/bargains/">2</a>' in part
    for query in ({"folder": "Value"}, {"channel": "sms"}, {"by": "messages", "now": "1"}):
        assert "1 conflict<" in text(client, CONFLICTS, {"now": "1", **query})
    assert "No open conflict" in text(client, CONFLICTS, {"folder": "None such"}, headers=PART)
    assert "remedy=" not in text(signed_in("analyst"), CONFLICTS, headers=PART)


def test_a_remedy_is_tried_first_and_then_settles_the_conflict(shop: None) -> None:
    client = signed_in("marketer")
    tried = text(client, PAIR, {"remedy": "exclude"})
    assert "<b>2</b> memberships" in tried and "Apply" in tried and not Exclusion.objects.exists()
    assert Membership.objects.filter(state="suppressed").count() == 0
    assert client.post(PAIR, {"remedy": "exclude"}).status_code == 302
    assert Membership.objects.filter(state="suppressed", segment__slug="bargains").count() == 2
    settled = text(client, CONFLICTS, headers=PART)
    assert "No open conflict" in settled and "“Vip” excludes “Bargains”." in settled
    page = text(client, PAIR)
    assert "End the exclusion" in page and "remedy=group" not in page
    assert client.post(PAIR, {"remedy": "end-exclusion"}).status_code == 302
    assert "1 conflict<" in text(client, CONFLICTS, headers=PART)


def test_a_group_is_joined_and_ranks_then_decide_who_speaks(shop: None) -> None:
    client = signed_in("marketer")
    assert "Rank “" not in text(client, PAIR)
    assert client.post(PAIR, {"remedy": "group"}).status_code == 302
    assert ExclusionGroup.objects.get().name == "Vip or Bargains"
    assert client.post(PAIR, {"remedy": "raise"}).status_code == 302
    assert list(Segment.objects.order_by("rank").values_list("slug", flat=True)) == ["bargains", "vip", "others"]
    assert Membership.objects.filter(state="suppressed", segment__slug="vip").count() == 2
    refused = client.post(PAIR, {"remedy": "group"})
    assert refused.status_code == 422 and "would change nothing" in refused.content.decode()
    joined = reverse("campaigns:conflict", args=["others", "bargains"])
    assert client.post(joined, {"remedy": "join:Vip or Bargains"}).status_code == 302
    assert ExclusionGroup.objects.get().segments.count() == 3


def test_an_analyst_looks_and_settles_nothing(shop: None) -> None:
    client = signed_in("analyst")
    page = text(client, PAIR, {"remedy": "exclude"})
    assert "Put both in an exclusion group" in page and "Apply" not in page and "Preview" not in page
    assert client.post(PAIR, {"remedy": "exclude"}).status_code == 403
    assert client.get(reverse("campaigns:conflict", args=["vip", "nobody"])).status_code == 404
    assert client.post(reverse("segmentation:merge", args=["vip"]), {"with": "bargains"}).status_code == 403


def test_a_merge_is_shown_made_and_said_on_the_draft(shop: None) -> None:
    client = signed_in("marketer")
    address = reverse("segmentation:merge", args=["vip"])
    assert "Choose a segment" in text(client, address)
    shown = text(client, address, {"with": "bargains"})
    assert "4 customers are in any of them now" in shown and "Vip or Bargains" in shown
    assert client.post(address, {"with": "vip"}).status_code == 409
    made = client.post(address, {"with": "bargains", "name": "Both"})
    draft = Segment.objects.get(name="Both")
    assert made["Location"] == reverse("segmentation:overview", args=[draft.slug])
    page = text(client, made["Location"])
    assert "Merged from" in page and "until this draft is published" in page and "Archive Vip" not in page
    Segment.objects.filter(pk=draft.pk).update(status="live")
    assert "Archive Vip" in text(client, made["Location"])
