"""What was sent in the name of a segment, and what came of it; campaigns/queries/spoken.py says what that name is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from campaigns.models import Journey
from campaigns.queries.spoken import IN_THE_NAME_OF, MESSAGES
from common.rows import rows_of
from segmentation.models import Segment

_NAMED = f"""
WITH named AS MATERIALIZED (
    SELECT m.id, m.customer_id, m.state, m.reason FROM {MESSAGES}
    WHERE m.journey_id = ANY(%(journeys)s) AND m.planned_at > %(since)s AND m.planned_at <= %(until)s
    AND {IN_THE_NAME_OF} = %(slug)s)
"""
_CAME_OF_IT = f"""{_NAMED}
SELECT count(*), count(DISTINCT n.customer_id), count(o.opened_at), count(o.clicked_at), count(o.unsubscribed_at),
       count(o.converted_at), COALESCE(sum(o.revenue), 0)
FROM named n LEFT JOIN campaigns_outcome o ON o.message_id = n.id WHERE n.state IN ('sent', 'delivered')"""
_WITHHELD = f"""{_NAMED}
SELECT reason, count(*) FROM named WHERE state = 'withheld' GROUP BY 1 ORDER BY 2 DESC, 1"""


@dataclass(frozen=True)
class InItsName:
    """Messages handed over, to how many customers, and what these did; and how many were withheld, by reason."""

    sent: int
    customers: int
    opened: int
    clicked: int
    unsubscribed: int
    converted: int
    revenue: Decimal
    withheld: Mapping[str, int]


def sent_in_the_name_of(segment: Segment, *, since: datetime, until: datetime) -> InItsName:
    """The messages planned in `(since, until]`; conversions and revenue as verb 8 measured them last."""
    said_so = Q(document__entry__segment=segment.slug) | Q(versions__document__entry__segment=segment.slug)
    journeys = list(Journey.objects.filter(said_so).values_list("pk", flat=True).distinct())
    asked = {"journeys": journeys, "slug": segment.slug, "since": since, "until": until}
    ((sent, customers, opened, clicked, unsubscribed, converted, revenue),) = rows_of(_CAME_OF_IT, **asked)
    withheld = dict(rows_of(_WITHHELD, **asked))
    return InItsName(sent, customers, opened, clicked, unsubscribed, converted, revenue, withheld)
