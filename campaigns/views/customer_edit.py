"""What a marketer changes on a profile: one attribute, or whether messages go out at all."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from common import clock
from common.htmx import render, wants_part
from customers.edit import EditError, edit
from customers.forms import AttributeForm
from customers.models import Customer, Merge
from customers.pause import pause_messages
from customers.roles import allowed, person
from customers.unmerge import UnmergeError, unmerge


@require_POST
@allowed()
def customer_pause(request: HttpRequest, number: int) -> HttpResponse:
    """Pause or resume the messages to a customer."""
    customer = get_object_or_404(Customer, pk=number)
    paused = request.POST.get("paused") == "yes"
    if pause_messages(customer=customer, paused=paused, by=person(request), now=clock.now()):
        said = "No message goes to them until somebody resumes." if paused else "Journeys may write to them again."
        messages.success(request, said)
    return redirect("campaigns:customer", number)


@require_POST
@allowed()
def customer_attribute(request: HttpRequest, number: int) -> HttpResponse:
    """Set one attribute; with a fault the form comes back with the words beside the field."""
    customer = get_object_or_404(Customer, pk=number)
    form = AttributeForm(request.POST)
    if not (form.is_valid() and _set(request, customer, form)):
        context = {"customer": customer, "form": form}
        return render(request, "campaigns/attribute.html", context, part="fields", status=422)
    said = "removed" if form.cleaned_data["value"] is None else "set"
    messages.success(request, f"{form.cleaned_data['key']} is {said}.")
    answer = redirect("campaigns:customer", number)
    return HttpResponseClientRedirect(answer.url) if wants_part(request) else answer


@require_POST
@allowed()
def customer_unmerge(request: HttpRequest, number: int, merge: int) -> HttpResponse:
    """Take a merge back; a merge too old stays, and the reader is told why."""
    found = get_object_or_404(Merge, pk=merge, kept_id=number)
    try:
        back = unmerge(merge=found, by=person(request), now=clock.now())
    except UnmergeError as error:
        messages.error(request, str(error))
        return redirect("campaigns:customer", number)
    messages.success(request, f"{back} stands alone again.")
    return redirect("campaigns:customer", back.pk)


def _set(request: HttpRequest, customer: Customer, form: AttributeForm) -> bool:
    """Hand the value to the verb; what it refuses stands beside the value."""
    key, value = form.cleaned_data["key"], form.cleaned_data["value"]
    try:
        edit(customer=customer, attributes={key: value}, by=person(request), now=clock.now())
    except EditError as error:
        for _, message in error.faults:
            form.add_error("value", message)
        return False
    return True
