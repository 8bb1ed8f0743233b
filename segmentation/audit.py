"""The self-audit: members and non-members are evaluated again from raw events and compared with what is stored.

The target is no difference at all. What is still on its way is none: customers that wait for evaluation are left out,
stays that hysteresis explains are right, and a difference counts only if it is there at a second look.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any

from django.db import connection, transaction

from segmentation.compiler.select import batch, members
from segmentation.compiler.statement import Statement
from segmentation.decide import instant_for
from segmentation.engines.statistics import note_run
from segmentation.hysteresis import Hysteresis, Stay, Step, settle
from segmentation.jobs import OPEN
from segmentation.models import AuditFinding, AuditRun, Job, Segment
from segmentation.portfolio import Standing, open_book
from segmentation.queries.live_rules import rules_of
from segmentation.queries.surroundings import surroundings
from segmentation.rules.faults import RuleError
from segmentation.rules.nodes import Rule
from segmentation.sweep import sweep

SAMPLE = 50


@dataclass(frozen=True)
class Difference:
    """A customer whose stored membership is not what the rule and the segment's hysteresis give."""

    customer: int
    stored: bool
    should_be: bool


def audit(*, now: datetime, sample: int = SAMPLE, full: bool = False) -> list[AuditRun]:
    """Audit every live segment that has a rule: `sample` members and as many others at random, or everyone.

    A segment whose rebuild is under way is left for the next time. Returns the stored runs.
    """
    sweep(now=now)
    rebuilt = set(Job.objects.filter(kind="rebuild", state__in=OPEN).values_list("segment_id", flat=True))
    runs = []
    for standing in open_book().segments.values():
        if standing.evaluable and standing.id not in rebuilt:
            run = _audit_segment(standing, now, None if full else sample)
            if run is not None:
                runs.append(run)
    return runs


def _audit_segment(standing: Standing, now: datetime, sample: int | None) -> AuditRun | None:
    """Audit one segment and store what was found."""
    assert standing.version_id is not None
    rule = rules_of({standing.id: (standing.version_id, standing.rule_hash)})[standing.id]
    if isinstance(rule, RuleError):
        return None
    customers = None if sample is None else _sample(standing.id, sample)
    checked, first = _differences(standing, rule, now, customers)
    second = _differences(standing, rule, now, {one.customer for one in first})[1] if first else set()
    wrong = sorted(first & second, key=lambda one: one.customer)
    with transaction.atomic():
        if not Segment.objects.filter(pk=standing.id, live_version_id=standing.version_id, status="live").exists():
            return None
        run = AuditRun.objects.create(
            segment_id=standing.id, at=now, checked=checked, wrong=len(wrong), full=sample is None
        )
        AuditFinding.objects.bulk_create(
            [
                AuditFinding(run=run, customer_id=one.customer, stored=one.stored, should_be=one.should_be)
                for one in wrong
            ]
        )
    return run


_SAMPLE_MEMBERS = """
SELECT customer_id FROM segmentation_membership WHERE segment_id = %(segment)s ORDER BY random() LIMIT %(many)s"""

# Places drawn at random among the ids, and the next customer from each on who is no member.
_SAMPLE_OTHERS = """
SELECT DISTINCT found.id
FROM (SELECT min(id) AS low, max(id) AS high FROM customers_customer) AS span,
     generate_series(1, %(many)s) AS draw,
     LATERAL (SELECT span.low + floor(random() * (span.high - span.low + 1) + 0 * draw)::bigint AS place) AS drawn,
     LATERAL (
         SELECT c.id FROM customers_customer c WHERE c.id >= drawn.place AND NOT EXISTS (
             SELECT FROM segmentation_membership m WHERE m.customer_id = c.id AND m.segment_id = %(segment)s)
         ORDER BY c.id LIMIT 1
     ) AS found"""


