"""Which conditions on events are answered by one scan.

Conditions on the same events over the same stretch of time take their measures from one scan. So do those whose windows
end now: the events of a shorter window are filtered out of those of the longest, unless the shorter one needs what the
longest would go without, such as the properties of each event, which a scan that only counts finds all it needs without.
"""

from __future__ import annotations

from collections.abc import Sequence

from segmentation.compiler.events import LOCAL
from segmentation.rules.nodes import Event, Last, Selector, Window


def one_scan_each(nodes: Sequence[Event]) -> list[tuple[Event, ...]]:
    """The conditions in parts that are answered by one scan each, over the window of the first of the part."""
    stretches: dict[tuple[Selector, Window], list[Event]] = {}
    for node in nodes:
        stretches.setdefault((node.measured.selector, node.measured.window), []).append(node)
    scans: list[list[Event]] = []
    for stretch in sorted(stretches.values(), key=_length, reverse=True):
        longer = next((scan for scan in scans if _takes_in(scan, stretch)), None)
        if longer is None:
            scans.append(stretch)
        else:
            longer.extend(stretch)
    return [tuple(scan) for scan in scans]


def _length(stretch: Sequence[Event]) -> float:
    window = stretch[0].measured.window
    return window.duration.length.total_seconds() if isinstance(window, Last) else 0


def _takes_in(scan: Sequence[Event], shorter: Sequence[Event]) -> bool:
    one, other = scan[0].measured, shorter[0].measured
    end_now = isinstance(one.window, Last) and isinstance(other.window, Last)
    return end_now and one.selector == other.selector and _work(shorter) <= _work(scan)


def _work(nodes: Sequence[Event]) -> frozenset[str]:
    """What the measures need besides a look at an index."""
    found: set[str] = set()
    for measured in (node.measured for node in nodes):
        name = measured.measure.property
        if name is not None and not measured.selector.where:
            found.add("properties")
        if name in LOCAL:
            found.add("place")
        if measured.measure.aggregate in ("distinct", "days_active"):
            found.add("sorting")
    return frozenset(found)
