"""How long the overlap report takes on the connected base: every pair of the live segments and the largest intersections."""

from __future__ import annotations

import time
from typing import Any

from benchmarks.loaded import WrongBaseError, check_loaded
from benchmarks.measures import base, percentiles
from common import clock
from segmentation.models import Segment
from segmentation.models.segment import Status
from segmentation.queries.overlap import overlap as overlaps_of


def overlap(*, tries: int) -> dict[str, Any]:
    """Milliseconds of the report, before and after governance, over all live segments."""
    check_loaded()
    live = Segment.objects.filter(status=Status.LIVE).count()
    if live < 2:
        raise WrongBaseError("Two live segments make an overlap: publish some on this base, with `benchmark rebuild`.")
    times = []
    for _ in range(tries):
        began = time.monotonic()
        report = overlaps_of(now=clock.now())
        times.append((time.monotonic() - began) * 1000)
    return {
        "milliseconds": percentiles(times),
        "segments": live,
        "pairs": len(report.qualified.shared),
        "memberships": sum(report.qualified.sizes.values()),
        "base": base(),
    }
