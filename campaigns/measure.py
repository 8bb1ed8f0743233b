"""Stage 8 of 8: measure.

Takes: messages that were sent, with what customers answered, their events and their orders.
Leaves: `Outcome`, one row a message.
Safe to repeat because: an outcome is derived, and a row that would say the same is not written.
Next: nothing; reports read it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

# A goal or an order counts for the last message before it, if it comes within this time.
WINDOW = timedelta(days=7)
# Events may be late, and orders are refunded: outcomes are looked at again for this long.
LOOKED_AT = timedelta(days=30)

# The messages in question, each with its goal and the time that is its own: until the customer's next message.
SENT = """
SELECT m.id, m.customer_id, m.sent_at, v.document #>> '{goal,event}' AS goal,
       LEAST(m.sent_at + %(window)s, %(now)s, LEAD(m.sent_at) OVER (PARTITION BY m.customer_id ORDER BY m.sent_at, m.id)) AS until
  FROM campaigns_message m
  LEFT JOIN campaigns_enrolment e ON e.id = m.enrolment_id
  LEFT JOIN campaigns_journeyversion v ON v.id = e.version_id
 WHERE m.state IN ('sent', 'delivered') AND m.sent_at <= %(now)s AND m.sent_at > %(since)s
"""

# What was given back of an order up to now: a list of {"at", "amount"}.
REFUNDED = """
SELECT COALESCE(sum((f ->> 'amount')::numeric), 0) FROM jsonb_array_elements(o.refunds) f
 WHERE (f ->> 'at')::timestamptz <= %(now)s
"""

MEASURE = f"""
WITH sent AS ({SENT}), measured AS (
SELECT s.id,
       (SELECT min(r.first_at) FROM campaigns_response r WHERE r.message_id = s.id AND r.kind = 'opened') AS opened_at,
       (SELECT min(r.first_at) FROM campaigns_response r WHERE r.message_id = s.id AND r.kind = 'clicked') AS clicked_at,
       (SELECT min(r.first_at) FROM campaigns_response r
         WHERE r.message_id = s.id AND r.kind = 'unsubscribed') AS unsubscribed_at,
       (SELECT min(v.time) FROM customers_event v JOIN customers_eventname n ON n.id = v.name_id
         WHERE n.name = s.goal AND v.customer_id = s.customer_id AND v.time > s.sent_at AND v.time <= s.until) AS converted_at,
       (SELECT COALESCE(sum(GREATEST(o.revenue - ({REFUNDED}), 0)), 0) FROM customers_order o
         WHERE o.customer_id = s.customer_id AND o.ordered_at > s.sent_at AND o.ordered_at <= s.until
           AND (o.cancelled_at IS NULL OR o.cancelled_at > %(now)s)) AS revenue
  FROM sent s)
INSERT INTO campaigns_outcome AS o
       (message_id, opened_at, clicked_at, unsubscribed_at, converted_at, revenue, measured_at)
SELECT id, opened_at, clicked_at, unsubscribed_at, converted_at, revenue, %(now)s FROM measured ORDER BY id
ON CONFLICT (message_id) DO UPDATE
   SET opened_at = excluded.opened_at, clicked_at = excluded.clicked_at, unsubscribed_at = excluded.unsubscribed_at,
       converted_at = excluded.converted_at, revenue = excluded.revenue, measured_at = excluded.measured_at
 WHERE (o.opened_at, o.clicked_at, o.unsubscribed_at, o.converted_at, o.revenue)
       IS DISTINCT FROM
       (excluded.opened_at, excluded.clicked_at, excluded.unsubscribed_at, excluded.converted_at, excluded.revenue)
"""

GONE = """
DELETE FROM campaigns_outcome o USING campaigns_message m
 WHERE m.id = o.message_id AND (m.state NOT IN ('sent', 'delivered') OR m.sent_at IS NULL)
"""


@transaction.atomic
def measure(*, now: datetime, everything: bool = False) -> int:
    """Derive the outcomes of lately sent messages, or of all; return how many rows changed.

    An order or a goal event counts once, for the last message before it. Revenue is net of refunds and cancellations.
    """
    since = datetime.min.replace(tzinfo=now.tzinfo) if everything else now - LOOKED_AT
    with connection.cursor() as cursor:
        cursor.execute(GONE)
        removed: int = cursor.rowcount
        asked: dict[str, Any] = {"window": WINDOW, "now": now, "since": since}
        cursor.execute(MEASURE, asked)
        measured: int = cursor.rowcount
    return removed + measured
