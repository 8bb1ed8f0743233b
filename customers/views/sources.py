"""Sources of events and the write keys their clients use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from common import clock
from common.htmx import render
from customers import audit, keys
from customers.forms import SourceForm, WriteKeyForm
from customers.models import Source, WriteKey
from customers.queries import log
from customers.roles import Right, allowed, person


@allowed(write=Right.MANAGE)
def sources_page(request: HttpRequest) -> HttpResponse:
    """Every source with its keys; a POST makes a new source."""
    now = clock.now()
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            source = form.save(commit=False)
            source.created_at = now
            source.save()
            audit.note(actor=person(request), action="create", object=source, after=_words(source), now=now)
        messages.success(request, f"{source} is there. Give it a write key.")
        return redirect(f"{request.path}#{source.slug}")
    status = 422 if form.errors else 200
    return render(request, "customers/sources.html", _context(now) | {"form": form}, status=status)


@require_POST
@allowed(write=Right.MANAGE)
def create_key(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a write key and show it once, in this answer: only its digest is kept."""
    now = clock.now()
    source = get_object_or_404(Source, slug=slug)
    form = WriteKeyForm(request.POST)
    shown = {"form": SourceForm(), "limit": form, "opened": source}
    if not form.is_valid():
        return render(request, "customers/sources.html", _context(now) | shown, status=422)
    limit = form.cleaned_data["events_per_minute"]
    key = keys.create_write_key(source=source.slug, now=now, events_per_minute=limit, by=person(request))
    return render(request, "customers/sources.html", _context(now) | shown | {"key": key})


@require_POST
@allowed(write=Right.MANAGE)
def revoke_key(request: HttpRequest, number: int) -> HttpResponse:
    """End a write key at once: calls with it get 401 from now on."""
    now = clock.now()
    key = get_object_or_404(WriteKey.objects.select_related("source"), pk=number)
    if key.revoked_at is None:
        with transaction.atomic():
            WriteKey.objects.filter(pk=key.pk).update(revoked_at=now)
            after = {"prefix": key.prefix, "revoked_at": now.isoformat()}
            audit.note(actor=person(request), action="revoke write key", object=key.source, after=after, now=now)
        messages.success(request, f"The key {key.prefix}… of {key.source} is revoked.")
    return redirect("customers:sources")


def _context(now: datetime) -> dict[str, Any]:
    latest_keys = Prefetch("write_keys", WriteKey.objects.order_by("revoked_at", "-created_at"))
    return {
        "sources": Source.objects.prefetch_related(latest_keys).order_by("name", "pk"),
        "received": log.received_by_source(since=now - timedelta(minutes=5)),
        "limit": WriteKeyForm(),
        "address": settings.BASE_URL,
    }


def _words(source: Source) -> dict[str, str]:
    return {"name": source.name, "slug": source.slug, "store": source.store, "timezone": source.timezone}
