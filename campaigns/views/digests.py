"""The weekly digest of whoever is signed in, and the address in each that switches it off without signing in."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.choose_digest import choose_digest
from campaigns.digest_letter import account_of, off_path
from campaigns.queries.digests import contents_for, sent_to, wants_digest
from common import clock
from customers.roles import account, allowed
from segmentation.findings.told import open_findings


@require_safe
@allowed()
def digest_page(request: HttpRequest) -> HttpResponse:
    """What the digest would tell now, which ones went out, and the switch."""
    person, now = account(request), clock.now()
    context = {
        "now": now,
        "wanted": wants_digest(person),
        "switch": off_path(person),
        "contents": contents_for(person, open_findings(now=now)),
        "digests": sent_to(person),
    }
    return render(request, "campaigns/digest.html", context)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def digest_switch(request: HttpRequest, token: str) -> HttpResponse:
    """POST: off (RFC 8058), or on where `wanted` says so. GET changes nothing, since scanners follow links."""
    person = account_of(token)
    if person is None:
        raise Http404("There is no such digest.")
    if request.method == "POST":
        choose_digest(account=person, wanted=request.POST.get("wanted") == "yes", now=clock.now())
        if request.POST.get("from") == "page":
            return redirect("campaigns:digest")
    context = {"person": person, "wanted": wants_digest(person), "address": request.path}
    answer = render(request, "campaigns/digest_switch.html", context)
    answer.headers["Cache-Control"] = "no-store, private"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
