"""Segments over REST: list, make, read, edit, delete, publish, pause, resume, archive, versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.pagination import Order
from customers.api.base import ApiView, actor_of, body_of
from customers.api.described import PAGING
from customers.api.described import page_of as page_shape
from segmentation import governance, lifecycle, save
from segmentation.api import described
from segmentation.api.refusals import refusals, segment_at
from segmentation.api.represent import job_as_json, segments_as_json, version_as_json
from segmentation.cautions import cautions
from segmentation.effects import effect_of
from segmentation.errors import GovernanceError
from segmentation.models import Segment
from segmentation.models.segment import Status
from segmentation.portfolio import hold_alone
from segmentation.publish import checked, publish
from segmentation.queries.base import base_size
from segmentation.queries.catalogue import catalogue, full_catalogue
from segmentation.queries.ranked import order_with
from segmentation.rebuild import run_now_if_small
from segmentation.rules.check import warnings
from segmentation.rules.parse import parse
from segmentation.weigh import weigh

OLDEST = Order(("id",))
NEWEST = Order(("number",), descending=True)
CARD_BESIDE = ("name", "tags", "folder")
_GOVERNED = {*described.GOVERNED, "blocks_all_below", "rank"}


class SegmentsView(ApiView):
    """`/api/segments/`"""

    @extend_schema(
        operation_id="segments_list",
        summary="Segments, oldest first",
        parameters=[OpenApiParameter("status", enum=list(Status.values)), *PAGING],
        responses=page_shape("SegmentPage", described.SegmentAnswer),
    )
    def get(self, request: Request) -> Response:
        """Every segment, archived ones too; `status` takes those of one status."""
        rows = Segment.objects.select_related("owner", "live_version")
        wanted = request.query_params.get("status", "")
        if wanted:
            rows = rows.filter(status=wanted if wanted in Status.values else None)
        return self.page_at_once(request, rows, OLDEST, partial(segments_as_json, now=clock.now()))

    @extend_schema(
        operation_id="segments_create",
        summary="Make a segment",
        request=described.SegmentNew,
        responses={201: described.SegmentAnswer},
    )
    def post(self, request: Request) -> Response:
        """Make a segment: a draft with its rule, or a static one."""
        values, now = described.checked(described.SegmentNew, body_of(request)), clock.now()
        with refusals(), transaction.atomic():
            if values.get("rule") is not None:
                parse(values["rule"], catalogue=catalogue())
            segment = save.create(
                name=values["name"],
                slug=values.get("slug", ""),
                kind=values.get("kind", Segment.Kind.DYNAMIC),
                rule=values.get("rule"),
                card={name: value for name, value in _card(values).items() if name != "name"},
                by=actor_of(request),
                now=now,
            )
            _govern(segment, values, by=actor_of(request), now=now)
        return _answer(segment.slug, status=201)


class SegmentView(ApiView):
    """`/api/segments/{slug}/`"""

    @extend_schema(operation_id="segments_read", summary="One segment", responses=described.SegmentAnswer)
    def get(self, request: Request, slug: str) -> Response:
        """A segment with its card, rule, status, size and governance settings."""
        return _answer(segment_at(slug).slug)

    @extend_schema(
        operation_id="segments_edit",
        summary="Edit a segment",
        request=described.SegmentEdit,
        responses=described.SegmentAnswer,
    )
    def patch(self, request: Request, slug: str) -> Response:
        """Set what the body names. A new `rule` is a draft until it is published."""
        segment, now = segment_at(slug), clock.now()
        values = described.checked(described.SegmentEdit, body_of(request))
        with refusals(), transaction.atomic():
            if _GOVERNED & values.keys():
                # Before the segment's row, as everybody does who takes both.
                hold_alone()
            if "rule" in values:
                parse(values["rule"], catalogue=catalogue())
                save.save_draft(segment=segment, rule=values["rule"], by=actor_of(request), now=now)
            card = _card(values)
            if card:
                save.edit_card(segment=segment, card=card, by=actor_of(request), now=now)
            _govern(segment, values, by=actor_of(request), now=now)
        return _answer(slug)

    @extend_schema(operation_id="segments_delete", summary="Delete a draft or archive", responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        """Throw a draft away that was never published; archive any other segment, whose history stays."""
        segment, now = segment_at(slug), clock.now()
        with refusals():
            if segment.status == Status.DRAFT and segment.live_version is None:
                save.delete_draft(segment=segment, by=actor_of(request), now=now)
            else:
                lifecycle.archive(segment=segment, by=actor_of(request), now=now)
        return Response(status=204)


class PublishView(ApiView):
    """`/api/segments/{slug}/publish/`"""

    @extend_schema(
        operation_id="segments_publish",
        summary="Make the draft the live rule",
        request=described.PublishOrder,
        responses=described.SegmentAnswer,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Publish; on a small base the membership is in line when this answers, else the job says how far it is.

        Where the installation asks for four eyes (`SEGMENT_APPROVAL`) this is refused with `four_eyes` (403): submit the
        draft, and let another key or person approve it.

        With `dry_run` nothing is published: the answer is `{"size", "enter", "leave", "warnings", "cautions", "too_heavy"}`,
        where `cautions` say that it is too broad, too small or much like another, and `too_heavy` has every reason why the
        rule would hold the live path up.
        """
        order, now = described.checked(described.PublishOrder, body_of(request)), clock.now()
        if order.pop("dry_run", False):
            with refusals():
                return Response(_would_be(segment_at(slug), now))
        with refusals():
            job = publish(segment=segment_at(slug), by=actor_of(request), now=now, **order)
        run_now_if_small(job=job, now=now)
        job.refresh_from_db()
        return _answer(slug, job=job_as_json(job))


