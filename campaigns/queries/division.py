"""Whether the customers of a segment fall into two groups that answer differently, and which condition divides them.

Counted are the customers who were first written to in the segment's name in twelve weeks whose messages had their time to
be answered, each once: whether any message of that first way through a journey was answered. Each condition is asked as
of the beginning of the week (seven days, counted back) in which the customer was first written to, so that the answer
itself cannot decide it; attributes that nobody keeps a history of count as they are now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from campaigns.queries.rates import Rate, difference_by_chance
from campaigns.queries.spoken import SPOKEN
from common.rows import rows_of
from customers.models import EventName
from segmentation.compiler import select
from segmentation.models import Segment
from segmentation.queries.catalogue import catalogue
from segmentation.queries.surroundings import surroundings
from segmentation.rules.describe import phrase
from segmentation.rules.faults import RuleError
from segmentation.rules.nodes import Rule
from segmentation.rules.parse import parse

WEEK = timedelta(days=7)
WEEKS = 12
# As long as a message can be answered (verb 8).
ANSWERED_WITHIN = timedelta(days=7)
# Fewer customers are no ground for two segments.
FEWEST = 100
SMALLEST_SIDE = 0.2
FACTOR = 2.0
# Of so many equal divisions none may look different, taken together (Bonferroni: divided by the number tried).
BY_CHANCE = 0.01
# The normal approximation of the test needs as many expected answers, and expected silences, on either side.
EXPECTED = 5
MOST_VALUES = 12

# Names, addresses and ids tell people apart, not groups.
_PERSONAL = (
    "user_id",
    "email",
    "phone",
    "first_name",
    "last_name",
    "birthday",
    "postal_code",
    "created_at",
    "timezone",
)


@dataclass(frozen=True, slots=True)
class Division:
    """A condition that divides a segment in two: as a rule node and in words, with how many were written to on either
    side and what share of them answered. `goal` is the event that counts as the answer, empty for a click."""

    condition: dict[str, Any]
    sentence: str
    rate_in: float
    rate_out: float
    many_in: int
    many_out: int
    goal: str = ""

    @property
    def factor(self) -> float:
        """How many times as often the better side answers; infinite where the other never does."""
        low, high = sorted((self.rate_in, self.rate_out))
        return high / low if low else float("inf")


@dataclass(frozen=True)
class _Week:
    """Whoever was first written to in one week: the instant of their conditions, and who of them answered."""

    at: datetime
    customers: list[int]
    answered: list[bool]
    goal: str


def best_division(segment: Segment, now: datetime) -> Division | None:
    """The division that can least be chance, where one is clear: either side has a fifth of those written to, one answers
    at least twice as often as the other, and chance would do so in fewer than one of a hundred such searches."""
    weeks = _weeks(segment, now)
    customers = [customer for week in weeks for customer in week.customers]
    if len(customers) < FEWEST:
        return None
    tried = _parsed([*_of_behaviour(), *_of_values(customers)])
    if not tried:
        return None
    everybody = Rate(sum(sum(week.answered) for week in weeks), len(customers))
    sides = {key: (inside, Rate(everybody.answered - inside.answered, everybody.of - inside.of))
             for key, inside in _insides(weeks, [rule for _, rule in tried]).items()}  # fmt: skip
    clear = [key for key, (inside, outside) in sides.items() if _clear(inside, outside, tried=len(tried))]
    if not clear:
        return None
    # Of two that divide alike (gold or not, tin or not) the one that names those who answer.
    best = min(clear, key=lambda key: (difference_by_chance(*sides[key]), -sides[key][0].share, key))
    return _division(tried[best], sides[best], weeks[0].goal)


def _clear(inside: Rate, outside: Rate, *, tried: int) -> bool:
    """Whether two sides differ enough to be two groups."""
    both = inside + outside
    least = min(inside.of, outside.of)
    low, high = sorted((inside.share, outside.share))
    if least < SMALLEST_SIDE * both.of or least * min(both.share, 1 - both.share) < EXPECTED or high < FACTOR * low:
        return False
    return difference_by_chance(inside, outside) < BY_CHANCE / tried


def _division(tried: tuple[dict[str, Any], Rule], sides: tuple[Rate, Rate], goal: str) -> Division:
    condition, rule = tried
    inside, outside = sides
    words = phrase(rule.include.conditions[0])
    return Division(condition, words, inside.share, outside.share, inside.of, outside.of, goal)


# Ways with a goal are counted alone where there are any: a goal reached and a click are no one measure.
_WEEKS = f"""
WITH spoken AS MATERIALIZED (
    SELECT * FROM ({SPOKEN} AND e.id IS NOT NULL) AS all_spoken WHERE slug = %(slug)s),
