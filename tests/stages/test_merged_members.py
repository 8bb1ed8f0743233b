"""What becomes of memberships when two profiles turn out to be one person, and when somebody is erased."""

from __future__ import annotations

import pytest

from customers.erase import erase
from customers.merge import merge
from customers.models import Customer
from customers.unmerge import unmerge
from segmentation.causes import Cause
from segmentation.enlist import request_enlist
from segmentation.history import members_at
from segmentation.models import Membership, MembershipChange, Segment
from segmentation.save import create
from segmentation.statics import add_members
from segmentation.work import work
from tests.stages.campaign import author
from tests.stages.shop import DAY, HOUR, NOON, customer, did, identify, live, log, rule, settle, track, who

pytestmark = pytest.mark.django_db


def guests(*users: str) -> Segment:
    """A list with these customers on it."""
    segment = create(name="Guests", kind=Segment.Kind.STATIC, by=None, now=NOON - DAY)
    add_members(segment=segment, customers=[customer(user) for user in users], cause=Cause("manual"), now=NOON - DAY)
    return segment


def people() -> tuple[int, int]:
    return identify("ada", NOON - 2 * DAY), identify("adele", NOON - 2 * DAY)


def test_who_is_merged_away_leaves_no_trace_in_the_log_and_the_kept_one_enters_with_the_merge_as_cause() -> None:
    kept, gone = people()
    live("buyers", rule(did("Order Completed")), NOON - DAY)
    track("adele", "Order Completed", NOON - HOUR, order_id="o-1", revenue=10)
    settle(NOON - HOUR)
    assert who("buyers") == {"adele"}
    merge(kept=kept, gone=gone, reason="by hand", now=NOON)
    settle(NOON)
    segment = Segment.objects.get(slug="buyers")
    assert list(Membership.objects.values_list("customer_id", flat=True)) == [kept]
    assert log("buyers", "ada") == [("entered", "merge")] and members_at(segment=segment, at=NOON) == [kept]
    assert not MembershipChange.objects.filter(customer_id=gone).exists()
    assert members_at(segment=segment, at=NOON - HOUR) == [], "then nobody who is a customer today was in"
    erase(customer=Customer.objects.get(pk=kept), by="ann", now=NOON)
    assert not MembershipChange.objects.exists() and not Membership.objects.exists()


def test_a_list_keeps_a_person_whose_profile_is_merged_into_another() -> None:
    kept, gone = people()
    guests("adele")
    merge(kept=kept, gone=gone, reason="by hand", now=NOON)
    assert who("guests") == set()
    assert work(now=NOON) and not work(now=NOON)
    assert who("guests") == {"ada"} and log("guests", "ada") == [("entered", "merge")]


def test_who_is_on_the_list_already_stays_and_nothing_is_logged_again() -> None:
    kept, gone = people()
    guests("ada", "adele")
    merge(kept=kept, gone=gone, reason="by hand", now=NOON)
    while work(now=NOON):
        pass
    assert log("guests", "ada") == [("entered", "manual")]


def test_a_list_is_filled_with_whom_the_named_ones_became_meanwhile() -> None:
    kept, gone = people()
    other = identify("alice", NOON - DAY)
    segment = guests()
    cause = Cause("import", detail="file guests.csv")
    request_enlist(segment=segment, customers=[gone, other], cause=cause, by=author(), now=NOON)
    merge(kept=kept, gone=gone, reason="by hand", now=NOON)
    erase(customer=Customer.objects.get(pk=other), by="ann", now=NOON)
    assert work(now=NOON) and who("guests") == {"ada"}
    merged = Customer.objects.get(pk=kept).merges.get()
    unmerge(merge=merged, by="ann", now=NOON)
    request_enlist(segment=segment, customers=[gone], cause=cause, by=author(), now=NOON)
    assert work(now=NOON) and who("guests") == {"ada", "adele"}
