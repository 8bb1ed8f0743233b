"""Verbs 3 to 5 killed between two steps: nothing half-written is left, and whoever comes next finishes the work."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from urllib.parse import quote, urlencode

import pytest
from django.db import connection

from customers.models import DirtyCustomer
from segmentation.evaluate import evaluate
from segmentation.models import Job, Membership, MembershipChange, Sweep
from segmentation.publish import publish
from segmentation.save import create
from segmentation.sweep import sweep
from segmentation.work import work
from tests.ground.processes import HOME
from tests.stages.shop import DAY, NOON, did, in_segment, live, log, rule, settle, track, who

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 120.0


def wait_for(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not happen within {PATIENCE:.0f} s"
        time.sleep(0.02)


def killed(what: str, before: str, nth: int = 1) -> None:
    """Run a worker on the test's database, kill it at the place, and wait until PostgreSQL has let its work go."""
    settings = connection.settings_dict
    query = urlencode(
        {"host": settings["HOST"], "port": settings["PORT"] or "5432", "application_name": "to-be-killed"}
    )
    login = f"{quote(settings['USER'])}:{quote(settings['PASSWORD'])}" if settings["PASSWORD"] else settings["USER"]
    address = f"postgres://{login}@/{settings['NAME']}?{query}"
    worker = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.worker", what, before, str(nth)],
        cwd=HOME,
        env={**os.environ, "DATABASE_URL": address},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline().strip() == "here", "the worker ended before it came to the place"
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(PATIENCE)
        if worker.stdout:
            worker.stdout.close()
    wait_for(_nobody_left, "the end of the killed worker's session")


def _nobody_left() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'to-be-killed' AND datname = %s",
            [connection.settings_dict["NAME"]],
        )
        return bool(cursor.fetchone()[0] == 0)


@pytest.mark.parametrize(
    "place",
    [
        "segmentation.evaluate:open_book",
        "segmentation.look:matches",
        "segmentation.decide:record",
        "segmentation.evaluate:release_dirty",
    ],
)
def test_an_evaluation_that_is_killed_leaves_nothing_half_done(place: str) -> None:
    live("viewers", rule(did("Product Viewed")))
    live("reading", rule(in_segment("viewers")))
    for user in ("ada", "bob"):
        track(user, "Product Viewed", NOON)
    generations = dict(DirtyCustomer.objects.values_list("customer", "generation"))
    killed("evaluate", place)
    assert not Membership.objects.exists()
    assert not MembershipChange.objects.exists()
    assert dict(DirtyCustomer.objects.values_list("customer", "generation")) == generations
    settle(NOON)
    assert who("viewers") == who("reading") == {"ada", "bob"}
    assert MembershipChange.objects.count() == 4


def test_a_rebuild_that_is_killed_is_taken_up_where_it_was() -> None:
    users = [f"u{number}" for number in range(7)]
    for user in users:
        track(user, "Product Viewed", NOON)
    segment = create(name="S", slug="s", rule=rule(did("Product Viewed")), by=None, now=NOON)
    job = publish(segment=segment, by=None, now=NOON)
    killed("jobs", "segmentation.rebuild:move_all", nth=3)
    job.refresh_from_db()
    assert (job.state, len(who("s"))) == (Job.State.RUNNING, 4)
    assert work(now=NOON) is True
    job.refresh_from_db()
    assert (job.state, who("s")) == (Job.State.DONE, set(users))
    assert all(log("s", user) == [("entered", "rule")] for user in users)
    assert work(now=NOON) is False


def test_a_sweep_that_is_killed_is_swept_again() -> None:
    live("viewers", rule(did("Product Viewed", 1, days=1)), min_stay={"amount": 2, "unit": "days"})
    track("ada", "Product Viewed", NOON)
    evaluate(now=NOON)
    swept = Sweep.objects.get().until
    killed("sweep", "segmentation.sweep:_due_looks", nth=9)
    until = Sweep.objects.get().until
    assert swept < until < NOON + 3 * DAY
    sweep(now=NOON + 3 * DAY)
    settle(NOON + 3 * DAY)
    # The rule was first seen false at the evaluation after the sweeps, and the minimum stay was over by then.
    assert log("viewers", "ada") == [("entered", "event"), ("exited", "clock")]


def test_two_evaluations_at_once_share_the_customers() -> None:
    live("viewers", rule(did("Product Viewed")))
    for number in range(6):
        track(f"u{number}", "Product Viewed", NOON)
    with_lock = "SELECT customer_id FROM customers_dirtycustomer ORDER BY marked_at, customer_id LIMIT 3 FOR UPDATE"
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(with_lock)
            held = {row[0] for row in cursor.fetchall()}
            assert evaluate(now=NOON).customers == 3
            assert not Membership.objects.filter(customer__in=held).exists()
            cursor.execute("ROLLBACK")
    finally:
        other.close()
    assert evaluate(now=NOON).customers == 3
    assert Membership.objects.count() == 6
