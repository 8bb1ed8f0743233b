"""What every REST view has: keys with scopes, problem details, pages by cursor, writes that may be sent again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, User
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.db.models import QuerySet
from django.http import Http404
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common import clock
from common.pagination import Order, envelope, limit_of, page_of
from common.problem import CONTENT_TYPE, Problem, ProblemError
from customers.api import idempotency
from customers.api.authentication import HasScope, KeyAuthentication, SignedInAuthentication
from customers.api.parsing import TextParser, escape
from customers.models import ApiKey


class ApiView(APIView):
    """A view below /api/. Reading needs the scope `read`; writing the view's `write_scope`."""

    authentication_classes = (KeyAuthentication, SignedInAuthentication)
    permission_classes = (HasScope,)
    renderer_classes = (JSONRenderer,)
    parser_classes: Any = (TextParser,)
    write_scope: ClassVar[str] = "write"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks, may they, and was this very write answered before?"""
        super().initial(request, *args, **kwargs)
        self._reserved = None
        if isinstance(request.auth, ApiKey):
            self._reserved = idempotency.reserve(request, key=request.auth, now=clock.now())

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep the answer of a write that came with an `Idempotency-Key`."""
        response = super().finalize_response(request, response, *args, **kwargs)
        reserved = getattr(self, "_reserved", None)
        if reserved is not None and isinstance(response, Response):
            idempotency.keep(reserved, response)
        return response

    def handle_exception(self, exc: Exception) -> Response:
        """Every error leaves as problem details; what is no error of the request's is raised further."""
        if isinstance(exc, idempotency.AnsweredError):
            return exc.response()
        problem = problem_of(exc)
        if problem is None:
            self._give_up()
            raise exc
        headers = dict(problem.headers)
        if problem.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return Response(problem.as_json(), status=problem.status, content_type=CONTENT_TYPE, headers=headers)

    def page(
        self, request: Request, rows: QuerySet[Any], order: Order, represent: Callable[[Any], dict[str, Any]]
    ) -> Response:
        """One page of rows: `results`, and the addresses `next` and `previous`."""
        return self.page_at_once(request, rows, order, lambda found: [represent(row) for row in found])

    def page_at_once(
        self,
        request: Request,
        rows: QuerySet[Any],
        order: Order,
        represent: Callable[[list[Any]], list[dict[str, Any]]],
    ) -> Response:
        """The same, where what the rows show is asked of the database for all of them at once."""
        parameters = request.query_params
        found = page_of(rows, order, cursor=parameters.get("cursor", ""), limit=limit_of(parameters))
        return Response(envelope(request.build_absolute_uri(), found, represent(found.rows)))

    def _give_up(self) -> None:
        reserved = getattr(self, "_reserved", None)
        if reserved is not None:
            idempotency.forget(reserved)


def caller(request: Request) -> AbstractBaseUser:
    """Who asks, as an account: a key's own, or a person's."""
    if not isinstance(request.user, AbstractBaseUser):
        raise PermissionDenied
    return request.user


def body_of(request: Request) -> dict[str, Any]:
    """The JSON object that a write brings. Raises ProblemError for any other JSON."""
    if not isinstance(request.data, dict):
        raise ProblemError(Problem("not_an_object", "The body must be a JSON object.", 400, [("", "Give an object.")]))
    return request.data


def actor_of(request: Request) -> User:
    """Who acts: the account of the key, or the person who is signed in. Nobody else comes past `ApiView`."""
    if not isinstance(request.user, User):
        raise exceptions.NotAuthenticated
    return request.user


def problem_of(exc: Exception) -> Problem | None:
    """The problem that an exception stands for; None for one that nobody foresaw."""
    if isinstance(exc, ProblemError):
        return exc.problem
    if isinstance(exc, Http404):
        return Problem("not_found", "There is nothing at this address.", 404, detail=str(exc))
    if isinstance(exc, PermissionDenied):
        return Problem("forbidden", "This is not allowed.", 403, detail=str(exc))
    if isinstance(exc, OperationalError | InterfaceError):
        return Problem("unavailable", "The database cannot be reached.", 503, headers={"Retry-After": "5"})
    if isinstance(exc, exceptions.ValidationError):
        return Problem("invalid", "Some values cannot be used.", 400, list(_faults(exc.detail, "")))
    if isinstance(exc, exceptions.APIException):
        return _problem_of_framework(exc)
    return None


_CODES = {
    400: ("not_json", "The body is not JSON."),
    401: ("unauthenticated", "Give a valid key: Authorization: Bearer KEY."),
    403: ("forbidden", "This is not allowed."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take the method."),
    406: ("not_acceptable", "Answers are JSON."),
    415: ("unsupported_media_type", "Send JSON: Content-Type: application/json."),
}


def _problem_of_framework(exc: exceptions.APIException) -> Problem:
    status = 401 if isinstance(exc, exceptions.NotAuthenticated | exceptions.AuthenticationFailed) else exc.status_code
    code, title = _CODES.get(status, ("error", "The request failed."))
    faults = [("", str(exc.detail))] if isinstance(exc, exceptions.ParseError) else []
    return Problem(code, title, status, faults, detail=str(exc.detail))


def _faults(detail: Any, pointer: str) -> list[tuple[str, str]]:
    """The leaves of the framework's errors with a JSON pointer to each."""
    if isinstance(detail, dict):
        pairs = [(f"{pointer}/{escape(str(key))}", value) for key, value in detail.items()]
        return [fault for place, value in pairs for fault in _faults(value, place)]
    if isinstance(detail, list):
        return [fault for value in detail for fault in _faults(value, pointer)]
    return [(pointer, str(detail))]
