"""Customers over REST: list, profile, edit, erase, events, export, unmerge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.pagination import Order
from common.problem import Problem, ProblemError
from customers.api import described
from customers.api.base import ApiView, body_of, caller
from customers.api.paths import customer_at
from customers.api.represent import customer_as_json, event_as_json, exact
from customers.edit import EditError, edit
from customers.erase import erase
from customers.export import export
from customers.models import Customer, Merge
from customers.pause import pause_messages
from customers.queries.people import MEMBERS, Wanted, customers_wanted
from customers.queries.profiles import events_of
from customers.tracking.values import RejectedError, decode
from customers.unmerge import UnmergeError, unmerge

NEWEST, LATEST = Order(("id",), descending=True), Order(("time", "id"), descending=True)


class ExactJsonParser(JSONParser):
    """JSON whose numbers stay as exact as they came: attributes are compared as decimals."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The decoded body. Raises ProblemError for what is not JSON."""
        try:
            return decode(stream.read())
        except RejectedError as error:
            raise ProblemError(Problem("not_json", "The body is not JSON.", 400, [("", str(error))])) from error


class CustomersView(ApiView):
    """`/api/customers/`"""

    @extend_schema(
        operation_id="customers_list",
        summary="Customers, newest first",
        parameters=[
            OpenApiParameter("search", description="the beginning of an id or a name"),
            OpenApiParameter("kind", enum=["known", "anonymous"]),
            OpenApiParameter("consent", description="a channel and its state: email:subscribed, sms:never"),
            OpenApiParameter("country"),
            OpenApiParameter("segment", description="the slug of a segment they are in"),
            OpenApiParameter("member", enum=list(MEMBERS), description="in the segment at all, or active"),
            OpenApiParameter("days", int, description="seen in the last so many days"),
            OpenApiParameter("since", OpenApiTypes.DATE, description="first seen on or after this day"),
            *described.PAGING,
        ],
        responses=described.page_of("CustomerPage", described.CustomerSummary),
    )
    def get(self, request: Request) -> Response:
        """Customers, newest first, narrowed by what the list on the page is narrowed by."""
        rows = customers_wanted(_wanted(request.query_params), now=clock.now())
        return self.page(request, rows, NEWEST, lambda row: customer_as_json(row, now=None))


class CustomerView(ApiView):
    """`/api/customers/{id}/`: our number, `user_id:…` or `email:…`."""

    parser_classes = (ExactJsonParser,)

    @extend_schema(operation_id="customers_read", summary="One customer's profile", responses=described.CustomerProfile)
    def get(self, request: Request, reference: str) -> Response:
        """Profile, traits, consents, ids."""
        return Response(customer_as_json(customer_at(reference), now=clock.now()))

    @extend_schema(
        operation_id="customers_edit",
        summary="Set attributes and consents",
        request=described.CustomerEdit,
        responses=described.CustomerProfile,
    )
    def patch(self, request: Request, reference: str) -> Response:
        """Set attributes (null takes one away) and consents; the customer is looked at again at once."""
        customer, body, now = customer_at(reference), _edit_of(body_of(request)), clock.now()
        try:
            edit(customer=customer, by=caller(request), now=now, **body)
        except EditError as error:
            raise ProblemError(Problem("invalid", "Some values cannot be used.", 400, error.faults)) from error
        except Customer.DoesNotExist:
            customer_at("0")
        return Response(customer_as_json(customer_at(str(customer.pk)), now=now))

    @extend_schema(operation_id="customers_erase", summary="Erase one customer everywhere", responses={204: None})
    def delete(self, request: Request, reference: str) -> Response:
        """Erase everything that is kept about the customer. There is no way back."""
        customer = customer_at(reference)
        try:
            erase(customer=customer, by=caller(request), now=clock.now())
        except Customer.DoesNotExist:
            customer_at("0")
        return Response(status=204)


