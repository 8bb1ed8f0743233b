"""Saved views of lists over REST: one's own and the shared ones."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.pagination import Order
from common.problem import Problem, ProblemError
from customers import saved_views
from customers.api.base import ApiView, actor_of, body_of
from customers.api.described import PAGING, page_of
from customers.models import SavedView
from customers.queries.views import views_of

IN_ORDER = Order(("id",))
STATUS = {"forbidden": 403, "taken": 409}


class ViewEdit(serializers.Serializer[Any]):
    name = serializers.CharField(required=False)
    query = serializers.CharField(required=False, help_text="what the list's address has behind the question mark")
    shared = serializers.BooleanField(required=False)
    default = serializers.BooleanField(required=False, help_text="whether the caller sees it first")


class ViewOrder(ViewEdit):
    list = serializers.ChoiceField(SavedView.List.values)


class ViewAnswer(ViewOrder):
    id = serializers.IntegerField()
    owner = serializers.CharField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ViewsView(ApiView):
    """`/api/views/`"""

    @extend_schema(
        operation_id="views_list",
        summary="Saved views of lists, one's own and the shared ones",
        parameters=[
            OpenApiParameter("list", enum=SavedView.List.values),
            *PAGING,
        ],
        responses=page_of("ViewPage", ViewAnswer),
    )
    def get(self, request: Request) -> Response:
        """In the order they were made; of one list with `list`."""
        user, of = actor_of(request), request.query_params.get("list", "")
        if of and of not in SavedView.List.values:
            fault = ("/list", f"Give one of {', '.join(SavedView.List.values)}.")
            raise ProblemError(Problem("bad_parameter", "A parameter cannot be used.", 400, [fault]))
        return self.page(request, views_of(user, list=of), IN_ORDER, lambda view: _as_json(view, user))

    @extend_schema(operation_id="views_create", summary="Save a view", request=ViewOrder, responses={201: ViewAnswer})
    def post(self, request: Request) -> Response:
        """Keep a question of a list under a name; `shared` shows it to everyone."""
        user, order = actor_of(request), _checked(ViewOrder(data=body_of(request)))
        try:
            made = saved_views.save_view(**{"name": "", "query": "", **order}, by=user, now=clock.now())
        except saved_views.ViewError as error:
            raise _problem(error) from error
        return Response(_as_json(made, user), status=201)


class ViewView(ApiView):
    """`/api/views/{id}/`"""

    @extend_schema(operation_id="views_read", summary="One saved view", responses=ViewAnswer)
    def get(self, request: Request, number: int) -> Response:
        """A view that is one's own or shared."""
        user = actor_of(request)
        return Response(_as_json(_view_at(user, number), user))

    @extend_schema(operation_id="views_edit", summary="Change a view", request=ViewEdit, responses=ViewAnswer)
    def patch(self, request: Request, number: int) -> Response:
        """Set what the body names. `default` is the caller's own choice, of shared views too."""
        user, order = actor_of(request), _checked(ViewEdit(data=body_of(request)))
        view, default = _view_at(user, number), order.pop("default", None)
        try:
            if order:
                saved_views.edit_view(view=view, **order, by=user, now=clock.now())
            if default is not None:
                saved_views.make_default(view=view, by=user, default=default)
        except saved_views.ViewError as error:
            raise _problem(error) from error
        return Response(_as_json(_view_at(user, number), user))

    @extend_schema(operation_id="views_delete", summary="Remove a view", responses={204: None})
    def delete(self, request: Request, number: int) -> Response:
        """The list stays as it is."""
        user = actor_of(request)
        try:
            saved_views.remove_view(view=_view_at(user, number), by=user)
        except saved_views.ViewError as error:
            raise _problem(error) from error
        return Response(status=204)


def _as_json(view: SavedView, user: Any) -> dict[str, Any]:
    return {
        "id": view.pk,
        "list": view.list,
        "name": view.name,
        "query": view.query,
        "shared": view.shared,
        "default": view.default_of.filter(pk=user.pk).exists(),
        "owner": view.owner.get_username(),
        "created_at": view.created_at,
        "updated_at": view.updated_at,
    }


def _checked(order: serializers.Serializer[Any]) -> dict[str, Any]:
    order.is_valid(raise_exception=True)
    return dict(order.validated_data)


def _view_at(user: Any, number: int) -> SavedView:
    found = views_of(user).filter(pk=number).first() if number < 2**63 else None
    if found is None:
        raise ProblemError(Problem("no_such_view", "There is no such view, or it is somebody's own.", 404))
    return found


def _problem(error: saved_views.ViewError) -> ProblemError:
    faults = [(f"/{error.field}", error.message)] if error.field else []
    return ProblemError(Problem(error.code, error.message, STATUS.get(error.code, 400), faults, detail=error.message))
