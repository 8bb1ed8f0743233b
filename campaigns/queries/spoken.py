"""What was said in the name of segments, and what was answered: the rows that findings and divisions count.

A message is said in the name of the segment whose entry started its journey, as the version of the journey says that the
customer is on. Only messages that were handed over count. An answer is the journey's goal reached in time (verb 8); where
a journey has no goal, a click.
"""

from __future__ import annotations

# Messages handed over in (since, until]: the segment's slug, the goal ('' for none), and whether they were answered.
SPOKEN = """
SELECT m.id, m.customer_id, m.enrolment_id, m.sent_at, m.template, m.subject, v.id AS version_id,
       COALESCE(v.document, j.document) #>> '{entry,segment}' AS slug,
       COALESCE(v.document #>> '{goal,event}', '') AS goal,
       CASE WHEN v.document #>> '{goal,event}' <> '' THEN o.converted_at ELSE o.clicked_at END IS NOT NULL AS answered
  FROM campaigns_message m
  JOIN campaigns_journey j ON j.id = m.journey_id
  LEFT JOIN campaigns_enrolment e ON e.id = m.enrolment_id
  LEFT JOIN campaigns_journeyversion v ON v.id = e.version_id
  LEFT JOIN campaigns_outcome o ON o.message_id = m.id
 WHERE m.state IN ('sent', 'delivered') AND m.planned_at <= %(until)s
   AND m.sent_at > %(since)s AND m.sent_at <= %(until)s"""
