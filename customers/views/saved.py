"""Saved views as tabs above a list: one place for all lists. They are made, renamed and removed where they are seen."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from common import clock
from common.asked import whole_in
from common.htmx import wants_part
from customers import saved_views
from customers.models import SavedView
from customers.permissions import permission
from customers.queries.views import default_view, question_of, views_of
from customers.roles import Right, account, allowed

# Where each list is.
ADDRESSES = {SavedView.List.CUSTOMERS: "/customers/", SavedView.List.SEGMENTS: "/segments/"}


def to_view(request: HttpRequest, list: str) -> HttpResponse | None:
    """The way to the view that an address names without its question, or to the reader's default one where it asks nothing."""
    if wants_part(request) or set(request.GET) - {"view"}:
        return None
    asked = request.GET.get("view", "")
    view = _asked(request, list) if asked else default_view(account(request), list=list)
    return redirect(address_of(view)) if view and (view.query or not asked) else None


def tabs(request: HttpRequest, list: str) -> dict[str, Any]:
    """The context of `components/views.html`: the tabs, the one that is open, and whether it was changed."""
    user, question = account(request), question_of(request.GET)
    view = _asked(request, list)
    return {
        "list": list,
        "list_address": ADDRESSES[SavedView.List(list)],
        "question": question,
        "view": view,
        "views": [(one, address_of(one)) for one in views_of(user, list=list)],
        "view_changed": question != (view.query if view else ""),
        "view_editable": view is not None and bool(permission(to="edit", object=view, by=user)),
        "view_default": view is not None and view.default_of.filter(pk=user.pk).exists(),
        "part": wants_part(request),
    }


def address_of(view: SavedView) -> str:
    """The address of a view: its whole question, so that whoever gets it sees the same, and the tab."""
    before = f"{view.query}&" if view.query else ""
    return f"{ADDRESSES[SavedView.List(view.list)]}?{before}view={view.pk}"


def _asked(request: HttpRequest, list: str) -> SavedView | None:
    number = whole_in(request.GET.get("view", ""))
    return None if number is None else views_of(account(request), list=list).filter(pk=number).first()


@require_POST
@allowed(write=Right.READ)
def create(request: HttpRequest) -> HttpResponse:
    """Keep what a list shows as a view."""
    given = request.POST
    try:
        view = saved_views.save_view(
            list=given.get("list", ""),
            name=given.get("name", ""),
            query=given.get("query", ""),
            shared="shared" in given,
            default="default" in given,
            by=account(request),
            now=clock.now(),
        )
    except saved_views.ViewError as error:
        messages.error(request, error.message)
        return _back(given.get("list", ""), given.get("query", ""))
    messages.success(request, f"The view “{view.name}” is kept{', for everyone' if view.shared else ''}.")
    return redirect(address_of(view))


def _back(list: str, query: str) -> HttpResponse:
    place = dict(ADDRESSES).get(SavedView.List(list)) if list in SavedView.List.values else None
    return redirect(f"{place}?{query}" if place and query else place or "/")


@require_POST
@allowed(write=Right.READ)
def change(request: HttpRequest, number: int) -> HttpResponse:
    """Rename a view, share it, make it the default, or put in it what the list shows now."""
    user = account(request)
    view = get_object_or_404(views_of(user), pk=number)
    try:
        _change(request, view)
    except saved_views.ViewError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"The view “{view.name}” is changed.")
    return redirect(address_of(SavedView.objects.get(pk=view.pk)))


def _change(request: HttpRequest, view: SavedView) -> None:
    given, user, now = request.POST, account(request), clock.now()
    if given.get("do") == "query":
        saved_views.edit_view(view=view, query=given.get("query", ""), by=user, now=now)
        return
    if "name" in given:
        saved_views.edit_view(view=view, name=given["name"], shared="shared" in given, by=user, now=now)
    saved_views.make_default(view=view, by=user, default="default" in given)


@require_POST
@allowed(write=Right.READ)
def remove(request: HttpRequest, number: int) -> HttpResponse:
    """Throw a view away."""
    view = get_object_or_404(views_of(account(request)), pk=number)
    try:
        saved_views.remove_view(view=view, by=account(request))
    except saved_views.ViewError as error:
        messages.error(request, error.message)
        return redirect(address_of(view))
    messages.success(request, f"The view “{view.name}” is removed. The list is as it was.")
    return redirect(f"{ADDRESSES[SavedView.List(view.list)]}?view=all")
