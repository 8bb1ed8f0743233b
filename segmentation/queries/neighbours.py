"""Which other segments hold the customers of one: asked of that segment alone, so that its page need not look at all pairs."""

from __future__ import annotations

from dataclasses import dataclass

from common.rows import rows_of
from segmentation.models import Segment
from segmentation.models.segment import Status
from segmentation.queries.listing import Size, sizes_of

_BOTH = """
SELECT o.segment_id, count(*) FROM segmentation_membership m JOIN segmentation_membership o ON o.customer_id = m.customer_id
WHERE m.segment_id = %(segment)s AND o.segment_id = ANY(%(others)s) GROUP BY 1"""


@dataclass(frozen=True)
class Neighbour:
    """Another segment with `both` customers in common, as a share of the one asked about and of itself."""

    segment: Segment
    both: int
    share: float
    share_of_it: float


def neighbours_of(segment: Segment) -> list[Neighbour]:
    """The live and paused segments that share customers with this one, those with the most first; whoever qualifies counts."""
    others = Segment.objects.filter(status__in=(Status.LIVE, Status.PAUSED)).exclude(pk=segment.pk).defer("rule")
    by_id = {one.pk: one for one in others}
    both = dict(rows_of(_BOTH, segment=segment.pk, others=list(by_id)))
    sizes = sizes_of([segment.pk, *both])
    mine = sizes.get(segment.pk, Size()).all
    found = [
        Neighbour(by_id[pk], count, count / mine if mine else 0.0, count / its if (its := sizes[pk].all) else 0.0)
        for pk, count in both.items()
    ]
    return sorted(found, key=lambda one: (-one.both, one.segment.name))
