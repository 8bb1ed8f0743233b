"""Who is in a segment over REST: members, changes, and the segments of a customer."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.pagination import Order
from common.problem import Problem, ProblemError
from customers.api.base import ApiView
from customers.api.described import page_of as page_shape
from customers.api.paths import customer_at
from segmentation.api import described
from segmentation.api.refusals import segment_at
from segmentation.api.represent import change_as_json, customer_segment_as_json, member_as_json
from segmentation.queries.membership import changes_since, members_of, memberships_of

NEWEST = Order(("since", "customer_id"), descending=True)
IN_ORDER = Order(("id",))
STATES = ("active", "suppressed", "all")
PAGING = [OpenApiParameter("cursor"), OpenApiParameter("limit", int)]


class MembersView(ApiView):
    """`/api/segments/{slug}/members/`"""

    @extend_schema(
        operation_id="segments_members",
        summary="Members, newest first",
        parameters=[OpenApiParameter("state", enum=STATES), *PAGING],
        responses=page_shape("MemberPage", described.Member),
    )
    def get(self, request: Request, slug: str) -> Response:
        """The customers a segment may speak to, newest first; `state` takes the suppressed ones or all."""
        state = request.query_params.get("state", "active")
        if state not in STATES:
            raise bad_parameter("state", f"Give one of {', '.join(STATES)}.")
        return self.page(request, members_of(segment_at(slug), state=state), NEWEST, member_as_json)


class ChangesView(ApiView):
    """`/api/segments/{slug}/changes/`"""

    @extend_schema(
        operation_id="segments_changes",
        summary="Entries and exits in order, each with its cause",
        parameters=[OpenApiParameter("after", int, description="the id of the last change already read"), *PAGING],
        responses=page_shape("ChangePage", described.Change),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Every change in order; `after` goes on behind one that was read."""
        after = request.query_params.get("after", "") or "0"
        if not (after.isascii() and after.isdigit() and len(after) < 19):
            raise bad_parameter("after", "Give the id of a change.")
        return self.page(request, changes_since(segment_at(slug), after=int(after)), IN_ORDER, change_as_json)


class CustomerSegmentsView(ApiView):
    """`/api/customers/{id}/segments/`"""

    @extend_schema(
        operation_id="customers_segments",
        summary="The segments a customer is in",
        parameters=PAGING,
        responses=page_shape("CustomerSegmentPage", described.CustomerSegment),
    )
    def get(self, request: Request, reference: str) -> Response:
        """The customer's segments with the state in each."""
        rows = memberships_of(customer_at(reference).pk)
        return self.page(request, rows, IN_ORDER, customer_segment_as_json)


def bad_parameter(name: str, message: str) -> ProblemError:
    """The problem of a query parameter."""
    return ProblemError(Problem(f"bad_{name}", "A parameter cannot be used.", 400, [(f"/{name}", message)]))