class LifeView(ApiView):
    """`/api/segments/{slug}/pause/`, `/resume/`, `/archive/`"""

    action = "pause"

    @extend_schema(
        summary="Pause, resume or archive a segment", request=described.LifeOrder, responses=described.SegmentAnswer
    )
    def post(self, request: Request, slug: str) -> Response:
        """Pause keeps the members and stops evaluating, resume catches up, archive ends the segment for good."""
        order, now = described.checked(described.LifeOrder, body_of(request)), clock.now()
        verb: Any = {"pause": lifecycle.pause, "resume": lifecycle.resume, "archive": lifecycle.archive}[self.action]
        with refusals():
            left = verb(segment=segment_at(slug), by=actor_of(request), now=now, **order)
        if left is not None and not isinstance(left, Segment):
            run_now_if_small(job=left, now=now)
        return _answer(slug)


class VersionsView(ApiView):
    """`/api/segments/{slug}/versions/`"""

    @extend_schema(
        operation_id="segments_versions",
        summary="Published rules, newest first",
        parameters=PAGING,
        responses=page_shape("VersionPage", described.Version),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Every rule that was published, newest first."""
        rows = segment_at(slug).versions.select_related("published_by")
        return self.page(request, rows, NEWEST, version_as_json)


def _would_be(segment: Segment, now: datetime) -> dict[str, Any]:
    """What publishing the draft would do."""
    rule = checked(segment, now=now)
    effect = effect_of(rule=rule, segment=segment, now=now)
    return {
        **asdict(effect),
        "warnings": [warning.as_dict() for warning in warnings(rule, full_catalogue())],
        "cautions": cautions(rule=rule, segment=segment, effect=effect, base=base_size(), now=now),
        "too_heavy": [burden.as_dict() for burden in weigh(rule=rule, now=now)],
    }


def _answer(slug: str, *, status: int = 200, job: Mapping[str, Any] | None = None) -> Response:
    found = segments_as_json([segment_at(slug)], now=clock.now())[0]
    return Response(found if job is None else {**found, "job": job}, status=status)


def _card(values: Mapping[str, Any]) -> dict[str, Any]:
    return {**values.get("card", {}), **{name: values[name] for name in CARD_BESIDE if name in values}}


def _govern(segment: Segment, values: Mapping[str, Any], *, by: User, now: datetime) -> None:
    """Apply the governance settings that a body names."""
    hysteresis = {name: _plain(values[name]) for name in described.GOVERNED if name in values}
    if hysteresis:
        governance.set_hysteresis(segment=segment, settings=hysteresis, by=by, now=now)
    if "blocks_all_below" in values:
        governance.set_full_stop(segment=segment.slug, blocks_all_below=values["blocks_all_below"], by=by, now=now)
    if "rank" in values:
        try:
            governance.set_priorities(segments=order_with(segment, values["rank"]), by=by, now=now)
        except GovernanceError as error:
            raise GovernanceError(error.code, error.message, pointer="/rank") from error


def _plain(duration: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A duration as it is stored; none at all for one of 0."""
    return dict(duration) if duration and duration["amount"] else None
