"""What a card lacks, and what it says that does not hold any more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from segmentation.findings.base import FindingKind, Fix, Found, Look, Severity, at, counted
from segmentation.queries.cards import NEEDED, lacking_on
from segmentation.queries.kpis import kpi_named

_NAMES = {one.field: one.name for one in NEEDED}


class LackingKind(FindingKind):
    """A field of the card that nobody filled in."""

    field: ClassVar[str]

    def found(self, look: Look) -> Iterator[Found]:
        """Every live or paused segment without it, with how many customers are in."""
        for segment in look.segments:
            if self.lacks(segment):
                size = look.size(segment)
                says = (
                    f"The card has no {_NAMES[self.field]}, and {counted(size)} {'is' if size == 1 else 'are'} in it."
                )
                yield Found(segment, size, says, Fix("Fill in the card", f"{at(segment, 'settings')}#id_{self.field}"))

    def lacks(self, segment: object) -> bool:
        """Whether the field is empty; a target of 0 is one."""
        return self.field in {one.field for one in lacking_on(segment)}  # type: ignore[arg-type]


class NoGoal(LackingKind):
    code, field, severity, title = "no_goal", "goal", Severity.WARNING, "No goal"
    why = "Nobody can say whether a segment works that is for nothing in particular."


class NoOwner(LackingKind):
    code, field, severity, title = "no_owner", "owner", Severity.WARNING, "No owner"
    why = "What belongs to nobody is mended by nobody."


class NoAction(LackingKind):
    code, field, severity, title = "no_action", "action", Severity.WARNING, "No campaign action"
    why = "A segment that leads to no action is a report."


class NoMessage(LackingKind):
    code, field, severity, title = "no_message", "message", Severity.HINT, "No message strategy"
    why = "People who are told the same as everybody need no segment."


class NoChannel(LackingKind):
    code, field, severity, title = "no_channel", "channels", Severity.WARNING, "No channel"
    why = "A channel decides who can be reached, and what conflicts with what."


class NoKpi(LackingKind):
    code, field, severity, title = "no_kpi", "kpi", Severity.WARNING, "No KPI"
    why = "Without a number nobody learns whether it was worth it."


class NoKpiTarget(LackingKind):
    code, field, severity, title = "no_kpi_target", "kpi_target", Severity.HINT, "KPI without a target"
    why = "A number with nothing to compare it with is neither good nor bad."

    def lacks(self, segment: object) -> bool:
        """Only where there is a KPI: one finding is enough for both."""
        return bool(getattr(segment, "kpi", "")) and super().lacks(segment)


class NoReview(LackingKind):
    code, field, severity, title = "no_review", "review_on", Severity.WARNING, "No review date"
    why = "Shops change; a segment that nobody looks at again goes on speaking."


class KpiNotMeasured(FindingKind):
    """A KPI in words that nothing here can compute."""

    code, severity, title = "kpi_not_measured", Severity.HINT, "KPI that cannot be measured"
    why = "A KPI that no number follows from is a wish."

    def found(self, look: Look) -> Iterator[Found]:
        """Every live or paused segment with such a KPI, with how many customers it is about."""
        for segment in look.segments:
            if segment.kpi and kpi_named(segment.kpi) is None:
                size = look.size(segment)
                says = f"Tideline cannot compute “{segment.kpi}” of {counted(size)}."
                yield Found(segment, size, says, Fix("Choose one that can", f"{at(segment, 'settings')}#id_kpi"))


class ReviewOverdue(FindingKind):
    """A review date that passed."""

    code, severity, title = "review_overdue", Severity.WARNING, "Review overdue"
    why = "Nobody confirmed that it is still right."

    def found(self, look: Look) -> Iterator[Found]:
        """Every live or paused segment whose date lies before today, with by how many days."""
        for segment in look.segments:
            if segment.review_on and segment.review_on < look.now.date():
                days = (look.now.date() - segment.review_on).days
                says = f"Its review was due {counted(days, 'day')} ago."
                yield Found(segment, days, says, Fix("Review it", f"/governance/reviews/{segment.slug}/"))


KINDS: list[type[FindingKind]] = [
    NoGoal, NoOwner, NoAction, NoMessage, NoChannel, NoKpi, NoKpiTarget, KpiNotMeasured, NoReview, ReviewOverdue
]  # fmt: skip