asked AS (SELECT goal FROM spoken WHERE goal <> '' GROUP BY goal ORDER BY count(*) DESC, goal LIMIT 1),
first AS (
    SELECT DISTINCT ON (customer_id) customer_id, enrolment_id, sent_at, goal FROM spoken
     WHERE goal = COALESCE((SELECT goal FROM asked), '') ORDER BY customer_id, sent_at, id),
ways AS (SELECT enrolment_id, bool_or(answered) AS answered FROM spoken GROUP BY enrolment_id)
SELECT floor(extract(epoch FROM %(until)s - f.sent_at) / %(week)s)::int AS week, array_agg(f.customer_id ORDER BY f.customer_id),
       array_agg(w.answered ORDER BY f.customer_id), min(f.goal)
  FROM first f JOIN ways w USING (enrolment_id) GROUP BY 1 ORDER BY 1"""


def _weeks(segment: Segment, now: datetime) -> list[_Week]:
    """Everybody counted, by the week in which they were first written to."""
    until = now - ANSWERED_WITHIN
    asked = {"slug": segment.slug, "since": until - WEEKS * WEEK, "until": until, "week": WEEK.total_seconds()}
    return [
        _Week(until - (week + 1) * WEEK, customers, answered, goal)
        for week, customers, answered, goal in rows_of(_WEEKS, **asked)
    ]


def _insides(weeks: Sequence[_Week], rules: Sequence[Rule]) -> dict[int, Rate]:
    """For each rule those of whom it was true, by its place: one statement a week, the one that live rules are asked with."""
    found = {place: Rate(0, 0) for place in range(len(rules))}
    numbered = dict(enumerate(rules))
    for week in weeks:
        around = surroundings(rules, now=week.at, stored_thresholds=False, at_past=True)
        for portion in select.portions(numbered):
            statement = select.batch(portion, around, week.customers)
            sql = f"""
                SELECT b.segment_id, count(*) FILTER (WHERE w.answered), count(*)
                  FROM ({statement.sql}) b
                  JOIN unnest(%(customers)s::bigint[], %(answered)s::boolean[]) AS w (customer_id, answered)
                    ON w.customer_id = b.customer_id
                 GROUP BY b.segment_id"""
            rows = rows_of(sql, **statement.parameters, customers=week.customers, answered=week.answered)
            for place, answered, many in rows:
                found[place] += Rate(answered, many)
    return found


def _parsed(conditions: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], Rule]]:
    """The conditions that are rules with the catalogue as it is: an attribute may have been given another type."""
    declared = catalogue()
    found = []
    for condition in conditions:
        try:
            rule = parse({"version": 1, "include": {"op": "all", "conditions": [condition]}}, catalogue=declared)
        except RuleError:
            continue
        found.append((condition, rule))
    return found


def _of_behaviour() -> Iterator[dict[str, Any]]:
    """What a marketer divides by: orders, how long ago the last one was, letters opened, pages looked at."""
    for orders in (1, 2, 4):
        yield {"type": "attribute", "key": "orders_ever", "operator": "gte", "value": orders}
    for days in (30, 90, 180):
        yield {"type": "attribute", "key": "days_since_last_order", "operator": "lte", "value": days}
    known = set(EventName.objects.filter(name__in=_LATELY).values_list("name", flat=True))
    for name, days in _LATELY.items():
        if name in known:
            yield {
                "type": "event",
                "event": name,
                "measure": {"aggregate": "count"},
                "operator": "gte",
                "value": 1,
                "window": {"last": {"amount": days, "unit": "days"}},
            }


_LATELY = {"Email Opened": 30, "Email Link Clicked": 90, "Product Viewed": 7, "Product Added": 30}

# Texts are one value however their letters are written, as the rule language compares them.
_VALUES = """
SELECT key, min(value), kind FROM (
    SELECT a.key, a.value #>> '{}' AS value, jsonb_typeof(a.value) AS kind
      FROM customers_customer c, jsonb_each(c.attributes) AS a
     WHERE c.id = ANY(%(customers)s) AND jsonb_typeof(a.value) IN ('string', 'boolean') AND a.key <> ALL(%(personal)s)
) AS held
WHERE value <> '' AND value <> 'false'
GROUP BY key, kind, lower(value COLLATE "pg_unicode_fast")
HAVING count(*) BETWEEN %(least)s AND %(most)s ORDER BY count(*) DESC, key, min(value) LIMIT %(values)s"""


def _of_values(customers: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Values that between a fifth and four fifths of the customers have: a country, a language, a tier."""
    most = (1 - SMALLEST_SIDE) * len(customers)
    least = SMALLEST_SIDE * len(customers)
    asked: Mapping[str, Any] = {"customers": list(customers), "personal": list(_PERSONAL), "values": MOST_VALUES}
    for key, value, kind in rows_of(_VALUES, **asked, least=least, most=most):
        if kind == "boolean":
            yield {"type": "attribute", "key": key, "operator": "is_true"}
        else:
            yield {"type": "attribute", "key": key, "operator": "is", "value": value}
