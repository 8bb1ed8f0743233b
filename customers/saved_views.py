"""Keep a view of a list, change it, throw it away. A view is its owner's; what is shared may be changed by who manages too."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.http import QueryDict

from common.asked import text_in
from customers.models import SavedView
from customers.permissions import permission
from customers.queries.views import LONGEST, question_of
from customers.roles import Right, may


class ViewError(Exception):
    """Why a view is not kept or changed, in words."""

    def __init__(self, code: str, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.field = code, message, field


@transaction.atomic
def save_view(
    *, list: str, name: str, query: str, shared: bool = False, default: bool = False, by: User, now: datetime
) -> SavedView:
    """Keep a question of a list under a name. Raises ViewError (`invalid`, `taken`, `forbidden`)."""
    if list not in SavedView.List.values:
        raise ViewError("invalid", f"There is no list “{list}”.", field="list")
    _check_sharing(shared, by)
    view = SavedView(list=list, owner=by, shared=shared, query=_question(query), created_at=now, updated_at=now)
    view.name = _free_name(view, name)
    view.save()
    if default:
        make_default(view=view, by=by, default=True)
    return view


@transaction.atomic
def edit_view(
    *,
    view: SavedView,
    name: str | None = None,
    query: str | None = None,
    shared: bool | None = None,
    by: User,
    now: datetime,
) -> SavedView:
    """Change what is named. Who had a view as their default that is no longer shared loses it."""
    _check_owner(view, by)
    if name is not None:
        view.name = _free_name(view, name)
    if query is not None:
        view.query = _question(query)
    if shared is not None and shared != view.shared:
        _check_sharing(shared, by)
        view.shared = shared
        if not shared:
            view.default_of.set(view.default_of.filter(pk=view.owner_id))
    view.updated_at = now
    view.save()
    return view


@transaction.atomic
def make_default(*, view: SavedView, by: User, default: bool) -> None:
    """Make a view the one that somebody sees first, or no longer. Another that was, is no more."""
    if default:
        for other in SavedView.objects.filter(list=view.list, default_of=by):
            other.default_of.remove(by)
        view.default_of.add(by)
    else:
        view.default_of.remove(by)


def remove_view(*, view: SavedView, by: User) -> None:
    """Throw a view away; nothing but the view is lost."""
    _check_owner(view, by)
    view.delete()


def _check_owner(view: SavedView, by: User) -> None:
    answer = permission(to="edit", object=view, by=by)
    if not answer:
        raise ViewError(answer.code, answer.why)


def _check_sharing(shared: bool, by: User) -> None:
    """A person's role says whether they share, of a key its scope."""
    if shared and not may(by, Right.EDIT):
        raise ViewError("forbidden", "Your role keeps views of its own, and shares none.", field="shared")


def _question(query: str) -> str:
    if len(query) > LONGEST:
        raise ViewError("invalid", f"The address is longer than {LONGEST:,} characters.", field="query")
    return question_of(QueryDict(query.lstrip("?")))


def _free_name(view: SavedView, name: str) -> str:
    name = " ".join(text_in(name).split())
    if not 0 < len(name) <= 60:
        raise ViewError("invalid", "Give the view a name of at most 60 letters.", field="name")
    others = SavedView.objects.filter(owner_id=view.owner_id, list=view.list, name=name).exclude(pk=view.pk)
    if others.exists():
        raise ViewError("taken", f"You have a view “{name}” of this list already.", field="name")
    return name
