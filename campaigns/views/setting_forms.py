"""What the forms of the portfolio share: try, or apply; say what was done, with the way back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django_htmx.http import HttpResponseClientRedirect

from campaigns.consequence import Consequence, consequence_of
from common import clock
from common.asked import text_in
from common.htmx import wants_part
from customers.roles import account
from segmentation.errors import GovernanceError
from segmentation.regovern import Effect

Verb = Callable[[dict[str, Any]], Effect]


def attempt(verb: Verb, request: HttpRequest, *, apply: bool) -> dict[str, Any]:
    """What a change does (or would do), or the words with which it was refused; and the reason that was given for it."""
    reason = text_in(request.POST.get("reason", "")).strip()[:2000]
    try:
        effect = verb({"dry_run": not apply, "by": account(request), "reason": reason, "now": clock.now()})
    except GovernanceError as error:
        return {"refused": error.message, "reason": reason}
    return {"effect": consequence_of(effect), "reason": reason}


def done(outcome: dict[str, Any], *, apply: bool) -> bool:
    """Whether the change was made."""
    return apply and "effect" in outcome


def status_of(outcome: dict[str, Any], *, apply: bool) -> int:
    """A trial that is refused is an answer; a change that is refused is an error."""
    return 422 if apply and "refused" in outcome else 200


def toast(request: HttpRequest, effect: Consequence, words: str) -> None:
    """Say what was done, with the way back where there is one."""
    counts = f"{effect.suppressed:,} suppressed, {effect.released:,} released."
    if effect.change is None:
        messages.info(request, "That is how it stands already: nothing was changed.")
        return
    back = reverse("campaigns:governance_undo", args=[effect.change])
    messages.success(request, format_html('{} {} <a href="{}">Undo</a>', words, counts, back))


def to_page(request: HttpRequest, name: str) -> HttpResponse:
    """Go to a page; as htmx wants it where htmx asked."""
    answer = redirect(name)
    return HttpResponseClientRedirect(answer.url) if wants_part(request) else answer
