"""The audit log: who changed what, with before and after, and the same as a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from common import clock
from common.csv import lines_of
from common.htmx import render
from common.pagination import page_of
from common.problem import ProblemError
from customers.models import AuditEntry
from customers.queries import audit_log
from customers.queries.audit_log import LATEST, Wanted, entries_wanted
from customers.roles import allowed

PORTION = 1000
HEADER = ("id", "at", "who", "action", "type", "object", "before", "after", "note")
FILTERS = ("who", "action", "type", "object", "from", "to")


@allowed()
def audit_page(request: HttpRequest) -> HttpResponse:
    """One page of entries, the latest first, narrowed by who, action, object and period."""
    wanted, complaint = _wanted(request)
    rows = entries_wanted(wanted)
    try:
        page = page_of(rows, LATEST, cursor=request.GET.get("cursor", ""))
    except ProblemError:
        page = page_of(rows, LATEST)
    context = {
        "page": page,
        "rows": [(entry, audit_log.lines_of(entry.before, entry.after)) for entry in page.rows],
        "asked": {name: request.GET.get(name, "") for name in FILTERS},
        "narrowed": wanted.narrowed,
        "complaint": complaint,
        "kinds": audit_log.kinds_of_objects(),
    }
    return render(request, "customers/audit.html", context, part="results")


@allowed()
def audit_csv(request: HttpRequest) -> StreamingHttpResponse:
    """Every entry that fits, as a file that is written while it is read."""
    rows = entries_wanted(_wanted(request)[0]).order_by("-at", "-id").iterator(PORTION)
    answer = StreamingHttpResponse(lines_of(HEADER, _cells(rows)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="audit-{clock.now():%Y-%m-%d}.csv"'
    return answer


def _wanted(request: HttpRequest) -> tuple[Wanted, str]:
    """What is asked, and what is wrong with it: a time that is none is left out, and said."""
    try:
        return Wanted.of(request.GET), ""
    except ValueError as error:
        kept = {name: request.GET.get(name, "") for name in FILTERS if name not in ("from", "to")}
        return Wanted.of(kept), f"“{request.GET[str(error)]}” is no date; write it as 2026-11-22."


def _cells(rows: Iterator[AuditEntry]) -> Iterator[list[object]]:
    for row in rows:
        values = [_json(value) for value in (row.before, row.after)]
        yield [row.pk, row.at.isoformat(), row.actor, row.action, row.object_type, row.object_id, *values, row.note]


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
