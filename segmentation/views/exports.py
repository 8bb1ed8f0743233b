"""Members as a file: asked for, watched while it is written, fetched when it lies ready."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from common import clock
from common.htmx import render
from customers.roles import account, allowed
from segmentation import jobs
from segmentation.export_members import KIND, file_of, request_export
from segmentation.models import Job
from segmentation.views.jobs import over_or_stopped
from segmentation.views.members import Asked
from segmentation.views.segment import segment_named, shared


@require_POST
@allowed()
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """Leave the writing to a job, and go where it can be watched. What to write stands in the address."""
    segment, asked = segment_named(slug), Asked.of(request)
    if asked.fault:
        raise Http404(asked.fault)
    job = request_export(
        segment=segment,
        state=asked.state,
        search=asked.search,
        columns=asked.columns,
        at=asked.at,
        by=account(request),
        now=clock.now(),
    )
    return redirect("segmentation:export", slug, job.pk)


@allowed()
def export(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One file: how far it is, then where to fetch it. POST asks the job to stop."""
    segment = segment_named(slug)
    job = get_object_or_404(Job, pk=number, segment=segment, kind=KIND)
    if answer := over_or_stopped(request, job):
        return answer
    context = shared(segment, "members", job=job, open=job.state in jobs.OPEN, ready=file_of(job).is_file())
    return render(request, "segmentation/export.html", context, part="result")


@allowed()
def export_file(request: HttpRequest, slug: str, number: int) -> FileResponse:
    """The file, once it is whole."""
    job = get_object_or_404(Job, pk=number, segment=segment_named(slug), kind=KIND, state=Job.State.DONE)
    return as_file(job)


def as_file(job: Job) -> FileResponse:
    """The file of an export to fetch, or 404 where it is gone."""
    path = file_of(job)
    if not path.is_file():
        raise Http404("The file is gone: files lie ready for a week, and go when somebody in them is erased.")
    name = f"{job.segment.slug if job.segment else 'members'}-{job.created_at:%Y-%m-%d}.csv"
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")
