"""What becomes of a publish whose rebuild was cancelled: the segment goes back to the version before."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from segmentation.lifecycle import stand_still
from segmentation.models import Job, PublishRequest, Segment, SegmentVersion
from segmentation.models.segment import Status
from segmentation.portfolio import hold_alone
from segmentation.publish import request_rebuild, switch
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.parse import parse
from segmentation.thresholds import refresh_for


@transaction.atomic
def take_back(*, job: Job, now: datetime) -> None:
    """Return to the version before the cancelled one, with a rebuild of its own for those who were moved already.

    The first version of a segment has none before it: the segment pauses, its membership as far as the rebuild came;
    resume goes on with it. A job that was overtaken changes nothing.
    """
    before = _version_before(job)
    rule = parse(before.rule, catalogue=Catalogue()) if before else None
    refresh_for(rules=[rule] if rule else [], now=now)
    hold_alone()
    segment = Segment.objects.select_for_update().get(pk=job.segment_id or 0)
    current = segment.live_version
    if segment.status != Status.LIVE or current is None or current.number != job.parameters["version"]:
        return
    if before is None or rule is None:
        stand_still(segment=segment, by=job.created_by, note="The rebuild was cancelled.", now=now)
        return
    draft = segment.rule
    switch(segment=segment, version=before, rule=rule, now=now)
    Segment.objects.filter(pk=segment.pk).update(rule=draft, draft_authors=_authors(segment, current))
    silent = bool(job.parameters.get("silent"))
    request_rebuild(segment=segment, by=job.created_by, silent=silent, now=now)


def _authors(segment: Segment, cancelled: SegmentVersion) -> list[int]:
    """Who wrote at the draft since the version that counts again: at the cancelled one, and after it."""
    asked = PublishRequest.objects.filter(version=cancelled).first()
    wrote = {*segment.draft_authors, *(asked.authors if asked else [cancelled.published_by_id])}
    return sorted(account for account in wrote if account is not None)


def _version_before(job: Job) -> SegmentVersion | None:
    """The version that the cancelled one took the place of: one that was cancelled itself is none."""
    earlier = SegmentVersion.objects.filter(segment_id=job.segment_id or 0, number__lt=job.parameters["version"])
    if "replaces" in job.parameters:
        return earlier.filter(number=job.parameters["replaces"]).first()
    return earlier.order_by("-number").first()
