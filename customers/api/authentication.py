"""Who asks: a key with scopes, or for reading a signed-in person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from common import clock
from customers import keys
from customers.models import ApiKey

# A key notes when it was used, at most once in this long: reading stays reading.
_NOTED = timedelta(minutes=5)
_IMPLIED = {"admin": {"read", "write", "admin"}, "write": {"read", "write"}, "read": {"read"}}


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer KEY`; the request's user is the key's own account."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, ApiKey] | None:
        """The account and the key, None where no key is given."""
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        key = keys.api_key_of(given.strip())
        if key is None or not key.user.is_active:
            raise AuthenticationFailed("The key is wrong or was revoked.")
        now = clock.now()
        if key.last_used_at is None or key.last_used_at < now - _NOTED:
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
        return key.user, key

    def authenticate_header(self, request: Request) -> str:
        """What a 401 says it wants."""
        return "Bearer"


class SignedInAuthentication(BaseAuthentication):
    """The session of a person who is signed in: for reading only, as the docs in the app do."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        """The signed-in person, None for anybody else and for writes."""
        user = getattr(request._request, "user", None)
        if request.method not in SAFE_METHODS or user is None or not user.is_authenticated:
            return None
        return user, None


class HasScope(BasePermission):
    """A key needs the scope of what it does: `admin` includes `write`, which includes `read`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """True, or an error that names the scope."""
        if not request.user or not request.user.is_authenticated:
            return False
        wanted = "read" if request.method in SAFE_METHODS else getattr(view, "write_scope", "write")
        if isinstance(request.auth, ApiKey) and wanted not in scopes_of(request.auth):
            raise PermissionDenied(f"The key lacks the scope {wanted}.")
        return True


def scopes_of(key: ApiKey) -> set[str]:
    """The scopes of a key with those they include."""
    return {implied for scope in key.scopes for implied in _IMPLIED.get(scope, set())}


class KeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's description names the key."""

    target_class = "customers.api.authentication.KeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer token."""
        return {"type": "http", "scheme": "bearer"}


class SignedInScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the API's description names the session."""

    target_class = "customers.api.authentication.SignedInAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The session's cookie."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
