"""The findings that know what was said to customers: each is triggered, numbered, cleared, and leads to a page that is there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from campaigns.approvals import end
from campaigns.findings import DiscountHabit, NeverActivated, NotMeasured, SameMessage, SameResponse, TwoGroups
from campaigns.findings.answers import alike, whole_months
from campaigns.findings.words import carries_discount
from campaigns.models import Journey, JourneyVersion, Message
from campaigns.queries.rates import Rate
from customers.audit import note
from segmentation.findings.base import FindingKind, Found, Look
from segmentation.models import Exclusion, ExclusionGroup, Job, Segment, SegmentDependency
from tests.stages.campaign import person
from tests.stages.shop import DAY, HOUR, NOON
from tests.stages.spoken import journey, members, people, said, segment
from tests.web.people import signed_in

pytestmark = pytest.mark.django_db


def found(kind: type[FindingKind], *, now: datetime = NOON, only: list[int] | None = None) -> list[Found]:
    """What a kind finds; wherever a finding leads to there is a page."""
    rows = list(kind().found(Look(now=now, only=only)))
    if rows:
        client = signed_in("marketer")
        for row in rows:
            assert client.get(row.fix.address).status_code == 200, row.fix
    return rows


def told(kind: type[FindingKind], *, now: datetime = NOON) -> list[tuple[str | None, float]]:
    return [(row.segment.slug if row.segment else None, row.number) for row in found(kind, now=now)]


def test_a_segment_that_nothing_was_done_with_in_30_days() -> None:
    idle = segment("idle")
    assert told(NeverActivated) == [("idle", 90)]
    assert "segment=idle" in found(NeverActivated)[0].fix.address
    Segment.objects.update(created_at=NOON - 29 * DAY)
    assert told(NeverActivated) == []
    Segment.objects.update(created_at=NOON - 90 * DAY)
    note(actor=None, action="resume", object=idle, now=NOON - 5 * DAY)
    assert told(NeverActivated) == []  # it rested until five days ago


@pytest.mark.parametrize("use", ["journey", "ended lately", "reader", "exclusion", "group", "full stop", "export"])
def test_whatever_a_segment_is_used_for_clears_that(use: str) -> None:
    idle, other = segment("idle"), segment("other", status="paused")
    if use in ("journey", "ended lately"):
        version = journey("hello", on="idle")
        if use == "ended lately":
            end(journey=version.journey, by=person("rita"), now=NOON - 10 * DAY)
            assert told(NeverActivated, now=NOON + 21 * DAY) == [("idle", 111)]
    if use == "reader":
        SegmentDependency.objects.create(segment=other, key="segment:idle")
    if use == "exclusion":
        Exclusion.objects.create(segment=idle, excludes=other, created_at=NOON)
    if use == "group":
        ExclusionGroup.objects.create(name="Offers", created_at=NOON).segments.add(idle, other)
    if use == "full stop":
        Segment.objects.filter(pk=idle.pk).update(blocks_all_below=True)
    if use == "export":
        Job.objects.create(kind="export", segment=idle, state="done", created_at=NOON - 3 * DAY)
    assert told(NeverActivated) == []


def test_two_segments_that_are_told_the_same() -> None:
    one, other, third = segment("one"), segment("other"), segment("third")
    journey("first", on="one", words="Come back, {{ first_name }}")
    second = journey("second", on="other", words="come <b>back</b>,\n {{ first_name }}")
    journey("else", on="third", words="Stay away")
    crowd = people(5)
    members(one, crowd)
    members(other, crowd[:2])
    members(other, crowd[2:4], state="suppressed")
    (row,) = found(SameMessage)
    assert (row.segment, row.other, row.number) == (one, other, 2)
    assert row.says == "“One” and “Other” are told the same (“Welcome”); 2 customers are in both."
    assert len(found(SameMessage, only=[other.pk])) == 1 and not found(SameMessage, only=[third.pk])
    Journey.objects.filter(pk=second.journey_id).update(status="paused")
    assert found(SameMessage) == []


def test_a_discount_in_over_half_of_the_messages() -> None:
    segment("savers")
    cheap = journey("cheap", on="savers", words="Use {{ coupon_code }} today")
    plain = journey("plain", on="savers", words="New in: shirts")
    crowd = people(60)
    said(cheap, crowd[:31], at=NOON - 9 * DAY, answered=lambda n: False)
    said(plain, crowd[:18], at=NOON - 9 * DAY, answered=lambda n: False)
    assert told(DiscountHabit) == []  # 49 messages are no habit
    said(plain, crowd[:13], at=NOON - 8 * DAY, answered=lambda n: False)
    assert told(DiscountHabit) == []  # 31 of 62 are half
    Message.objects.filter(journey__slug="plain").order_by("pk")[0].delete()
    assert told(DiscountHabit) == [("savers", 31 / 61)]
    assert told(DiscountHabit, now=NOON + 90 * DAY) == []


def test_what_counts_as_a_discount_is_in_the_words() -> None:
    for body in (
        "20 % off",
        "<p>Your voucher</p>",
        "{{ promo_code }}",
        "Zniżka dla ciebie",
        "save €5.5 % now",
        "Rabattcode",
    ):
        assert carries_discount({"subject": "", "body": body}), body
    for body in (
        "Free delivery",
        "<a href='https://x.example/discount'>Shop</a>",
        "50 % cotton",
        "a recount",
        "Take off",
    ):
        assert not carries_discount({"subject": "Hello", "body": body}), body


def test_messages_that_nobody_measures() -> None:
    row = segment("readers", kpi="joy")
    version = journey("hello", on="readers", goal=None)
    assert told(NotMeasured) == []
    said(version, people(3), at=NOON - DAY, answered=lambda n: False)
    assert told(NotMeasured) == [("readers", 3)]
    Segment.objects.filter(pk=row.pk).update(kpi="Conversion")
    assert told(NotMeasured) == []
    Segment.objects.filter(pk=row.pk).update(kpi="")
    document = {**version.document, "goal": {"event": "Order Completed"}}
    JourneyVersion.objects.filter(pk=version.pk).update(document=document)
    assert told(NotMeasured) == []


def test_two_segments_that_answered_alike_for_three_months() -> None:
    """Each 240 a month of which every other answers: 360 of 720 both, an interval of ± 4.3 points in a margin of 12.5."""
    one, other = segment("one"), segment("other")
    versions = [journey("first", on="one"), journey("second", on="other", words="Something else")]
    crowd = people(240)
    for month in (2, 3, 4):
        for version in versions:
            said(version, crowd, at=datetime(2026, month, 9, tzinfo=UTC), answered=lambda n: n % 2 == 0)
    assert found(SameResponse) == []  # at noon of 1 May the letters of April may still be answered
    now = NOON + 8 * DAY
    (row,) = found(SameResponse, now=now)
    assert (row.segment, row.other, row.number) == (one, other, 0.0)
    assert "50.0% of 720 messages and 50.0% of 720" in row.says
    few = Message.objects.filter(journey__slug="second", sent_at__month=3).values_list("pk", flat=True)[:41]
    Message.objects.filter(pk__in=list(few)).delete()
    assert found(SameResponse, now=now) == []  # 199 in March say nothing


def test_when_two_rates_are_the_same() -> None:
    much = [Rate(200, 1000)] * 3
    assert alike(much, [Rate(205, 1000)] * 3)
    assert not alike(much, [Rate(250, 1000)] * 3)
    assert not alike([Rate(10, 200)] * 3, [Rate(10, 200)] * 3)  # too few answers to be sure of a quarter
    assert not alike(much, [Rate(140, 1000), Rate(260, 1000), Rate(200, 1000)])  # the same only on average
    assert not alike([Rate(0, 1000)] * 3, [Rate(0, 1000)] * 3)  # silence is no answer


def test_months_are_those_of_the_installation(settings: object) -> None:
    settings.STORE_TIME_ZONE = "Europe/Warsaw"  # type: ignore[attr-defined]
    starts = whole_months(datetime(2026, 4, 30, 22, 30, tzinfo=UTC))
    assert [one.astimezone(UTC).isoformat()[:16] for one in starts] == [
        "2026-01-31T23:00",
        "2026-02-28T23:00",
        "2026-03-31T22:00",
        "2026-04-30T22:00",
    ]


def test_a_segment_of_two_groups_is_told_with_the_condition_that_divides_it() -> None:
    segment("readers")
    version = journey("hello", on="readers")
    crowd = people(200, lambda n: {"tier": "gold" if n < 100 else "tin"})
    said(version, crowd, at=NOON - 20 * DAY, answered=lambda n: n % 4 == 0 if n < 100 else n % 50 == 0)
    (row,) = found(TwoGroups)
    assert row.number == pytest.approx(23)
    assert "25.0% of 100 answered where tier is gold, and 2.0% of the other 100." in row.says
    assert found(TwoGroups, now=NOON + 71 * DAY - HOUR)[0].segment == row.segment
    assert found(TwoGroups, now=NOON + 71 * DAY) == []  # that was twelve weeks before the last seven days
