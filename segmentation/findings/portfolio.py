"""What is wrong with the segments together: much the same people twice, too many or too few of them, customers in none."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from segmentation.findings.base import FEWEST, MOST, FindingKind, Fix, Found, Look, Severity
from segmentation.findings.sizes import too_broad
from segmentation.models import Segment, SegmentDependency
from segmentation.queries.base import ALIKE
from segmentation.queries.coverage import ENOUGH, coverage
from segmentation.queries.overlap import Pair, overlap


class Alike(FindingKind):
    """Over 90 % of one segment's customers are in another one too."""

    code, severity, title, costly = "overlaps", Severity.WARNING, "Much the same people", True
    why = "Two segments of the same people say two things to them, or the same thing twice."

    def found(self, look: Look) -> Iterator[Found]:
        """Pairs of live segments of which one has more than 90 % of its customers in the other, with that share in percent.

        The one nearly inside is the segment of the finding. Left out: segments below the smallest size, those that hold
        nearly everybody, and a segment whose own rule says that its customers are of the other one.
        """
        reads = set(SegmentDependency.objects.filter(key__startswith="segment:").values_list("segment_id", "key"))
        for pair in overlap(now=look.now).qualified.pairs:
            if pair.both:
                inner, outer, share = _nested(pair)
                small = pair.both / share < settings.SMALLEST_SEGMENT
                said = (inner.pk, f"segment:{outer.slug}") in reads
                if share > ALIKE and not small and not said and not too_broad(look.size(outer), look.base):
                    says = f"{_percent(share)} of its customers are also in “{outer.name}”: {pair.both:,}."
                    fix = Fix("Compare the two", f"/reports/overlap/{inner.slug}/{outer.slug}/")
                    yield Found(inner, round(100 * share, 1), says, fix, outer)


def _nested(pair: Pair) -> tuple[Segment, Segment, float]:
    """The segment that is more inside the other, the other, and its share."""
    if pair.share_of_a >= pair.share_of_b:
        return pair.a, pair.b, pair.share_of_a
    return pair.b, pair.a, pair.share_of_b


def _percent(share: float) -> str:
    """Whole percents, and never more than there are: 99.6 % is no 100 %."""
    return f"{int(100 * share)}%"


class TooMany(FindingKind):
    """Over 40 live segments."""

    code, severity, title, portfolio = "too_many", Severity.WARNING, "Too many live segments", True
    why = "Nobody keeps more than 40 segments, their journeys and their order in mind."

    def found(self, look: Look) -> Iterator[Found]:
        """Once, with how many are live."""
        live = len(look.live)
        if live > MOST:
            fix = Fix("Look at the smallest", "/segments/?status=live&sort=-size")
            yield Found(None, live, f"{live:,} segments are live; over {MOST} nobody looks after all of them.", fix)


class TooFew(FindingKind):
    """Under 10 live segments, once the first has been live for a month."""

    code, severity, title, portfolio = "too_few", Severity.HINT, "Few live segments", True
    why = "A handful of segments tells most customers the same."

    def found(self, look: Look) -> Iterator[Found]:
        """Once, with how many are live."""
        live = len(look.live)
        if 0 < live < FEWEST and look.grown:
            says = f"Only {live} {'segment is' if live == 1 else 'segments are'} live; from {FEWEST} on a portfolio tells people apart."
            yield Found(None, live, says, Fix("Draw another one", "/new-segment/"))


class Uncovered(FindingKind):
    """Under 95 % of the customers known by name are in a live segment."""

    code, severity, title = "coverage", Severity.WARNING, "Customers in no segment"
    costly, portfolio = True, True
    why = "Whom no segment knows nobody speaks to on purpose."

    def found(self, look: Look) -> Iterator[Found]:
        """Once there is a portfolio to judge, with the share that is covered in percent."""
        if not look.live or not look.grown:
            return
        known = coverage(now=look.now).known
        if known.share is not None and known.share < ENOUGH:
            out = known.customers - known.qualified
            says = (
                f"{out:,} of {known.customers:,} customers known by name are in no live segment; "
                f"{_percent(known.share)} are in one or more."
            )
            yield Found(None, round(100 * known.share, 1), says, Fix("See the coverage", "/reports/coverage/"))


KINDS: list[type[FindingKind]] = [Alike, Uncovered, TooMany, TooFew]
