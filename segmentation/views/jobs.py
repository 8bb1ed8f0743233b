"""Long work on a page of its own: how far it is, a button that stops it, what came of it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from common.htmx import render, wants_part
from customers.roles import allowed
from segmentation import jobs
from segmentation.bulk import DEEDS
from segmentation.models import Job
from segmentation.views.bulk import outcome


def over_or_stopped(request: HttpRequest, job: Job) -> HttpResponse | None:
    """What a page that shows a job answers before it shows it: POST asks the job to stop, and a part that renews itself
    gives way to the whole page once it is over."""
    if request.method == "POST":
        jobs.cancel(job=job)
        return redirect(request.path)
    if wants_part(request) and job.state not in jobs.OPEN:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return None


@allowed()
def job_page(request: HttpRequest, number: int) -> HttpResponse:
    """The state of a job, renewed until it is over; POST asks it to stop."""
    job = get_object_or_404(Job.objects.select_related("segment", "created_by"), pk=number)
    if request.method == "POST":
        jobs.cancel(job=job)
        return redirect("segmentation:job-page", number)
    deed = DEEDS.get(job.parameters.get("do", ""))
    context = {"job": job, "open": job.state in jobs.OPEN, "outcome": outcome(job), "deed": deed}
    return render(request, "segmentation/job_page.html", context, part="state")
