"""What a person may ask for: everything that is kept about them, as a file, and that it goes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from campaigns.queries import profile
from common import clock
from common.htmx import render
from customers import audit
from customers.api.represent import exact
from customers.erase import erase
from customers.export import export
from customers.forms import EraseForm
from customers.models import Customer
from customers.roles import allowed, person
from customers.tracking.values import encode


@require_POST
@allowed()
def customer_export(request: HttpRequest, number: int) -> HttpResponse:
    """Everything that is kept about a customer, as a JSON file; the audit log notes who took it."""
    customer = get_object_or_404(Customer, pk=number)
    audit.note(actor=person(request), action="export", object=customer, now=clock.now())
    return HttpResponse(
        encode(exact(export(customer))),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="customer-{number}.json"'},
    )


@allowed()
def customer_erase(request: HttpRequest, number: int) -> HttpResponse:
    """What would go, and the question; with the right name, the customer is erased everywhere."""
    customer = get_object_or_404(Customer, pk=number)
    form = EraseForm(request.POST or None, expected=str(customer))
    if form.is_valid():
        erase(customer=customer, by=person(request), now=clock.now())
        messages.success(request, f"Customer {number} is erased.")
        return redirect("customers:customers")
    context = {"customer": customer, "form": form, "kept": profile.kept_of(customer)}
    return render(request, "campaigns/erase.html", context, status=422 if request.method == "POST" else 200)
