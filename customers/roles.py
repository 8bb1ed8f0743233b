"""Who may do what: four roles, as Django groups, and the one check that every page uses.

A page names the right its writing needs; reading needs a signed-in person. An address that forgets to name one is closed
to whoever may only read, never open.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class Role(StrEnum):
    """The groups of people, by name."""

    MARKETER = "marketer"
    APPROVER = "approver"
    ANALYST = "analyst"
    ADMIN = "admin"


class Right(StrEnum):
    """What a role lets a person do."""

    READ = "read"
    EDIT = "edit"
    APPROVE = "approve"
    MANAGE = "manage"


RIGHTS: dict[str, frozenset[Right]] = {
    Role.ANALYST: frozenset({Right.READ}),
    Role.MARKETER: frozenset({Right.READ, Right.EDIT}),
    Role.APPROVER: frozenset({Right.READ, Right.EDIT, Right.APPROVE}),
    Role.ADMIN: frozenset(Right),
}
# What the scopes of an API key let its account do: a program is held to the same rules of objects as a person.
SCOPES: dict[str, frozenset[Right]] = {
    "read": frozenset({Right.READ}),
    "write": frozenset({Right.READ, Right.EDIT, Right.APPROVE}),
    "admin": frozenset(Right),
}


def roles_of(user: Any) -> frozenset[str]:
    """The names of a person's groups. Asked once a request: the answer is kept on the user object."""
    known: frozenset[str] | None = getattr(user, "_tideline_roles", None)
    if known is None:
        known = frozenset(user.groups.values_list("name", flat=True))
        user._tideline_roles = known
    return known


def rights_of(user: Any) -> frozenset[Right]:
    """Everything an account may do: the rights of all its roles; of a key's account those of its scopes; an operator
    (superuser) may do all."""
    if not isinstance(user, AbstractBaseUser) or not user.is_active:
        return frozenset()
    if getattr(user, "is_superuser", False):
        return frozenset(Right)
    roles = roles_of(user)
    key = None if roles else getattr(user, "api_key", None)
    held = [RIGHTS.get(name, frozenset()) for name in roles] + [
        SCOPES.get(name, frozenset()) for name in (key.scopes if key else ())
    ]
    return frozenset({Right.READ}).union(*held)


def person(request: HttpRequest) -> AbstractBaseUser:
    """Who asks, in a view that `allowed` guards."""
    if not isinstance(request.user, AbstractBaseUser):
        raise PermissionDenied
    return request.user


def account(request: HttpRequest) -> User:
    """Who asks, as an account that something can belong to."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def may(user: AbstractBaseUser | AnonymousUser | Any, right: Right | str) -> bool:
    """Whether a person has a right."""
    return Right(right) in rights_of(user)


def allowed(*, write: Right = Right.EDIT, read: Right = Right.READ) -> Callable[[View[P]], View[P]]:
    """Guard a view: GET and HEAD need `read`, every other method needs `write`.

    Who is not signed in is sent to the login page and comes back; who lacks the right gets 403.
    """

    def guard(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_login(request)
            if not may(request.user, read if request.method in ("GET", "HEAD") else write):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return guard


def to_login(request: HttpRequest) -> HttpResponseBase:
    """The login page, which leads back; an htmx request gets the order to go there with the whole page."""
    htmx = getattr(request, "htmx", None)
    if not htmx:
        return redirect_to_login(request.get_full_path())
    shown = htmx.current_url_abs_path or "/"
    return HttpResponse(headers={"HX-Redirect": f"{reverse('login')}?{urlencode({'next': shown})}"})
