"""The messages of live journeys around now: sent lately, planned, and those that running enrolments have ahead of them.

One pass gives every such message as a row of customer, segment (the one that the journey starts from), channel and
instant; the questions of the conflicts report are put to these rows, each for all pairs of segments at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from campaigns.journeys.ahead import Ahead, sends_ahead, sends_from_entry
from campaigns.journeys.nodes import Flow
from campaigns.models import Journey, JourneyVersion
from campaigns.models.journey import Status
from campaigns.queries.flows import flow_of
from common.rows import rows_of
from segmentation.models import Segment
from segmentation.models.segment import Status as SegmentStatus

# Two messages in one channel closer together than this compete for attention (governance.md).
CLOSE = timedelta(hours=48)
COMING = timedelta(days=7)

SENDS = """
WITH version AS (
    SELECT * FROM unnest(%(versions)s::bigint[], %(segments)s::bigint[], %(ranks)s::int[]) AS v (id, segment, rank)
), step AS (
    SELECT * FROM unnest(%(step_versions)s::bigint[], %(step_nodes)s::text[], %(step_sends)s::text[],
                         %(step_channels)s::text[], %(step_afters)s::interval[]) AS s (version, node, send, channel, after)
), sends AS MATERIALIZED (
    SELECT m.customer_id, v.segment, v.rank, m.journey_id, m.channel, greatest(m.due_at, %(now)s) AS at, true AS coming
      FROM campaigns_message m
      JOIN campaigns_enrolment e ON e.id = m.enrolment_id
      JOIN version v ON v.id = e.version_id
     WHERE m.state = 'planned' AND m.due_at <= %(until)s
    UNION ALL
    SELECT m.customer_id, v.segment, v.rank, m.journey_id, m.channel, m.sent_at, false
      FROM campaigns_message m
      JOIN campaigns_journey j ON j.id = m.journey_id
      LEFT JOIN campaigns_enrolment e ON e.id = m.enrolment_id
      JOIN version v ON v.id = coalesce(e.version_id, j.live_version_id)
     WHERE m.state IN ('sent', 'delivered') AND m.sent_at > %(since)s
    UNION ALL
    SELECT e.customer_id, v.segment, v.rank, e.journey_id, s.channel,
           greatest(coalesce(e.due_at, %(now)s), %(now)s) + s.after, true
      FROM campaigns_enrolment e
      JOIN version v ON v.id = e.version_id
      JOIN step s ON s.version = e.version_id AND s.node = e.node
     WHERE e.state = 'running' AND greatest(coalesce(e.due_at, %(now)s), %(now)s) + s.after <= %(until)s
       AND NOT EXISTS (SELECT FROM campaigns_message m WHERE m.enrolment_id = e.id AND m.node = s.send)
)"""

CLOSE_TOGETHER = """
SELECT a.segment, b.segment, a.channel, count(DISTINCT a.customer_id),
       array_agg(DISTINCT a.journey_id), array_agg(DISTINCT b.journey_id)
  FROM sends a
  JOIN sends b ON b.customer_id = a.customer_id AND b.channel = a.channel AND b.rank > a.rank
              AND b.at > a.at - %(close)s AND b.at < a.at + %(close)s
  JOIN segmentation_membership x ON x.segment_id = a.segment AND x.customer_id = a.customer_id AND x.state = 'active'
  JOIN segmentation_membership y ON y.segment_id = b.segment AND y.customer_id = a.customer_id AND y.state = 'active'
 GROUP BY a.segment, b.segment, a.channel"""

COMING_TO = """
, coming AS (
    SELECT customer_id, segment, count(*) AS messages FROM sends WHERE coming GROUP BY customer_id, segment
), held AS MATERIALIZED (
    SELECT customer_id, segment_id, state = 'active' AS active, suppressed_by_id
      FROM segmentation_membership
     WHERE customer_id IN (SELECT customer_id FROM coming) AND (%(among)s::bigint[] IS NULL OR segment_id = ANY(%(among)s))
)
SELECT c.segment, y.segment_id, x.active AND y.active, sum(c.messages)::bigint
  FROM coming c
  JOIN held x ON x.segment_id = c.segment AND x.customer_id = c.customer_id
  JOIN held y ON y.customer_id = c.customer_id AND y.segment_id <> c.segment
   AND ((x.active AND y.active) OR x.suppressed_by_id = y.segment_id OR y.suppressed_by_id = x.segment_id)
 GROUP BY 1, 2, 3"""

# `mine` are the messages of one journey: its own, or those that whoever is active now would get who entered now.
AGAINST = """
, mine AS (
    SELECT customer_id, channel, at FROM sends WHERE journey_id = %(journey)s AND %(live)s
    UNION ALL
    SELECT m.customer_id, f.channel, %(now)s + f.after
      FROM segmentation_membership m
     CROSS JOIN unnest(%(my_channels)s::text[], %(my_afters)s::interval[]) AS f (channel, after)
     WHERE m.segment_id = %(segment)s AND m.state = 'active' AND NOT %(live)s
)
SELECT o.journey_id, o.channel, count(DISTINCT o.customer_id)
  FROM sends o
  JOIN mine a ON a.customer_id = o.customer_id AND a.channel = o.channel
             AND o.at > a.at - %(close)s AND o.at < a.at + %(close)s
  JOIN segmentation_membership x ON x.segment_id = %(segment)s AND x.customer_id = o.customer_id AND x.state = 'active'
  JOIN segmentation_membership y ON y.segment_id = o.segment AND y.customer_id = o.customer_id AND y.state = 'active'
 WHERE o.journey_id IS DISTINCT FROM %(journey)s
 GROUP BY o.journey_id, o.channel"""


@dataclass(frozen=True, slots=True)
class Together:
    """So many customers get messages of both journeys in a channel less than 48 hours apart."""

    channel: str
    customers: int
    upper_journeys: tuple[int, ...]
    lower_journeys: tuple[int, ...]


def close_together(*, now: datetime, among: Collection[int] | None = None) -> dict[tuple[int, int], list[Together]]:
    """By pair of live segments (ids, the higher rank first): those active in both who hear from both within 48 hours.

    `among` are the segments that are looked at, all where it is None.
    """
    found: dict[tuple[int, int], list[Together]] = {}
    for upper, lower, channel, customers, of_upper, of_lower in _rows(CLOSE_TOGETHER, now=now, among=among):
        found.setdefault((upper, lower), []).append(Together(channel, customers, tuple(of_upper), tuple(of_lower)))
    return found


def coming_messages(*, now: datetime, among: Collection[int] | None = None) -> dict[tuple[int, int, bool], int]:
    """Messages of the coming 7 days by pair of live segments (ids, the smaller first): to those active in both (True), and
    to those in whom one of the two silences the other (False)."""
    found: dict[tuple[int, int, bool], int] = {}
    for one, other, both, messages in _rows(COMING_TO, now=now, among=among):
        key = (min(one, other), max(one, other), both)
        found[key] = found.get(key, 0) + messages
    return found


def close_to(*, flow: Flow, segment: Segment, journey: Journey | None, now: datetime) -> dict[int, dict[str, int]]:
    """By other live journey and channel: how many active customers of the segment hear from it within 48 hours of this flow.

    A live journey counts with its own messages, any other as if whoever is active in the segment entered now.
    """
    ahead = [one for one in sends_from_entry(flow) if one.after <= COMING]
    asked: dict[str, Any] = {
        "segment": segment.pk,
        "journey": journey.pk if journey else None,
        "live": journey is not None and journey.status == Status.LIVE,
        "my_channels": [one.channel for one in ahead],
        "my_afters": [one.after for one in ahead],
    }
    found: dict[int, dict[str, int]] = {}
    for other, channel, customers in _rows(AGAINST, now=now, **asked):
        found.setdefault(other, {})[channel] = customers
    return found


def _rows(question: str, *, now: datetime, among: Collection[int] | None = None, **asked: Any) -> list[tuple[Any, ...]]:
    """The answer of a question put to the messages of live journeys that start from live segments."""
    versions = [one for one in _versions() if among is None or one[1].pk in among]
    if not versions:
        return []
    steps = [(version, key, one) for version, _ in versions for key, one in _steps(flow_of(version))]
    given: dict[str, Any] = {
        **asked,
        "among": None if among is None else list(among),
        "now": now,
        "since": now - CLOSE,
        "until": now + COMING,
        "close": CLOSE,
        "versions": [version for version, _ in versions],
        "segments": [segment.pk for _, segment in versions],
        "ranks": [segment.rank for _, segment in versions],
        "step_versions": [version for version, _, _ in steps],
        "step_nodes": [key for _, key, _ in steps],
        "step_sends": [one.node for _, _, one in steps],
        "step_channels": [one.channel for _, _, one in steps],
        "step_afters": [one.after for _, _, one in steps],
    }
    return rows_of(SENDS + question, **given)


def _versions() -> list[tuple[int, Segment]]:
    """All versions of the live journeys whose entry is a live segment, with that segment."""
    live = Segment.objects.filter(status=SegmentStatus.LIVE, rank__isnull=False).only("slug", "rank")
    segments = {segment.slug: segment for segment in live}
    rows = JourneyVersion.objects.filter(journey__status=Status.LIVE).order_by("pk").values_list("pk", flat=True)
    entries = ((version, segments.get(flow_of(version).entry.segment)) for version in rows)
    return [(version, segment) for version, segment in entries if segment is not None]


def _steps(flow: Flow) -> Iterable[tuple[str, Ahead]]:
    """Each step with each message ahead of it that can fall into the coming days."""
    return ((key, one) for key, ahead in sends_ahead(flow).items() for one in ahead if one.after <= COMING)
