"""Home: what needs me, what moved beyond its habit, whether the pipe is healthy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User

from campaigns.models import Journey, JourneyDecision
from campaigns.queries.moved import BEFORE, WEEK, moved_by
from common import clock
from segmentation.models import Job, Segment
from segmentation.queries.listing import Day
from tests.web.people import NOW, signed_in

TODAY = NOW.date()


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


def days(*, quiet: int = 0, habit: tuple[int, ...] = (1, -1), last: int = 0) -> list[Day]:
    """Five weeks of a segment: empty at first, then moving by habit in turns, then so many a day in the last week."""
    nets = [0] * quiet + [habit[n % len(habit)] for n in range(BEFORE - quiet)] + [last] * WEEK
    found, size = [], 0 if quiet else 100
    for back, net in enumerate(reversed(nets)):
        found.append((TODAY - timedelta(days=back), net))
    lines = []
    for day, net in reversed(found):
        size += net
        lines.append(Day(day, max(net, 0), max(-net, 0), size))
    return lines


def test_a_week_is_held_against_the_weeks_before_it() -> None:
    segment = Segment(slug="vip")
    assert moved_by(segment, days(last=6)).beyond
    assert moved_by(segment, days(last=-6)).beyond
    assert not moved_by(segment, days(last=0)).beyond
    grows = moved_by(segment, days(habit=(6,), last=6))
    assert (grows.net, grows.usual, grows.beyond) == (42, 42.0, False)
    assert moved_by(segment, days(habit=(6,), last=0)).beyond, "one that always grows and stopped is beyond its habit"


def test_a_young_segment_has_no_habit_and_the_day_it_was_filled_is_none() -> None:
    segment = Segment(slug="vip")
    young = moved_by(segment, days(quiet=BEFORE - 10, last=6))
    assert young.usual is None and not young.beyond
    filled = days(quiet=BEFORE - 20, last=0)
    first = BEFORE - 20
    filled[first] = Day(filled[first].day, 5000, 0, 5000)
    assert moved_by(segment, filled).spread < 10


@pytest.mark.django_db
def test_what_needs_me_names_what_was_sent_back_what_is_due_and_what_lacks_a_card() -> None:
    client = signed_in()
    marketer, approver = User.objects.get(username="marketer"), User.objects.create(username="approver")
    journey = Journey.objects.create(slug="win-back", name="Win back", document={}, submitted_by=marketer, created_at=NOW, updated_at=NOW)  # fmt: skip
    JourneyDecision.objects.create(journey=journey, kind="rejected", by=approver, at=NOW, reason="Too loud.")
    Segment.objects.create(slug="vip", name="VIP", status="live", review_on=date(2026, 11, 1), created_at=NOW, updated_at=NOW)  # fmt: skip
    Segment.objects.create(
        slug="old", name="Old", status="live", error="The trait is gone.", created_at=NOW, updated_at=NOW
    )
    Job.objects.create(kind="import", state="failed", error="The file ends early.", created_at=NOW)
    text = " ".join(client.get("/").content.decode().split())
    assert "was sent back to you" in text and "Too loud." in text
    assert "<b>Old</b></a>: Rule stopped" in text and "The trait is gone." in text
    assert "is due for review" in text and "findings</b> about the health of the segments" in text
    assert "<b>Import</b> failed" in text and "<dt>Last error</dt><dd>Import" in text
    assert "was sent back to you" not in signed_in("analyst").get("/").content.decode()
    JourneyDecision.objects.create(journey=journey, kind="withdrawn", by=marketer, at=NOW + timedelta(minutes=1))
    assert "was sent back to you" not in client.get("/").content.decode()
