"""Which of the findings somebody asks for; and which segments a filter of the list means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from common.asked import text_in
from segmentation.findings import KINDS, kinds
from segmentation.findings.base import SEVERITIES, FindingKind
from segmentation.findings.card import LackingKind
from segmentation.findings.told import Told, open_findings
from segmentation.models import Segment
from segmentation.queries.listing import NOBODY, Wanted, segments_wanted

SOUND, CARD = "sound", "card"
# What the filter was called before the findings had their codes: addresses and views that people kept.
FORMERLY = {"false": "false_members", "overdue": "review_overdue"}


@dataclass(frozen=True)
class Asked:
    """A narrowing of the findings, each part one parameter of the address: the slug of a segment, the user name of an owner
    (or nobody), a severity, a code. Unknown severities and codes mean all."""

    segment: str = ""
    owner: str = ""
    severity: str = ""
    code: str = ""

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Asked:
        """Read the parameters of an address."""
        given = {name: text_in(parameters.get(name, ""))[:200] for name in ("segment", "owner")}
        severity, code = parameters.get("severity", ""), parameters.get("code", "")
        return cls(
            **given,
            severity=severity if severity in SEVERITIES else "",
            code=code if any(kind.code == code for kind in kinds()) else "",
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything was asked for."""
        return self != Asked()

    def keeps(self, told: Told) -> bool:
        """Whether a finding is among what is asked."""
        if self.segment and self.segment not in [one.slug for one in told.found.about]:
            return False
        if self.owner and not self._owned(told.found.segment):
            return False
        return self.severity in ("", told.kind.severity) and self.code in ("", told.kind.code)

    def _owned(self, segment: Segment | None) -> bool:
        if segment is None:
            return False
        return (segment.owner.get_username() if segment.owner else NOBODY) == self.owner


def by_kind(told: Iterable[Told]) -> list[tuple[type[FindingKind], list[Told]]]:
    """The findings of each kind, in the order they come in."""
    groups: dict[type[FindingKind], list[Told]] = {}
    for one in told:
        groups.setdefault(one.kind, []).append(one)
    return list(groups.items())


def health_choices() -> dict[str, str]:
    """What the list of segments can be filtered by, as words."""
    of_segments = [kind for kind in kinds() if not kind.portfolio]
    return {SOUND: "nothing to mend", CARD: "card not whole"} | {kind.code: kind.title for kind in of_segments}


def segments_listed(wanted: Wanted, *, now: datetime) -> QuerySet[Segment]:
    """The segments of a list, narrowed by what is found of them where that is asked for."""
    rows, health = segments_wanted(wanted), FORMERLY.get(wanted.health, wanted.health)
    return rows.filter(_of_health(health, now)) if health in health_choices() else rows


def _of_health(health: str, now: datetime) -> Q:
    lacking = [kind for kind in KINDS if issubclass(kind, LackingKind)]
    found = [
        one
        for one in open_findings(now=now)
        if health in (SOUND, one.kind.code) or (health == CARD and one.kind in lacking)
    ]
    segments = {side.pk for one in found for side in one.found.about}
    return ~Q(pk__in=segments) if health == SOUND else Q(pk__in=segments)
