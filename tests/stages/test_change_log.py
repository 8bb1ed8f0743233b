"""The change log with real commits: whoever keeps a cursor skips nothing."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, connections

from campaigns.advance import advance
from customers.models import Customer
from segmentation.models import Segment
from tests.stages.campaign import flow, reachable, running, states, viewers
from tests.stages.shop import NOON

pytestmark = pytest.mark.django_db(transaction=True)


def test_no_change_is_skipped_that_commits_later_than_a_newer_one() -> None:
    """A transaction that began earlier commits later: its change has the lower transaction number, and is read too."""
    viewers()
    running(flow("viewers"))
    for user in ("ada", "ben"):
        reachable(user, NOON)
    segment = Segment.objects.get(slug="viewers")
    late = connections.create_connection("default")
    try:
        late.set_autocommit(False)
        with late.cursor() as cursor:
            _enter(cursor, segment.pk, Customer.objects.get(user_id="ada").pk, NOON)
            with connection.cursor() as own:
                _enter(own, segment.pk, Customer.objects.get(user_id="ben").pk, NOON)
            assert advance(now=NOON).entered == 0, "an older transaction is open: nothing newer is read yet"
        late.commit()
    finally:
        late.close()
    entered, deadline = 0, time.monotonic() + 60
    while entered < 2 and time.monotonic() < deadline:
        entered += advance(now=NOON).entered
    assert entered == 2
    assert advance(now=NOON).read == 0
    assert {states("ada")[0][0], states("ben")[0][0]} == {"mail"}


def _enter(cursor: Any, segment: int, customer: int, at: datetime) -> None:
    cursor.execute(
        "INSERT INTO segmentation_membership (segment_id, customer_id, state, since, state_since, version)"
        " VALUES (%s, %s, 'active', %s, %s, 1)",
        [segment, customer, at, at],
    )
    cursor.execute(
        "INSERT INTO segmentation_membershipchange"
        " (segment_id, customer_id, kind, state, at, version, cause_kind, cause_id, cause_detail, silent)"
        " VALUES (%s, %s, 'entered', 'active', %s, 1, 'manual', '', '', false)",
        [segment, customer, at],
    )
