"""A stamp of what evaluation reads besides customers: it differs once anything of that has changed, whoever changed it."""

from __future__ import annotations

from django.db import connection

from common.prepared import prepared_cursor

# Every change of a row leaves one with another `xmin` (the transaction) or `ctid` (the place): no writer has to remember
# to say so, and a change that was taken back counts for as long as it is seen. What a segment reads is left out: it is
# written only with the version or the status of the segment, and would be most of the rows. Attributes are written all
# the time.
_STAMP = """
SELECT bit_xor(hash_record_extended(line, 0)), count(*) FROM (
    SELECT ROW(1, id, xmin, ctid) AS line FROM segmentation_segment
    UNION ALL SELECT ROW(2, id, xmin, ctid) FROM segmentation_exclusion
    UNION ALL SELECT ROW(3, id, xmin, ctid) FROM segmentation_exclusiongroup_segments
    UNION ALL SELECT ROW(4, id, xmin, ctid) FROM segmentation_percentilethreshold
    UNION ALL SELECT ROW(5, id, xmin, ctid) FROM customers_eventname
    UNION ALL SELECT ROW(6, key, type) FROM customers_catalogueattribute WHERE edited_at IS NOT NULL) AS lines"""

Stamp = tuple[str, int | None, int]


def portfolio_stamp() -> Stamp:
    """Of segments, what they read, exclusions, groups, thresholds, the names of events and the types of attributes, as
    this moment shows them. Where two stamps are equal, all of it is."""
    with prepared_cursor() as cursor:
        cursor.execute(_STAMP)
        lines, count = cursor.fetchone()
    return str(connection.settings_dict["NAME"]), lines, count