def _sample(segment: int, many: int) -> set[int]:
    """Members and others, at random."""
    values = {"segment": segment, "many": many}
    with connection.cursor() as cursor:
        cursor.execute(_SAMPLE_MEMBERS, values)
        found = {row[0] for row in cursor.fetchall()}
        cursor.execute(_SAMPLE_OTHERS, values)
        return found | {row[0] for row in cursor.fetchall()}


# One statement, so one snapshot: what is true, what is stored, and who still waits, as of the same moment.
_COMPARE = """
WITH truth(customer_id) AS ({truth}),
     stored AS (
         SELECT customer_id, since, state_since, false_since FROM segmentation_membership
         WHERE segment_id = %(audited_segment)s AND (%(everyone)s OR customer_id = ANY(%(audited)s)))
SELECT coalesce(truth.customer_id, stored.customer_id) AS customer_id, truth.customer_id IS NOT NULL,
       stored.customer_id IS NOT NULL, stored.since, stored.false_since, exits.at
FROM truth FULL JOIN stored ON stored.customer_id = truth.customer_id
LEFT JOIN LATERAL (
    SELECT max(at) AS at FROM segmentation_membershipchange x
    WHERE x.segment_id = %(audited_segment)s AND x.kind = 'exited'
      AND x.customer_id = coalesce(truth.customer_id, stored.customer_id)
) AS exits ON stored.customer_id IS NULL
WHERE (truth.customer_id IS NULL OR stored.customer_id IS NULL)
  AND NOT EXISTS (
      SELECT FROM customers_dirtycustomer d WHERE d.customer_id = coalesce(truth.customer_id, stored.customer_id))"""


def _differences(
    standing: Standing, rule: Rule, now: datetime, customers: Collection[int] | None
) -> tuple[int, set[Difference]]:
    """How many were compared, and who differs, at an instant not before anything that was decided already."""
    instant = instant_for(customers=customers or (), now=now)
    around = surroundings([rule], now=instant, stored_thresholds=True, totals=False)
    statement = members(rule, around) if customers is None else batch({standing.id: rule}, around, sorted(customers))
    found = set()
    began = monotonic()
    with connection.cursor() as cursor:
        cursor.execute(_comparing(statement, whole=customers is None), _values(statement, standing, customers))
        for customer, truth, stored, since, false_since, last_exit in cursor.fetchall():
            stay = Stay(since, false_since) if stored else None
            if _is_wrong(truth, stay, last_exit, standing.hysteresis, instant):
                found.add(Difference(customer, stored, truth))
        cursor.execute("SELECT count(*) FROM customers_customer")
        everyone = cursor.fetchone()[0]
    note_run(
        segment=standing.id,
        kind="audit",
        at=instant,
        customers=None if customers is None else len(customers),
        rows=len(found),
        milliseconds=(monotonic() - began) * 1000,
        statement=statement.sql,
    )
    return (everyone if customers is None else len(customers)), found


def _comparing(statement: Statement, *, whole: bool) -> str:
    truth = statement.sql if whole else f"SELECT customer_id FROM ({statement.sql}) AS asked"
    return _COMPARE.replace("{truth}", truth)


def _values(statement: Statement, standing: Standing, customers: Collection[int] | None) -> Mapping[str, Any]:
    own = {"audited_segment": standing.id, "everyone": customers is None, "audited": sorted(customers or ())}
    return {**statement.parameters, **own}


def _is_wrong(
    truth: bool, stay: Stay | None, last_exit: datetime | None, hysteresis: Hysteresis, now: datetime
) -> bool:
    """Whether a difference is one: neither explained by hysteresis nor decided after `now`.

    A member whose rule is false is only right if somebody noticed since when.
    """
    if (stay and stay.since > now) or (last_exit and last_exit > now):
        return False
    if stay and stay.false_since is None and hysteresis.exit_grace:
        return True
    step = settle(truth=truth, stay=stay, last_exit=last_exit, hysteresis=hysteresis, now=now).step
    return step in (Step.ENTER, Step.EXIT)
