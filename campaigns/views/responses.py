"""The public addresses in messages: the picture of an opening, the links, the way out.

No session, no cookie, nothing but the token. The way out follows RFC 8058: POST unsubscribes at once and redirects nowhere,
GET changes nothing, since scanners follow links.
"""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import feedback
from campaigns.models import Message, TrackedLink
from common import clock

# A transparent picture of one pixel.
PIXEL: Final = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b")


@require_safe
def opened(request: HttpRequest, token: str) -> HttpResponse:
    """The picture; a GET of it counts an opening."""
    message = _message(token)
    if request.method == "GET":
        feedback.note_opened(message=message, now=clock.now())
    return HttpResponse(PIXEL, content_type="image/gif", headers={"Cache-Control": "no-store, private"})


@require_safe
def clicked(request: HttpRequest, token: str, position: int) -> HttpResponse:
    """Lead to where the link of the message leads, and nowhere else; a GET counts a click."""
    link = TrackedLink.objects.filter(message__token=token, position=position)
    found = link.select_related("message__customer", "message__journey").first()
    if found is None:
        raise Http404("There is no such link.")
    if request.method == "GET":
        feedback.note_clicked(message=found.message, link=found, now=clock.now())
    answer = HttpResponseRedirect(found.url)
    answer.headers["Cache-Control"] = "no-store, private"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """POST: no more messages in this channel. GET: a page with the button that does it."""
    message = _message(token)
    done = request.method == "POST"
    if done:
        how = "page" if request.POST.get("from") == "page" else "one-click"
        feedback.note_unsubscribed(message=message, now=clock.now(), how=how)
    context = {"message": message, "done": done, "address": request.path}
    answer = render(request, "campaigns/unsubscribe.html", context)
    answer.headers["Cache-Control"] = "no-store, private"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _message(token: str) -> Message:
    message = Message.objects.select_related("customer", "journey").filter(token=token).first()
    if message is None:
        raise Http404("There is no such message.")
    return message
