"""Drafts with conditions that somebody turned off, and publishing without them.

The rule language has no word for a condition that is turned off. The builder writes one as a group that decides nothing:
beside a condition that always holds (in `all`), or that never does (in `any` and `none`). Whoever reads the draft
evaluates it right; publishing leaves such groups out, so that a live rule says only what counts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from segmentation.models import Job, Segment
from segmentation.portfolio import hold_alone
from segmentation.publish import put_live, readied
from segmentation.save import save_draft

Actor = User | None


def without_neutral(document: Any) -> Any:
    """The document without the groups that decide nothing; anything that is no rule stays as it is."""
    if not isinstance(document, dict):
        return document
    sides = {side: _thinned(document[side]) for side in ("include", "exclude") if side in document}
    return {**document, **sides}


def _thinned(node: Any) -> Any:
    if not isinstance(node, dict) or not isinstance(node.get("conditions"), list):
        return node
    kept = [child for child in node["conditions"] if not _decides_nothing(child, node.get("op"))]
    return {**node, "conditions": [_thinned(child) for child in kept]}


def _decides_nothing(node: Any, op: Any) -> bool:
    """Whether the group is the builder's way to write a condition that is turned off, in a group of this `op`."""
    outer, rest = ("any", "all") if op == "all" else ("all", "any")
    if not isinstance(node, dict) or node.get("op") != outer:
        return False
    conditions = node.get("conditions")
    return isinstance(conditions, list) and len(conditions) == 2 and conditions[1] == {"op": rest, "conditions": []}


def counting_rule(segment: Segment) -> Any:
    """The rule, as a document, that counts of a segment: of a published one the live rule, of a draft the draft."""
    return segment.live_version.rule if segment.live_version else without_neutral(segment.rule)


@transaction.atomic
def publish_draft(
    *, segment: Segment, revision: int, by: Actor, note: str = "", silent: bool = False, now: datetime
) -> Job:
    """Publish the draft that somebody looked at, without what is turned off in it.

    Raises SegmentError (`stale`) where it was saved again since, and whatever publishing refuses.
    """
    asked = Segment.objects.get(pk=segment.pk)
    asked.rule = without_neutral(segment.rule)
    rule = readied(asked, now=now)
    hold_alone()
    save_draft(segment=segment, rule=asked.rule, revision=revision, by=by, now=now)
    return put_live(asked=asked, rule=rule, by=by, note=note, silent=silent, request=None, now=now)
