"""The profile of one customer: who they are, what they did, where they belong, what was said to them."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from campaigns.queries import profile
from campaigns.queries.timeline import VIEWS, timeline
from common import clock
from common.htmx import render, wants_part
from customers.forms import AttributeForm
from customers.models import CatalogueAttribute, Customer
from customers.queries.computed import explained
from customers.roles import allowed


@allowed()
def customer_page(request: HttpRequest, number: int) -> HttpResponse:
    """The whole profile; who was merged into somebody leads there."""
    customer = Customer.objects.filter(pk=number).first()
    if customer is None:
        return _follow_merge(number)
    view, now = request.GET.get("show", "all"), clock.now()
    context = {
        "customer": customer,
        "view": view if view in VIEWS else "all",
        "timeline": timeline(number, view=view, cursor=request.GET.get("cursor", "")),
        "places": profile.places_of(customer),
        "lists": profile.lists_without(customer),
        "consents": profile.consents_of(customer),
        "traits": profile.traits_of(customer),
        "orders": explained(customer, now=now),
        "now": now,
        "identities": profile.identities_of(customer),
        "merges": profile.merges_of(customer),
        "form": AttributeForm(),
        "keys": CatalogueAttribute.objects.exclude(origin="trait").order_by("key").values_list("key", flat=True),
    }
    return render(request, "campaigns/customer.html", context)


@allowed()
def customer_timeline(request: HttpRequest, number: int) -> HttpResponse:
    """The timeline alone: another view or page of it, or a poll that gets 204 while nothing is new."""
    customer = Customer.objects.filter(pk=number).first()
    if customer is None:
        return _follow_merge(number)
    view = request.GET.get("show", "all")
    if not wants_part(request):
        return redirect(f"/customers/{number}/?{request.GET.urlencode()}")
    lines = timeline(number, view=view, cursor=request.GET.get("cursor", ""))
    if request.GET.get("seen") == lines.mark:
        return HttpResponse(status=204)
    context = {"customer": customer, "view": view if view in VIEWS else "all", "timeline": lines}
    return render(request, "campaigns/customer.html", context, part="timeline")


def _follow_merge(number: int) -> HttpResponse:
    kept = profile.kept_after_merge(number)
    if kept is None:
        raise Http404("There is no such customer: they may have been erased.")
    return redirect("campaigns:customer", kept)
