"""Static segments: put customers on the list and take them off, freeze a segment as one."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from common import clock
from common.asked import whole_in
from common.csv import lines_of
from common.htmx import render
from customers.models import Customer
from customers.roles import account, allowed
from segmentation.causes import Cause
from segmentation.enlist import snapshot
from segmentation.errors import SegmentError
from segmentation.forms import MembersForm, SnapshotForm
from segmentation.models import Job, Membership, Segment
from segmentation.models.segment import Status
from segmentation.rules.faults import RuleError
from segmentation.statics import add_members, remove_members
from segmentation.upload import KIND as UPLOAD
from segmentation.upload import add_upload, freeze_rule, keep_upload
from segmentation.views.segment import segment_named, shared
from segmentation.work import run_if_few

SHOWN = 10
MOST_UNKNOWN = 100


@allowed()
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Put customers on the list: their ids or e-mails, written or in a file."""
    segment, now = segment_named(slug), clock.now()
    if segment.kind != Segment.Kind.STATIC:
        return redirect("segmentation:members", slug)
    form = MembersForm(request.POST, request.FILES) if request.method == "POST" else MembersForm()
    if form.is_valid():
        kind, values = form.cleaned_data["found"]
        by = account(request)
        upload = keep_upload(segment=segment, kind=kind, values=values, source=form.source, by=by, now=now)
        return redirect("segmentation:members-upload", slug, upload.pk)
    context = shared(segment, "members", form=form)
    return render(request, "segmentation/members_add.html", context, status=422 if form.errors else 200)


@allowed()
def uploaded(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Whom the ids name and which name nobody; POST puts the customers on the list."""
    segment, now = segment_named(slug), clock.now()
    upload = get_object_or_404(Job, pk=number, segment=segment, kind=UPLOAD)
    if request.method == "POST":
        return _take(request, slug, upload, now)
    told = upload.parameters
    already = Membership.objects.filter(segment=segment, customer_id__in=told["customers"]).count()
    context = shared(
        segment,
        "members",
        upload=upload,
        told=told,
        already=already,
        new=len(told["customers"]) - already,
        known=Customer.objects.filter(pk__in=told["customers"][:SHOWN]),
        unknown=told["unknown"][:MOST_UNKNOWN],
    )
    return render(request, "segmentation/members_upload.html", context)


def _take(request: HttpRequest, slug: str, upload: Job, now: datetime) -> HttpResponse:
    """Put the customers of an upload on the list, and say how many."""
    try:
        job = add_upload(upload=upload, by=account(request), now=now)
    except SegmentError as error:
        messages.error(request, error.message)
    else:
        run_if_few(job=job, now=now)
        _say(request, job, upload.parameters["unknown"])
    return redirect("segmentation:members", slug)


@allowed()
def unknown_csv(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The ids of an upload that name nobody, as a file to mend and send again."""
    upload = get_object_or_404(Job, pk=number, segment=segment_named(slug), kind=UPLOAD)
    lines = lines_of((upload.parameters["ids"],), ((value,) for value in upload.parameters["unknown"]))
    answer = HttpResponse("".join(lines), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{slug}-unknown.csv"'
    return answer


def _say(request: HttpRequest, job: Job, unknown: list[str]) -> None:
    """How many were added, and who was not found."""
    job.refresh_from_db()
    if job.state == Job.State.DONE and job.result:
        known, added = job.result["customers"], job.result["added"]
        messages.success(
            request, f"{added:,} added" + (f", {known - added:,} were on it already." if known > added else ".")
        )
    else:
        messages.success(request, "They are being put on the list; its first page shows how far that is.")
    if unknown:
        more = f" and {len(unknown) - SHOWN:,} more" if len(unknown) > SHOWN else ""
        messages.warning(request, f"Not found: {', '.join(unknown[:SHOWN])}{more}.")


@require_POST
@allowed()
def remove(request: HttpRequest, slug: str) -> HttpResponse:
    """Take one customer off the list."""
    segment, customer = segment_named(slug), _customer(request.POST.get("customer", ""))
    _by_hand(request, segment, customer, off=True)
    return redirect("segmentation:members", slug)


@require_POST
@allowed()
def customer_list(request: HttpRequest, number: int) -> HttpResponse:
    """Put a customer on a list from their profile, or take them off it."""
    customer = get_object_or_404(Customer, pk=number)
    segment = get_object_or_404(Segment, slug=request.POST.get("segment", ""))
    _by_hand(request, segment, customer, off=request.POST.get("off") == "yes")
    return redirect(f"/customers/{number}/")


def _customer(number: str) -> Customer:
    return get_object_or_404(Customer, pk=whole_in(number) or -1)


def _by_hand(request: HttpRequest, segment: Segment, customer: Customer, *, off: bool) -> None:
    """Move one customer, and say so."""
    by, now = account(request), clock.now()
    cause = Cause(
        "manual", id=by.get_username(), detail=f"{'taken off' if off else 'added'} by {by.get_username()}", at=now
    )
    try:
        (remove_members if off else add_members)(segment=segment, customers=[customer.pk], cause=cause, now=now)
    except SegmentError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{customer} is {'off' if off else 'on'} the list {segment.name}.")


@require_POST
@allowed()
def freeze(request: HttpRequest, slug: str) -> HttpResponse:
    """A static segment of the members that this one has, or had at an instant; of a draft, whom its rule holds for."""
    segment, form, now = segment_named(slug), SnapshotForm(request.POST), clock.now()
    if not form.is_valid():
        messages.error(request, "Give the list a name, and an instant that is one.")
        return redirect("segmentation:members", slug)
    try:
        if segment.status == Status.DRAFT:
            job = freeze_rule(segment=segment, name=form.cleaned_data["name"], by=account(request), now=now)
        else:
            job = snapshot(segment=segment, by=account(request), now=now, **form.wanted())
    except (SegmentError, RuleError) as error:
        messages.error(request, f"It cannot be frozen: {error}")
        return redirect("segmentation:members", slug)
    run_if_few(job=job, now=now)
    messages.success(request, "Frozen. This list changes by hand only.")
    return redirect("segmentation:members", job.segment.slug if job.segment else slug)
