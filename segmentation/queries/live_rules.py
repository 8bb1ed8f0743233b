"""The parsed rules of published versions. A version never changes, so each is parsed once a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segmentation.models import Segment, SegmentVersion
from segmentation.models.segment import Status
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.faults import RuleError
from segmentation.rules.nodes import Rule
from segmentation.rules.parse import parse

# By the version's id and the hash of its rule. Parsed with the built-in types only: a type that somebody edits later
# must not turn a rule that was published into a faulty one.
_parsed: dict[tuple[int, str], Rule | RuleError] = {}
_MOST = 2000


@dataclass(frozen=True)
class LiveRule:
    """The rule that counts for one live segment."""

    slug: str
    rule: Rule


def live_rules() -> dict[int, LiveRule]:
    """The rules of all live segments that can be evaluated, by segment."""
    live = Segment.objects.filter(status=Status.LIVE, error="", live_version__isnull=False).order_by("pk")
    rows = {
        pk: (slug, version, digest)
        for pk, slug, version, digest in live.values_list("pk", "slug", "live_version_id", "live_version__rule_hash")
    }
    found = rules_of({pk: (version, digest) for pk, (_, version, digest) in rows.items()})
    return {pk: LiveRule(rows[pk][0], rule) for pk, rule in found.items() if not isinstance(rule, RuleError)}


def rules_of(versions: Mapping[int, tuple[int, str]]) -> dict[int, Rule | RuleError]:
    """The rules by the given keys (segments); each value names a version's id and the hash of its rule."""
    missing = [version for version in versions.values() if version not in _parsed]
    if missing:
        if len(_parsed) > _MOST:
            _parsed.clear()
            missing = list(versions.values())
        for version in SegmentVersion.objects.filter(pk__in=[pk for pk, _ in missing]).only("rule", "rule_hash"):
            _parsed[version.pk, version.rule_hash] = _parse(version)
    return {segment: _parsed[version] for segment, version in versions.items()}


def _parse(version: SegmentVersion) -> Rule | RuleError:
    try:
        return parse(version.rule, catalogue=Catalogue())
    except RuleError as error:
        return error