class CustomerEventsView(ApiView):
    """`/api/customers/{id}/events/`"""

    @extend_schema(
        operation_id="customers_events",
        summary="What one customer did, latest first",
        parameters=[OpenApiParameter("name", description="events of this name only"), *described.PAGING],
        responses=described.page_of("EventPage", described.Event),
    )
    def get(self, request: Request, reference: str) -> Response:
        """What the customer did, latest first; the derived order lines are left out."""
        name = request.query_params.get("name", "").replace("\x00", "")
        return self.page(request, events_of(customer_at(reference), name=name), LATEST, event_as_json)


class CustomerExportView(ApiView):
    """`/api/customers/{id}/export/`"""

    @extend_schema(
        operation_id="customers_export",
        summary="Everything kept about one customer",
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, reference: str) -> Response:
        """Everything that is kept about the customer, from every part of the installation."""
        return Response(exact(export(customer_at(reference))))


class CustomerPauseView(ApiView):
    """`/api/customers/{id}/pause/` and `/resume/`"""

    paused = True

    @extend_schema(
        summary="Withhold every message to a customer, or let them go again",
        request=None,
        responses=described.CustomerProfile,
    )
    def post(self, request: Request, reference: str) -> Response:
        """While messages are paused each one is withheld with that reason; consents and journeys stay as they are."""
        customer, now = customer_at(reference), clock.now()
        pause_messages(customer=customer, paused=self.paused, by=caller(request), now=now)
        return Response(customer_as_json(customer_at(str(customer.pk)), now=now))


class CustomerUnmergeView(ApiView):
    """`/api/customers/{id}/unmerge/`"""

    @extend_schema(
        operation_id="customers_unmerge",
        summary="Take a merge back",
        request=described.Unmerge,
        responses=described.CustomerProfile,
    )
    def post(self, request: Request, reference: str) -> Response:
        """Take back the customer's merge `{"merge": id}`, the latest one without; answers the customer that returned."""
        merges = Merge.objects.filter(kept=customer_at(reference), undone_at=None).order_by("-id")
        wanted, now = body_of(request).get("merge"), clock.now()
        if wanted is not None and (isinstance(wanted, bool) or not isinstance(wanted, int)):
            raise ProblemError(
                Problem("invalid", "The merge is named by its number.", 400, [("/merge", "Give a number.")])
            )
        merge = (merges if wanted is None else merges.filter(pk=wanted)).first()
        if merge is None:
            raise ProblemError(Problem("no_such_merge", "This customer has no such merge to take back.", 404))
        try:
            back = unmerge(merge=merge, by=caller(request), now=now)
        except UnmergeError as error:
            raise ProblemError(Problem("cannot_unmerge", str(error), 409)) from error
        return Response(customer_as_json(back, now=now))


def _wanted(parameters: Mapping[str, str]) -> Wanted:
    """The filters of an address. Raises ProblemError for one that is no known choice: it would answer too many."""
    wanted = Wanted.of({name: parameters[name] for name in parameters} | {"q": parameters.get("search", "")})
    for name in ("kind", "consent", "days", "since", "member"):
        if parameters.get(name) and str(getattr(wanted, name)) != parameters[name]:
            raise ProblemError(
                Problem("bad_parameter", "A parameter cannot be used.", 400, [(f"/{name}", "There is no such choice.")])
            )
    return wanted


def _edit_of(body: dict[str, Any]) -> dict[str, Any]:
    """The two parts that can be edited. Raises ProblemError for anything else."""
    faults = [(f"/{key}", "Only attributes and consents can be set.") for key in body if key not in _EDITABLE]
    faults += [(f"/{key}", "Give an object.") for key in _EDITABLE & body.keys() if not isinstance(body[key], dict)]
    if faults:
        raise ProblemError(Problem("invalid", "Some values cannot be used.", 400, faults))
    return body


_EDITABLE = frozenset({"attributes", "consents"})
