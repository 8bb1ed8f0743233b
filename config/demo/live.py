"""The switch of the demo's live trickle on the first page. Campaigns own that page and know nothing of a demo, so what it shows
of one comes to it by way of a context processor."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from config.demo import switch
from customers.roles import allowed


def demo_shop(request: HttpRequest) -> dict[str, dict[str, bool] | None]:
    """`demo_shop`: whether its trickle is on; None where no demo was loaded."""
    return {"demo_shop": {"is_on": switch.is_on()} if switch.is_loaded() else None}


@require_POST
@allowed()
def turn(request: HttpRequest) -> HttpResponse:
    """Turn the trickle on (`on=yes`) or off, and go back to the first page."""
    if not switch.is_loaded():
        raise Http404("There is no demo shop in this installation.")
    on = request.POST.get("on") == "yes"
    switch.turn(on=on)
    messages.success(request, "The demo's shoppers come in." if on else "The demo's shoppers stay at home.")
    return redirect("/")
