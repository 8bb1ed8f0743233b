"""Members as a CSV file over REST: ask for a job, fetch its file."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.problem import Problem, ProblemError
from customers.api.base import ApiView, actor_of, body_of
from segmentation.api import described
from segmentation.api.jobs import job_at
from segmentation.api.refusals import segment_at
from segmentation.api.represent import job_as_json
from segmentation.export_members import KIND, MOST_EXPORTED, request_export
from segmentation.views.exports import as_file


class ExportOrder(described.Strict):
    state = serializers.ChoiceField(["active", "suppressed", "leaving", "all"], required=False)
    search = described.StrictText(required=False, allow_blank=True, max_length=200)
    columns: Any = serializers.ListField(
        child=described.StrictText(max_length=200), required=False, max_length=MOST_EXPORTED
    )
    at = serializers.DateTimeField(required=False)


class ExportView(ApiView):
    """`/api/segments/{slug}/export/`"""

    @extend_schema(
        operation_id="segments_export",
        summary="Write the members into a CSV file",
        request=ExportOrder,
        responses={202: described.JobAnswer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """A job; once it is done `/api/jobs/{id}/file/` has the file, for a week. `columns` are attributes and traits."""
        order = described.checked(ExportOrder, body_of(request))
        job = request_export(segment=segment_at(slug), by=actor_of(request), now=clock.now(), **order)
        return Response(job_as_json(job), status=202)


class JobFileView(ApiView):
    """`/api/jobs/{id}/file/`"""

    @extend_schema(operation_id="jobs_file", summary="The file of an export", responses={200: OpenApiTypes.BINARY})
    def get(self, request: Request, number: int) -> FileResponse:
        """The CSV file, as long as it lies ready."""
        job = job_at(number)
        try:
            if job.kind == KIND and job.state == job.State.DONE:
                return as_file(job)
        except Http404 as error:
            raise ProblemError(Problem("file_gone", "The file is gone. Ask for the export again.", 410)) from error
        raise ProblemError(Problem("no_file", "There is no file of this job, or not yet.", 404))
