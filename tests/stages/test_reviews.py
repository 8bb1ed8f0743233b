"""Reviews: five decisions, each with its reason, kept with what was seen; and the queue that asks for them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from customers.models import AuditEntry
from segmentation.errors import SegmentError
from segmentation.models import Review, Segment
from segmentation.queries.kpis import kpi_of, kpi_then
from segmentation.queries.neighbours import neighbours_of
from segmentation.queries.overlap import overlap
from segmentation.queries.reviews import last_review, queue, standings
from segmentation.review import Decided, review
from tests.stages.campaign import approver, author
from tests.stages.shop import DAY, HOUR, NOON, attribute, did, edit, in_segment, live, rule, settle, track, who

pytestmark = pytest.mark.django_db

TODAY = NOON.date()


def shop() -> Segment:
    track("ada", "Product Viewed", NOON - HOUR)
    return live("viewers", rule(did("Product Viewed")), NOON, review_on=TODAY - DAY)


def decide(segment: Segment, decision: str, reason: str = "It sells", **how: Any) -> Review:
    more = {name: how.pop(name) for name in ("known", "evidence", "by", "now") if name in how}
    decided = Decided(decision, reason, **how)
    return review(segment=segment, decided=decided, **{"by": author(), "now": NOON, **more})


def to_do(segment: Segment) -> str:
    return standings([Segment.objects.get(pk=segment.pk)], now=NOON)[0].to_do


def test_keeping_sets_the_next_date_and_keeps_what_was_seen() -> None:
    segment = shop()
    kept = decide(segment, "keep", evidence={"size": 1}, known=0)
    segment.refresh_from_db()
    assert segment.review_on == kept.next_review_on == TODAY + timedelta(days=90)
    assert (kept.by, kept.reason, kept.evidence) == (author(), "It sells", {"size": 1})
    entry = AuditEntry.objects.get(action="review")
    assert (entry.object_id, entry.note) == ("viewers", "It sells")
    assert (entry.before, entry.after["decision"]) == ({"review_on": "2026-04-30"}, "keep")
    decide(segment, "keep", "Looked again", next_review_on=date(2026, 6, 1))
    segment.refresh_from_db()
    assert segment.review_on == date(2026, 6, 1) and to_do(segment) == ""


def test_a_change_is_open_until_a_version_is_published_or_it_is_decided_again() -> None:
    segment = shop()
    decide(segment, "change", "Two views are too few")
    assert to_do(segment) == "to be changed"
    edit(segment, rule(did("Product Viewed", 2)), NOON + HOUR)
    assert to_do(segment) == ""
    decide(segment, "change", "Three, rather", now=NOON + DAY)
    assert to_do(segment) == "to be changed"
    decide(segment, "keep", "Two will do", now=NOON + 2 * DAY)
    assert to_do(segment) == ""


def test_merging_and_splitting_leave_drafts_and_the_segment_as_it_was() -> None:
    segment, other = shop(), live("buyers", rule(did("Order Completed")))
    merged = decide(segment, "merge", "Much the same people", merged_with=[other])
    (made,) = merged.follow_ups.all()
    assert (made.status, set(made.made_from.all()), to_do(segment)) == ("draft", {segment, other}, "to be merged")
    divided = decide(segment, "split", "Gold ones answer", condition=attribute("tier", "gold"), now=NOON + HOUR)
    assert divided.follow_ups.count() == 2 and to_do(segment) == "to be split"
    assert who("viewers") == {"ada"} and AuditEntry.objects.filter(action="review").latest("pk").after["follow_ups"]


def test_retiring_archives_and_is_refused_in_words_while_something_uses_it() -> None:
    segment = shop()
    reader = live("reader", rule(in_segment("viewers")))
    with pytest.raises(SegmentError, match="in use by segment “Reader”"):
        decide(segment, "retire", "Nobody writes to them")
    assert not Review.objects.exists()
    decide(reader, "retire", "Not needed")
    kept = decide(segment, "retire", "Nobody writes to them", next_review_on=TODAY + DAY)
    segment.refresh_from_db()
    assert (segment.status, segment.review_on, kept.next_review_on, who("viewers")) == ("archived", None, None, set())
    assert AuditEntry.objects.get(action="archive", object_id="viewers").note == "Nobody writes to them"
    with pytest.raises(SegmentError, match="this one is archived"):
        decide(segment, "keep")


def test_of_two_who_decide_at_once_the_second_is_told_who_decided_what() -> None:
    segment = shop()
    first = decide(segment, "keep", known=0)
    with pytest.raises(SegmentError, match="mara decided meanwhile: keep, “It sells”") as refused:
        decide(segment, "retire", "It does not", known=0, by=approver())
    assert refused.value.code == "decided_meanwhile"
    assert decide(segment, "keep", known=0) == first, "The same decision sent twice is one."
    assert (Review.objects.count(), AuditEntry.objects.filter(action="review").count()) == (1, 1)
    assert decide(segment, "retire", "It does not", known=first.pk, by=approver()).by == approver()


@pytest.mark.parametrize(
    ("decision", "how", "pointer"),
    [
        ("keep", {"reason": "  "}, "/reason"),
        ("burn", {}, "/decision"),
        ("keep", {"next_review_on": TODAY}, "/next_review_on"),
        ("merge", {}, "/with"),
        ("split", {}, "/condition"),
        ("keep", {"known": 99}, "/known"),
    ],
)
def test_a_decision_that_lacks_something_says_what(decision: str, how: dict[str, Any], pointer: str) -> None:
    segment = shop()
    with pytest.raises(SegmentError) as refused:
        decide(segment, decision, **how)
    assert refused.value.pointer == pointer
    segment.refresh_from_db()
    assert segment.review_on == TODAY - DAY and last_review(segment) is None


def test_the_queue_groups_by_due_date_and_narrows_by_owner_and_folder() -> None:
    days = {"late": -1, "today": 0, "soon": 30, "later": 31, "undated": None}
    for name, ahead in days.items():
        review_on = None if ahead is None else TODAY + timedelta(days=ahead)
        live(name, rule(did(name)), review_on=review_on, folder="Shop" if ahead else "")
    Segment.objects.filter(slug="late").update(owner=author(), status="paused")
    Segment.objects.filter(slug="today").update(status="draft")
    found = [(one.segment.slug, one.due) for one in standings(queue(now=NOON), now=NOON)]
    assert found == [("late", "overdue"), ("soon", "soon"), ("later", "later"), ("undated", "undated")]
    assert [one.slug for one in queue(now=NOON, owner="mara")] == ["late"]
    assert [one.slug for one in queue(now=NOON, owner="nobody", folder="Shop")] == ["soon", "later"]


@pytest.mark.parametrize(
    ("kpi", "before"),
    [
        ("repeat_rate", (0.0, 2)),
        ("revenue_per_member", (15.0, 2)),
        ("average_order_value", (30.0, 1)),
        ("conversion", (None, 0)),
        ("retention", (None, 0)),
    ],
)
def test_the_kpi_of_an_instant_counts_the_members_and_the_orders_of_then(kpi: str, before: tuple[Any, int]) -> None:
    track("ada", "Order Completed", NOON - 40 * DAY, order_id="a1", revenue=50)
    segment = live("buyers", rule(did("Order Completed")), NOON - 20 * DAY, kpi=kpi)
    for who_, ago, order in (("cleo", 8, "c1"), ("ada", 6, "a2")):
        track(who_, "Order Completed", NOON - ago * DAY, order_id=order, revenue=30)
        settle(NOON - ago * DAY)
    assert kpi_then(segment, at=NOON) == kpi_of(segment, now=NOON)
    then = kpi_then(segment, at=NOON - 7 * DAY)
    assert then is not None and (then.value, then.over) == before


def test_the_segments_that_share_customers_are_those_of_the_overlap_report() -> None:
    for user, events in (("ada", "abc"), ("ben", "ab"), ("cleo", "ac"), ("dan", "b")):
        for event in events:
            track(user, event, NOON - HOUR)
    a, *_ = (live(name, rule(did(name)), NOON) for name in ("a", "b", "c", "d"))
    found = {one.segment.slug: (one.both, one.share, one.share_of_it) for one in neighbours_of(a)}
    pairs = [pair for pair in overlap(now=NOON).qualified.shared if pair.a == a]
    assert found == {pair.b.slug: (pair.both, pair.share_of_a, pair.share_of_b) for pair in pairs}
    assert found == {"b": (2, 2 / 3, 2 / 3), "c": (2, 2 / 3, 1.0)}
