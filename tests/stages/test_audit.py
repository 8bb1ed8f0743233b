"""The self-audit finds what is wrong, and nothing else."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from common.clock import frozen
from segmentation.audit import audit
from segmentation.history import members_at, states_at
from segmentation.models import AuditFinding, AuditRun, Membership, Segment
from segmentation.queries.membership import changes_since, counts, members_of, memberships_of
from tests.stages.shop import DAY, HOUR, NOON, customer, did, live, pass_time, rule, settle, track, who

pytestmark = pytest.mark.django_db


def viewers(**columns: object) -> None:
    live("viewers", rule(did("Product Viewed", 1, days=2)), **columns)
    for user in ("ada", "bob", "cleo"):
        track(user, "Product Viewed", NOON)
    track("dan", "Product Added", NOON)
    settle(NOON)


@pytest.mark.parametrize("full", [False, True])
def test_nothing_is_wrong_while_the_engine_works(full: bool) -> None:
    viewers()
    [run] = audit(now=NOON + HOUR, full=full)
    assert (run.checked, run.wrong, run.full) == (4, 0, full)


@pytest.mark.parametrize("full", [False, True])
def test_a_membership_broken_on_purpose_is_found(full: bool) -> None:
    viewers()
    Membership.objects.filter(customer=customer("ada")).delete()
    segment = Segment.objects.get()
    Membership.objects.create(
        segment=segment, customer_id=customer("dan"), state="active", since=NOON, state_since=NOON, version=1
    )
    # So many draws that everybody is in the sample.
    [run] = audit(now=NOON + HOUR, sample=3000, full=full)
    found = set(AuditFinding.objects.values_list("customer_id", "stored", "should_be"))
    assert run.wrong == 2
    assert found == {(customer("ada"), False, True), (customer("dan"), True, False)}


def test_the_command_exits_1_and_names_the_customers() -> None:
    viewers()
    out = StringIO()
    with frozen(NOON + HOUR):
        call_command("audit_memberships", stdout=out)
        Membership.objects.filter(customer=customer("ada")).delete()
        with pytest.raises(SystemExit) as caught:
            call_command("audit_memberships", "--full", stdout=out)
    assert caught.value.code == 1
    assert f"customer {customer('ada')}: stored out, the rule says in" in out.getvalue()
    assert AuditRun.objects.filter(wrong=0).count() == 1


def test_those_who_wait_or_whom_hysteresis_keeps_are_not_wrong() -> None:
    viewers(exit_grace={"amount": 3, "unit": "days"})
    track("eve", "Product Viewed", NOON + HOUR)
    [run] = audit(now=NOON + HOUR, full=True)
    assert run.wrong == 0
    settle(NOON + HOUR)
    pass_time(NOON + 3 * DAY)
    assert who("viewers") == {"ada", "bob", "cleo", "eve"}
    [run] = audit(now=NOON + 3 * DAY, full=True)
    assert run.wrong == 0


def test_a_window_that_ran_out_since_the_last_sweep_is_not_wrong_yet() -> None:
    viewers()
    [run] = audit(now=NOON + 5 * DAY, full=True)
    assert (run.wrong, who("viewers")) == (0, {"ada", "bob", "cleo"})
    settle(NOON + 5 * DAY)
    assert who("viewers") == set()


def test_the_log_tells_who_was_in_at_any_instant() -> None:
    viewers()
    segment = Segment.objects.get()
    pass_time(NOON + 2 * DAY)
    assert members_at(segment=segment, at=NOON - HOUR) == []
    assert len(members_at(segment=segment, at=NOON + DAY)) == 3
    assert set(states_at(segment=segment, at=NOON + DAY).values()) == {"active"}
    assert members_at(segment=segment, at=NOON + 2 * DAY) == []


def test_the_lists_of_members_and_changes() -> None:
    viewers()
    segment = Segment.objects.get()
    assert counts()[segment.pk].active == 3
    assert counts([segment.pk])[segment.pk].total == 3
    assert [row.customer.user_id for row in members_of(segment, state="active")] == ["cleo", "bob", "ada"]
    assert members_of(segment, state="suppressed").count() == 0
    assert [row.segment for row in memberships_of(customer("ada"))] == [segment]
    changes = list(changes_since(segment))
    assert [change.pk for change in changes_since(segment, after=changes[0].pk)] == [one.pk for one in changes[1:]]


def test_the_command_evaluate_prints_the_members_of_a_rule() -> None:
    viewers()
    out = StringIO()
    call_command("evaluate", "viewers", "--at", (NOON + HOUR).isoformat(), stdout=out)
    assert [int(line) for line in out.getvalue().split()] == sorted(map(customer, ("ada", "bob", "cleo")))
