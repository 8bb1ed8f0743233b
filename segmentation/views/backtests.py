"""What a rule would have done: asked for as a job, watched while it runs, read when it is done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from common import clock
from common.htmx import render
from customers.roles import account, allowed
from segmentation import jobs
from segmentation.backtest import request_backtest
from segmentation.drafts import without_neutral
from segmentation.errors import SegmentError
from segmentation.forms import BacktestForm, SweepForm
from segmentation.models import Job, Segment
from segmentation.queries.catalogue import catalogue
from segmentation.queries.listing import Day
from segmentation.rules.describe import phrase
from segmentation.rules.faults import RuleError
from segmentation.rules.parse import parse
from segmentation.rules.walk import walk
from segmentation.rules.write import node_document
from segmentation.threshold_sweep import request_threshold_sweep
from segmentation.views.jobs import over_or_stopped
from segmentation.views.segment import segment_named, shared

KINDS = ("backtest", "threshold_sweep")
LAST = 20


@allowed()
def backtests(request: HttpRequest, slug: str) -> HttpResponse:
    """The two questions that can be asked of the draft, and what was asked before."""
    segment = segment_named(slug)
    rows = Job.objects.filter(segment=segment, kind__in=KINDS).order_by("-created_at").defer("result", "parameters")
    numbers = list(_numbers(segment))
    context = shared(
        segment,
        "backtests",
        jobs=rows.select_related("created_by")[:LAST],
        form=BacktestForm(),
        sweep=SweepForm(numbers=numbers) if numbers else None,
    )
    return render(request, "segmentation/backtests.html", context)


def _numbers(segment: Segment) -> Iterator[tuple[str, str]]:
    """Every number of the draft's rule: its JSON pointer, and where it stands in words."""
    try:
        rule = parse(without_neutral(segment.rule), catalogue=catalogue())
    except RuleError:
        return
    for pointer, node, _ in walk(rule):
        document = node_document(node)
        if "conditions" not in document:
            for place, number in _numbers_in(document):
                yield f"{pointer}{place}", f"{number} in: {phrase(node)}"


def _numbers_in(value: Any, place: str = "") -> Iterator[tuple[str, int | float]]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield place, value
    inner = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, held in inner:
        yield from _numbers_in(held, f"{place}/{key}")


@require_POST
@allowed()
def ask(request: HttpRequest, slug: str, kind: str) -> HttpResponse:
    """Leave the work to a job, and go where it can be watched."""
    segment, by, now = segment_named(slug), account(request), clock.now()
    rule = without_neutral(segment.rule)
    form = (
        BacktestForm(request.POST) if kind == "backtest" else SweepForm(request.POST, numbers=list(_numbers(segment)))
    )
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("segmentation:backtests", slug)
    try:
        if kind == "backtest":
            job = request_backtest(segment=segment, rule=rule, by=by, now=now, **form.cleaned_data)
        else:
            job = request_threshold_sweep(segment=segment, rule=rule, by=by, now=now, **form.cleaned_data)
    except (RuleError, SegmentError) as error:
        messages.error(request, f"It cannot be tried: {error}")
        return redirect("segmentation:backtests", slug)
    return redirect("segmentation:backtest", slug, job.pk)


@allowed()
def backtest(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """One job: how far it is, then its result. POST asks it to stop."""
    segment = segment_named(slug)
    job = get_object_or_404(Job, pk=number, segment=segment, kind__in=KINDS)
    if answer := over_or_stopped(request, job):
        return answer
    context = shared(segment, "backtests", job=job, open=job.state in jobs.OPEN, days=_days(job))
    return render(request, "segmentation/backtest.html", context, part="result")


def _days(job: Job) -> list[Day]:
    """The days of a finished backtest as the size chart takes them."""
    found = (job.result or {}).get("days", [])
    return [Day(date.fromisoformat(one["date"]), one["entered"], one["exited"], one["size"]) for one in found]
