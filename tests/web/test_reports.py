"""The pages of the reports."""

from __future__ import annotations

import pytest
from django.urls import reverse

from segmentation.governance import put_group
from segmentation.models import MembershipChange, Segment
from tests.stages.shop import HOUR, NOON, did, live, rule, track
from tests.web.people import PART, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

OVERLAP, STABILITY = reverse("segmentation:overlap"), reverse("segmentation:stability")


@pytest.fixture
def pair() -> tuple[Segment, Segment]:
    for who, names in (("ada", ["A", "B"]), ("ben", ["A"])):
        for name in names:
            track(who, name, NOON - 2 * HOUR)
    return live("first", rule(did("A")), NOON - HOUR), live("second", rule(did("B")), NOON - HOUR)


def test_the_overlap_page_shows_pairs_intersections_and_the_heat_map(pair: tuple[Segment, Segment]) -> None:
    client = signed_in("analyst")
    text = client.get(OVERLAP).content.decode()
    both = reverse("segmentation:overlap-pair", args=["first", "second"])
    assert "share the most: 1 customer<" in text and both in text
    assert 'class="h5"' in text and 'class="h9"' in text
    part = client.get(OVERLAP, {"state": "active"}, headers=PART).content.decode()
    assert "<html" not in part and both in part
    assert "1 customer in both" in client.get(both).content.decode()


def test_overlap_pairs_stand_before_and_after_governance_and_are_a_file(pair: tuple[Segment, Segment]) -> None:
    client = signed_in("analyst")
    put_group(name="One voice", segments=["first", "second"], by=None, now=NOON)
    text = client.get(OVERLAP, {"by": "jaccard"}).content.decode()
    assert "Jaccard 0.500" in text and '<td class="n">1</td><td class="n">0</td><td class="n wide">1</td>' in text
    file = b"".join(client.get(reverse("segmentation:overlap-csv")).streaming_content).decode().splitlines()
    assert (
        file[0].startswith("a,b,in both,")
        and file[1] == "first,second,1,0.500000,1.000000,0.500000,0,0.000000,0.000000,0.000000"
    )
    Segment.objects.filter(slug="second").update(status="paused")
    assert "share the most" not in client.get(OVERLAP).content.decode()
    assert "share the most: 1 customer<" in client.get(OVERLAP, {"status": "both"}).content.decode()


def test_a_click_on_an_intersection_shows_who_is_in_exactly_these(pair: tuple[Segment, Segment]) -> None:
    client, exactly = signed_in("analyst"), reverse("segmentation:overlap-exactly")
    assert f"{exactly}?is=first&amp;is=second&amp;" in client.get(OVERLAP).content.decode()
    both = client.get(exactly, {"is": ["first", "second"]}).content.decode()
    assert "1 customer is in exactly these 2 segments" in both and "none of the 0 others" in both
    alone = client.get(exactly, {"is": "first"}).content.decode()
    assert "1 customer is in exactly this segment and in none of the 1 other looked at" in alone
    put_group(name="One voice", segments=["first", "second"], by=None, now=NOON)
    active = client.get(exactly, {"is": "first", "state": "active"}).content.decode()
    assert "2 customers are active in exactly this segment" in active
    assert client.get(exactly, {"is": "nobody"}).status_code == 404 == client.get(exactly).status_code
    assert client.get(exactly, {"is": "first\0"}).status_code == 404


def test_without_two_live_segments_the_page_says_what_makes_an_overlap() -> None:
    assert "Two segments make an overlap" in signed_in("analyst").get(OVERLAP).content.decode()


def test_a_restless_segment_gets_advice_that_a_click_takes(pair: tuple[Segment, Segment]) -> None:
    segment, ada = pair[0], pair[0].memberships.earliest("customer_id").customer_id
    MembershipChange.objects.all().delete()
    for hours in (80, 60, 40):
        for kind, ago in (("entered", hours), ("exited", hours - 19)):
            MembershipChange.objects.create(
                segment=segment,
                customer_id=ada,
                kind=kind,
                state="active",
                at=NOON - ago * HOUR,
                version=1,
                cause_kind="clock",
            )
    page = reverse("segmentation:stability-of", args=["first"])
    analyst, marketer = signed_in("analyst"), signed_in("marketer")
    assert page in analyst.get(STABILITY, {"days": 7}).content.decode()
    text = analyst.get(page).content.decode()
    assert "exit grace of <b>1\xa0h</b>" in text and "Set the exit grace" not in text
    take = reverse("segmentation:take-advice", args=["first"])
    assert analyst.post(take).status_code == 403
    assert marketer.post(take).status_code == 302
    segment.refresh_from_db()
    assert segment.exit_grace == {"amount": 1, "unit": "hours"}


def test_the_days_of_a_stretch_are_those_asked_for(pair: tuple[Segment, Segment]) -> None:
    text = signed_in("analyst").get(STABILITY, {"days": "nonsense"}).content.decode()
    assert 'aria-current="true">30 days' in text


def test_the_migration_page_draws_the_moves_of_the_chosen_family(pair: tuple[Segment, Segment]) -> None:
    page, client = reverse("segmentation:migration"), signed_in("analyst")
    text = client.get(page, {"segments": ["first", "second"]}).content.decode()
    assert '"name": "First"' in text and '"count": 2' in text and "From where to where" in text
    assert "A family has two segments or more" in client.get(page, {"segments": "first"}).content.decode()
    assert client.get(page, {"from": "0000-99-99", "to": "x"}).status_code == 200


def test_the_coverage_page_says_who_is_nobodys(pair: tuple[Segment, Segment]) -> None:
    track("dora", "C", NOON - HOUR)
    text = signed_in("analyst").get(reverse("segmentation:coverage")).content.decode()
    assert "2 of 3 customers" in text and "some are left to nobody" in text
