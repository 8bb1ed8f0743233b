"""Long work over REST: ask for a backtest, look how far a job is, cancel it."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.pagination import Order
from common.problem import Problem, ProblemError
from customers.api.base import ApiView
from customers.api.described import PAGING
from customers.api.described import page_of as page_shape
from segmentation import jobs
from segmentation.api import described
from segmentation.api.represent import job_as_json
from segmentation.models import Job

NEWEST = Order(("id",), descending=True)


class JobsView(ApiView):
    """`/api/jobs/`"""

    @extend_schema(
        operation_id="jobs_list",
        summary="Long work, newest first",
        parameters=PAGING,
        responses=page_shape("JobPage", described.JobAnswer),
    )
    def get(self, request: Request) -> Response:
        """Every job, newest first."""
        return self.page(request, Job.objects.select_related("segment"), NEWEST, job_as_json)


class JobView(ApiView):
    """`/api/jobs/{id}/`"""

    @extend_schema(operation_id="jobs_read", summary="How far a job is, and its result", responses=described.JobAnswer)
    def get(self, request: Request, number: int) -> Response:
        """State, progress from 0 to 1, and the result once it is done."""
        return Response(job_as_json(job_at(number)))


class CancelView(ApiView):
    """`/api/jobs/{id}/cancel/`"""

    @extend_schema(operation_id="jobs_cancel", summary="Ask a job to stop", request=None, responses=described.JobAnswer)
    def post(self, request: Request, number: int) -> Response:
        """It stops at its next report of progress."""
        if not jobs.cancel(job=job_at(number)):
            raise ProblemError(Problem("job_is_over", "The job is over; there is nothing to cancel.", 409))
        return Response(job_as_json(job_at(number)))


def job_at(number: int) -> Job:
    """The job that an address names. Raises ProblemError (404) where there is none."""
    found = Job.objects.select_related("segment").filter(pk=number).first() if number < 2**63 else None
    if found is None:
        raise ProblemError(Problem("no_such_job", "There is no such job.", 404, detail=str(number)))
    return found
