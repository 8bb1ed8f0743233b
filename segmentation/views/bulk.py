"""What is done to many at once from a list: to segments, and to customers. Works without a script."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from common import clock
from common.asked import whole_in
from customers.models import Customer
from customers.queries.columns import columns_chosen, columns_offered
from customers.queries.people import Wanted, customers_wanted, in_order
from customers.roles import account, allowed
from customers.views.people import PORTION, csv_of
from segmentation import bulk
from segmentation.causes import Cause
from segmentation.enlist import request_enlist
from segmentation.errors import SegmentError
from segmentation.findings.asked import segments_listed
from segmentation.models import Job, Segment
from segmentation.queries import listing
from segmentation.work import run_if_few

# What a deed is done with, by the field of the form that has it.
VALUES = {"tag": "tag", "untag": "tag", "folder": "folder", "owner": "owner"}
# So many reasons are said beside the list; all of them stand on the job's page.
SAID = 5


@require_POST
@allowed()
def bulk_segments(request: HttpRequest) -> HttpResponse:
    """Pause, resume, archive, tag, move or give away the chosen segments, or all that fit."""
    given, now = request.POST, clock.now()
    chosen = segments_listed(listing.Wanted.of(QueryDict(given.get("query", ""))), now=now)
    if given.get("scope") != "all":
        chosen = Segment.objects.filter(slug__in=given.getlist("pick"))
    do = given.get("do", "")
    value = given.get(VALUES.get(do, ""), "")
    try:
        job = bulk.request_bulk(do=do, segments=list(chosen), value=value, by=account(request), now=now)
    except SegmentError as error:
        messages.error(request, error.message)
        return _back(request, "/segments/")
    run_if_few(job=job, now=now)
    return _told(request, job, "/segments/")


@require_POST
@allowed()
def bulk_customers(request: HttpRequest) -> HttpResponseBase:
    """Put the chosen customers, or all that fit, on a static segment, take them off it, or export them."""
    given, now = request.POST, clock.now()
    query = QueryDict(given.get("query", ""))
    wanted = Wanted.of(query)
    chosen = customers_wanted(wanted, now=now)
    if given.get("scope") != "all":
        chosen = Customer.objects.filter(pk__in=_numbers(given.getlist("pick")))
    if given.get("do") == "export":
        columns = columns_chosen(query.getlist("columns"), columns_offered())
        rows = in_order(chosen, wanted).prefetch_related("consents")
        return csv_of(rows.iterator(PORTION), columns, now=now)
    job = _listed(request, sorted(chosen.order_by().values_list("pk", flat=True)))
    return _told(request, job, "/customers/") if job else _back(request, "/customers/")


def _listed(request: HttpRequest, customers: list[int]) -> Job | None:
    """The work of putting customers on a list or taking them off, done where they are few; None where it was refused."""
    segment, now = get_object_or_404(Segment, slug=request.POST.get("list", "")), clock.now()
    if not customers:
        messages.error(request, "Choose the customers first.")
        return None
    by, off = account(request), request.POST.get("do") == "remove"
    cause = Cause("manual", id=by.username, detail=f"{'taken off' if off else 'added'} by {by.username}", at=now)
    try:
        job = request_enlist(segment=segment, customers=customers, cause=cause, off=off, by=by, now=now)
    except SegmentError as error:
        messages.error(request, error.message)
        return None
    run_if_few(job=job, now=now)
    return job


def _numbers(texts: list[str]) -> list[int]:
    return [number for text in texts if (number := whole_in(text)) is not None]


def _told(request: HttpRequest, job: Job, place: str) -> HttpResponse:
    """Back to the list with what was done and what was refused; to the job where it goes on."""
    job.refresh_from_db()
    if job.state != Job.State.DONE:
        return redirect("segmentation:job-page", job.pk)
    result = job.result or {}
    refused = result.get("refused", [])
    for one in refused[:SAID]:
        messages.warning(request, f"{one['name']}: {one['why']}")
    if len(refused) > SAID:
        messages.warning(request, f"And {len(refused) - SAID:,} more: see job {job.pk}.")
    if result.get("done", True):
        messages.success(request, outcome(job))
    return _back(request, place)


def outcome(job: Job) -> str:
    """What a finished job did, in a sentence; empty for one that has a page of its own."""
    result, name = job.result or {}, job.segment.name if job.segment else ""
    if "said" in result:
        return str(result["said"])
    for what, past, besides in (("added", "put on", "on it already"), ("removed", "taken off", "not on it")):
        if what in result:
            moved, others = result[what], result["customers"] - result[what]
            done = f"{moved:,} customer{'' if moved == 1 else 's'} {past} the list {name}"
            return f"{done}; {others:,} {'was' if others == 1 else 'were'} {besides}." if others else f"{done}."
    return ""


def _back(request: HttpRequest, place: str) -> HttpResponse:
    query = QueryDict(request.POST.get("query", ""), mutable=True)
    query.setdefault("view", "all")
    return redirect(f"{place}?{query.urlencode()}")
