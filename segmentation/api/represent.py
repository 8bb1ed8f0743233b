"""How segments, members, changes and jobs look in the API."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects

from customers.api.represent import customer_named_as_json, username
from segmentation.models import Job, Membership, MembershipChange, Segment, SegmentVersion
from segmentation.queries.membership import Counts, counts


def segment_as_json(segment: Segment, *, size: Counts, now: datetime) -> dict[str, Any]:
    """A segment with its card. `rule` is the draft: after a publish the live rule, until somebody edits it."""
    return {
        "slug": segment.slug,
        "name": segment.name,
        "rule": segment.rule,
        "status": segment.status,
        "kind": segment.kind,
        "version": segment.live_version.number if segment.live_version else None,
        "size": {"active": size.active, "suppressed": size.suppressed, "as_of": now},
        "card": _card(segment),
        "tags": segment.tags,
        "folder": segment.folder,
        "rank": segment.rank,
        "min_stay": segment.min_stay,
        "exit_grace": segment.exit_grace,
        "re_entry_pause": segment.re_entry_pause,
        "blocks_all_below": segment.blocks_all_below,
        "error": segment.error,
        "made_from": [origin.slug for origin in segment.made_from.all()],
        "created_at": segment.created_at,
        "updated_at": segment.updated_at,
    }


def segments_as_json(segments: Iterable[Segment], *, now: datetime) -> list[dict[str, Any]]:
    """Segments with their sizes, counted in one statement."""
    rows = list(segments)
    prefetch_related_objects(rows, "made_from")
    sizes = counts([row.pk for row in rows])
    return [segment_as_json(row, size=sizes.get(row.pk, Counts()), now=now) for row in rows]


def _card(segment: Segment) -> dict[str, Any]:
    return {
        "goal": segment.goal,
        "owner": segment.owner.get_username() if segment.owner else "",
        "action": segment.action,
        "message": segment.message,
        "channels": segment.channels,
        "incentive": segment.incentive,
        "kpi": segment.kpi,
        "kpi_target": segment.kpi_target,
        "review_on": segment.review_on,
    }


def member_as_json(row: Membership) -> dict[str, Any]:
    """One member of a segment."""
    return {
        "customer": customer_named_as_json(row.customer),
        "state": row.state,
        "since": row.since,
        "suppressed_by": row.suppressed_by.slug if row.suppressed_by else None,
    }


def customer_segment_as_json(row: Membership) -> dict[str, Any]:
    """One segment of a customer."""
    return {
        "segment": row.segment.slug,
        "name": row.segment.name,
        "state": row.state,
        "since": row.since,
        "suppressed_by": row.suppressed_by.slug if row.suppressed_by else None,
    }


def change_as_json(row: MembershipChange) -> dict[str, Any]:
    """One change of membership with what caused it."""
    return {
        "id": row.pk,
        "customer": customer_named_as_json(row.customer),
        "kind": row.kind,
        "state": row.state,
        "at": row.at,
        "version": row.version,
        "suppressed_by": row.suppressed_by.slug if row.suppressed_by else None,
        "cause": {
            "kind": row.cause_kind,
            "id": row.cause_id,
            "detail": row.cause_detail,
            "at": row.caused_at,
        },
    }


def version_as_json(row: SegmentVersion) -> dict[str, Any]:
    """One published rule."""
    return {
        "number": row.number,
        "rule": row.rule,
        "sentence": row.sentence,
        "note": row.note,
        "silent": row.silent,
        "published_by": username(row.published_by),
        "published_at": row.published_at,
    }


def job_as_json(row: Job) -> dict[str, Any]:
    """One piece of long work."""
    return {
        "id": row.pk,
        "kind": row.kind,
        "segment": row.segment.slug if row.segment else None,
        "state": row.state,
        "progress": row.progress,
        "said": row.said,
        "result": row.result,
        "error": row.error,
        "created_at": row.created_at,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
    }
