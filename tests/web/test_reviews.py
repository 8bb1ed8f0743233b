"""The pages of reviews: the queue, the evidence in parts, the decision, and the split."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Message, Outcome
from common import clock
from segmentation.models import Review, Segment
from segmentation.publish import publish
from tests.stages.campaign import flow, running, with_card
from tests.stages.shop import (
    DAY,
    HOUR,
    NOON,
    attribute,
    did,
    edit,
    identify,
    in_segment,
    live,
    rule,
    track,
    who,
)
from tests.web.people import PART, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

VIP = "/governance/reviews/vip/"
GOLD = json.dumps(attribute("tier", "gold"))


@pytest.fixture(autouse=True)
def shop(noon: None) -> None:
    """VIP holds Ada (gold) and Ben, both of whom look, too; its review is overdue."""
    for name, tier in (("ada", "gold"), ("ben", "tin")):
        identify(name, NOON - 40 * DAY, tier=tier)
        track(name, "Order Completed", NOON - 40 * DAY, order_id=name, revenue=50)
        track(name, "Product Viewed", NOON - HOUR)
    live("vip", rule(did("Order Completed")), NOON - 35 * DAY)
    live("lookers", rule(did("Product Viewed")), NOON)
    with_card("vip")
    Segment.objects.filter(slug="vip").update(review_on=NOON.date() - 3 * DAY, kpi="repeat_rate", folder="Best")


def text_of(client: Client, address: str, **how: Any) -> str:
    answer = client.get(address, **how)
    assert answer.status_code == 200, answer.status_code
    return " ".join(answer.content.decode().split())


def token_in(text: str) -> str:
    return re.findall(r'name="seen" value="([^"]+)"', text)[-1]


def decide(client: Client, **values: Any) -> Any:
    return client.post(VIP, {"decision": "keep", "reason": "It sells", "known": 0, **values})


def test_the_queue_stands_in_groups_with_sizes_and_what_was_decided_last() -> None:
    client = signed_in()
    text = text_of(client, "/governance/reviews/")
    assert text.index("Overdue") < text.index(VIP) < text.index("Without a review date") < text.index("/lookers/")
    assert "never reviewed" in text and "28 Apr 2026" in text
    decide(client)
    text = text_of(client, "/governance/reviews/?owner=mara", headers=PART)
    assert "Later" in text and "mara" in text and "It sells" in text and "/lookers/" not in text
    assert "/lookers/" in text_of(client, "/governance/reviews/?owner=nobody")
    assert "No segment fits" in text_of(client, "/governance/reviews/?folder=Nowhere")
    row = text_of(client, f"{VIP}row/", headers=PART)
    assert "0.0 %" in row and "target 10.0 %" in row and "not met" in row


def test_the_evidence_is_on_one_page_and_its_costly_parts_come_by_themselves() -> None:
    edit(Segment.objects.get(slug="vip"), rule(did("Order Completed")), NOON - 2 * DAY)
    live("reader", rule(in_segment("vip")))
    text = text_of(signed_in("analyst"), VIP)
    assert "Order Completed at least once" in text and "Reader" in text and "This is its first review" in text
    assert 'name="reason"' not in text and "whoever may edit segments decides" in text
    for part in ("kpi", "movement", "said", "findings", "overlaps"):
        assert f'hx-get="{VIP}{part}/' in text and f'href="{VIP}{part}/"' in text
    overlaps = text_of(signed_in(), f"{VIP}overlaps/?with=", headers=PART)
    assert "Lookers" in overlaps and "100.0 %" in overlaps and "Lookers: 100 % of this one are in it" in overlaps
    movement = text_of(signed_in(), f"{VIP}movement/")
    assert "<dt>Entered</dt><dd>2</dd>" in movement and 'name="seen"' not in movement
    lookers = "/governance/reviews/lookers/findings/"
    found, read = (text_of(signed_in(role), lookers, headers=PART) for role in ("marketer", "analyst"))
    assert "review" in found.lower() and "/settings/" in found and "finding" in read and "/settings/" not in read
    assert signed_in().get(f"{VIP}nothing/").status_code == 404


def test_what_was_sent_in_its_name_counts_by_the_segment_that_started_the_journey() -> None:
    journey, other = running(flow("vip")), running(flow("lookers"), "other")
    for number, (state, reason) in enumerate(
        [("sent", ""), ("delivered", ""), ("withheld", "no consent"), ("planned", "")]
    ):
        for one in (journey, other):
            customer = Segment.objects.get(slug="vip").memberships.order_by("customer_id")[number % 2].customer_id
            row = Message.objects.create(journey=one, customer_id=customer, node="mail", channel="email", state=state, reason=reason,
                                         token=f"{one.pk}-{number}", planned_at=NOON - DAY, due_at=NOON - DAY, sent_at=NOON - DAY)  # fmt: skip
            if state == "sent" and one == journey:
                Outcome.objects.create(
                    message=row, opened_at=NOON, converted_at=NOON, revenue="12.50", measured_at=NOON
                )
    Message.objects.filter(state="planned").update(planned_at=NOON - 200 * DAY)
    said = text_of(signed_in(), f"{VIP}said/")
    for name, shown in (
        ("Messages sent", "2"),
        ("To customers", "2"),
        ("Revenue after messages", "12.50"),
        ("no consent", "1"),
    ):
        assert re.search(rf"<dt[^>]*>{name}</dt><dd>{shown}", said), (name, said)
    assert 'Opened</dt><dd>1 <span class="faint">50.0' in said


def test_a_decision_keeps_what_had_arrived_of_the_evidence() -> None:
    client = signed_in()
    page, part = token_in(text_of(client, VIP)), token_in(text_of(client, f"{VIP}kpi/", headers=PART))
    lookers = token_in(text_of(client, "/governance/reviews/lookers/kpi/", headers=PART))
    answer = decide(client, seen=[page, part, lookers, "forged"], next_review_on="2026-06-30")
    assert answer["Location"] == "/governance/reviews/"
    kept = Review.objects.get()
    assert (kept.by.username, kept.reason, str(kept.next_review_on)) == ("marketer", "It sells", "2026-06-30")
    assert kept.evidence["size"] == {"active": 2, "suppressed": 0} and kept.evidence["kpi"]["name"] == "Repeat rate"
    assert set(kept.evidence) == {"since", "as_of", "size", "kpi"}
    with clock.frozen(NOON + 30 * DAY):
        text = text_of(client, VIP)
    assert "told since the last review" in text and "“It sells”" in text and "size 2" in text


def test_a_decision_without_a_reason_or_beside_somebody_elses_is_refused_beside_what_was_typed() -> None:
    client = signed_in()
    assert decide(signed_in("analyst")).status_code == 403
    refused = decide(client, reason="")
    assert refused.status_code == 422 and "This field is required" in refused.content.decode()
    refused = decide(client, decision="merge")
    assert refused.status_code == 422 and "Name the segment to merge it with" in refused.content.decode()
    decide(signed_in("approver"), reason="Mine")
    refused = decide(client, decision="retire", reason="Too few")
    assert refused.status_code == 422
    assert "approver decided meanwhile: keep, “Mine”" in refused.content.decode() and ">Too few<" in "".join(
        refused.content.decode().split("\n")
    ).replace("\r", "")
    live("reader", rule(in_segment("vip")))
    known = Review.objects.get().pk
    assert "in use by segment “Reader”" in decide(client, decision="retire", known=known).content.decode()


def test_change_leads_to_the_rule_and_says_so_until_it_is_published() -> None:
    client = signed_in()
    assert decide(client, decision="change", reason="Two orders, please")["Location"] == "/segments/vip/rule/"
    for address in ("/segments/vip/rule/", "/segments/vip/", VIP, "/governance/reviews/"):
        assert "to be changed" in text_of(client, address), address
    edit(Segment.objects.get(slug="vip"), rule(did("Order Completed", 2)), NOON + HOUR)
    with clock.frozen(NOON + DAY):
        assert "to be changed" not in text_of(client, "/segments/vip/") and "Change, " in text_of(
            client, "/segments/vip/"
        )
    merged = decide(
        client, decision="merge", merged_with="lookers", reason="The same people", known=Review.objects.get().pk
    )
    draft = Review.objects.latest("pk").follow_ups.get()
    assert merged["Location"] == f"/segments/{draft.slug}/rule/" and draft.status == "draft"


def test_a_typed_condition_shows_both_sides_before_it_splits() -> None:
    client = signed_in()
    page = text_of(client, f"{VIP}split/?q=tier+gold", headers=PART)
    assert "tier is gold" in page and "condition=" in page
    page = text_of(client, f"{VIP}split/?condition={GOLD}")
    assert f"{VIP}split/halves/?condition=" in page and "Tier is gold" in page
    sides = text_of(client, f"{VIP}split/halves/?condition={GOLD}", headers=PART)
    assert sides.count('<p class="num">1</p>') == 2 and "50.0" in sides and "One side is empty" not in sides
    nobody = json.dumps(attribute("tier", "paper"))
    assert "One side is empty" in text_of(client, f"{VIP}split/halves/?condition={nobody}", headers=PART)
    assert "no condition that clearly divides" in text_of(client, f"{VIP}split/division/", headers=PART)
    answer = client.post(f"{VIP}split/", {"condition": GOLD, "reason": "Gold ones answer", "known": 0})
    assert answer["Location"] == VIP and who("vip") == {"ada", "ben"}
    assert [one.name for one in Review.objects.get().follow_ups.order_by("pk")] == ["Vip: tier is gold", "Vip: others"]
    first, second = Review.objects.get().follow_ups.order_by("pk")
    publish(segment=first, by=None, now=NOON)
    page = text_of(client, f"/segments/{first.slug}/")
    assert "Split from" in page and "is a draft still: publish it too" in page and "Archive Vip" not in page
    publish(segment=second, by=None, now=NOON)
    assert "Archive Vip" in text_of(client, f"/segments/{first.slug}/")
    again = client.post(f"{VIP}split/", {"condition": GOLD, "reason": "Another", "known": 0})
    assert again.status_code == 422 and "decided meanwhile" in again.content.decode()


@pytest.mark.parametrize(
    "condition",
    ["", "{", "[]", '{"type": "attribute", "key": "tier", "operator": "near"}', '"x"', "[" * 15_000],
    ids=["nothing", "no JSON", "a list", "no operator", "a text", "too deep"],
)
def test_a_condition_that_is_none_splits_nothing(condition: str) -> None:
    client = signed_in()
    assert client.get(f"{VIP}split/", {"condition": condition}).status_code == 200
    assert client.get(f"{VIP}split/halves/", {"condition": condition}).status_code == 200
    answer = client.post(f"{VIP}split/", {"condition": condition, "reason": "Why not", "known": 0})
    assert answer.status_code == 422 and not Review.objects.exists()
    assert signed_in("analyst").post(f"{VIP}split/", {"condition": GOLD, "reason": "x", "known": 0}).status_code == 403
