"""What was said in the name of segments, and what was answered: the rows that findings and divisions count.

A message is said in the name of the segment whose entry started its journey, as the version of the journey says that the
customer is on. Only messages that were handed over count. An answer is the journey's goal reached in time (verb 8); where
a journey has no goal, a click.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from campaigns.queries.rates import Rate
from common.rows import rows_of

# Messages, each with the journey (j) and what is known of the way (e) and its version (v); and in whose name one is said.
MESSAGES = """campaigns_message m
  JOIN campaigns_journey j ON j.id = m.journey_id
  LEFT JOIN campaigns_enrolment e ON e.id = m.enrolment_id
  LEFT JOIN campaigns_journeyversion v ON v.id = e.version_id"""
IN_THE_NAME_OF = "COALESCE(v.document, j.document) #>> '{entry,segment}'"

# Messages handed over in (since, until]: the segment's slug, the goal ('' for none), and whether they were answered.
SPOKEN = f"""
SELECT m.id, m.customer_id, m.enrolment_id, m.sent_at, m.template, j.slug AS journey, v.id AS version_id,
       {IN_THE_NAME_OF} AS slug,
       COALESCE(v.document #>> '{{goal,event}}', '') AS goal,
       CASE WHEN v.document #>> '{{goal,event}}' <> '' THEN o.converted_at ELSE o.clicked_at END IS NOT NULL AS answered
  FROM {MESSAGES}
  LEFT JOIN campaigns_outcome o ON o.message_id = m.id
 WHERE m.state IN ('sent', 'delivered') AND m.planned_at <= %(until)s
   AND m.sent_at > %(since)s AND m.sent_at <= %(until)s"""

_BY_WORDS = f"""
SELECT slug, journey, goal, version_id, template, count(*) FROM ({SPOKEN}) AS spoken
 WHERE version_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5 ORDER BY count(*) DESC, 1, 2, 3, 4, 5"""

_BY_MONTH = f"""
SELECT slug, goal, date_trunc('month', sent_at, %(zone)s), count(*) FILTER (WHERE answered), count(*)
  FROM ({SPOKEN}) AS spoken GROUP BY 1, 2, 3"""

_WRITTEN_TO = f"""
SELECT slug, count(DISTINCT customer_id) FROM ({SPOKEN}) AS spoken GROUP BY slug"""


@dataclass(frozen=True, slots=True)
class Said:
    """How many messages went out in the name of a segment (its slug) in the words that a version of a journey keeps of a
    template. `goal` is the journey's, empty for none."""

    segment: str
    journey: str
    goal: str
    version: int
    template: str
    messages: int


def said_between(since: datetime, until: datetime) -> list[Said]:
    """What was sent in (since, until], the most often sent first. A message whose way was erased has no words any more."""
    return [Said(*row) for row in rows_of(_BY_WORDS, since=since, until=until)]


def journey_with_most(said: Iterable[Said]) -> str:
    """The journey (its slug) that sent most of what was said."""
    messages = Counter[str]()
    for one in said:
        messages[one.journey] += one.messages
    return messages.most_common(1)[0][0]


def answers_by_month(since: datetime, until: datetime, *, zone: str) -> dict[tuple[str, str], dict[datetime, Rate]]:
    """By segment (slug) and goal, for each calendar month of a time zone: how many of the messages sent were answered."""
    found: dict[tuple[str, str], dict[datetime, Rate]] = {}
    for slug, goal, month, answered, sent in rows_of(_BY_MONTH, since=since, until=until, zone=zone):
        found.setdefault((slug, goal), {})[month] = Rate(answered, sent)
    return found


def written_to_between(since: datetime, until: datetime) -> dict[str, int]:
    """How many customers were sent something in the name of each segment, by its slug."""
    return dict(rows_of(_WRITTEN_TO, since=since, until=until))
