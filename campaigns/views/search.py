"""The search over everything: a page of its own, and the options of the palette."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from campaigns.queries.search import search
from common.htmx import render, wants_part
from customers.roles import Right, allowed, may

ON_THE_PAGE = 20


@allowed()
def search_page(request: HttpRequest) -> HttpResponse:
    """What fits `q`; the palette gets the same as options, fewer of a kind."""
    text, palette = request.GET.get("q", ""), wants_part(request)
    writes = may(request.user, Right.EDIT)
    groups = search(text, writes=writes) if palette else search(text, writes=writes, most=ON_THE_PAGE)
    context = {"q": text.strip(), "groups": groups, "palette": palette}
    return render(request, "campaigns/search.html", context, part="found")
