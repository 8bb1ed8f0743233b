"""One thing done to many segments over REST."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from customers.api.base import ApiView, actor_of, body_of
from segmentation import bulk
from segmentation.api import described
from segmentation.api.refusals import refusals, segment_at
from segmentation.api.represent import job_as_json
from segmentation.work import run_if_few


class BulkOrder(described.Strict):
    do = serializers.ChoiceField(list(bulk.DEEDS))
    segments: Any = serializers.ListField(child=described.StrictText(max_length=80), max_length=1000)
    value = described.StrictText(
        required=False, allow_blank=True, max_length=200, help_text="the tag, the folder, or the owner's user name"
    )


class BulkView(ApiView):
    """`/api/segments/bulk/`"""

    @extend_schema(
        operation_id="segments_bulk",
        summary="Do one thing to many segments",
        request=BulkOrder,
        responses={202: described.JobAnswer},
    )
    def post(self, request: Request) -> Response:
        """Pause, resume, archive, tag, untag, move to a folder or give to an owner. Each segment is refused alone: the job's
        result has `done` (slugs) and `refused` (`segment`, `name`, `why`). Few are done when this answers."""
        order, now = described.checked(BulkOrder, body_of(request)), clock.now()
        order["segments"] = [segment_at(slug) for slug in order["segments"]]
        with refusals():
            job = bulk.request_bulk(**order, by=actor_of(request), now=now)
        run_if_few(job=job, now=now)
        job.refresh_from_db()
        return Response(job_as_json(job), status=202)
