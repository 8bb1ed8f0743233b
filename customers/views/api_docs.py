"""The API's docs, to browse: open to anybody who can reach the installation, as its description is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from common.htmx import render
from customers.api.outline import outline


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Every address of the REST API with what it takes and answers."""
    return render(request, "customers/api_docs.html", {"subjects": outline()})
