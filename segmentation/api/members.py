"""Who is in a segment over REST: members, changes, and the segments of a customer."""

from __future__ import annotations

from collections.abc import Callable

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.asked import whole_in
from common.pagination import Order
from customers.api.base import ApiView, actor_of, body_of
from customers.api.described import PAGING
from customers.api.described import page_of as page_shape
from customers.api.paths import customer_at
from customers.references import customers_referred_to
from segmentation.api import described
from segmentation.api.parameters import bad_parameter, instant_of
from segmentation.api.refusals import refusals, segment_at
from segmentation.api.represent import (
    change_as_json,
    customer_segment_as_json,
    job_as_json,
    member_as_json,
    segments_as_json,
)
from segmentation.causes import Cause
from segmentation.enlist import snapshot
from segmentation.queries.membership import changes_since, members_at, members_of, memberships_of
from segmentation.statics import add_members, remove_members
from segmentation.work import run_if_few

NEWEST = Order(("since", "customer_id"), descending=True)
IN_ORDER = Order(("id",))
STATES = ("active", "suppressed", "all")


class MembersView(ApiView):
    """`/api/segments/{slug}/members/`"""

    @extend_schema(
        operation_id="segments_members",
        summary="Members, newest first",
        parameters=[
            OpenApiParameter("state", enum=STATES),
            OpenApiParameter("at", OpenApiTypes.DATETIME, description="who was in at this past instant"),
            *PAGING,
        ],
        responses=page_shape("MemberPage", described.Member),
    )
    def get(self, request: Request, slug: str) -> Response:
        """The customers a segment may speak to, newest first; `state` takes the suppressed ones or all, `at` those of
        then, by the log of changes."""
        state = request.query_params.get("state", "active")
        if state not in STATES:
            raise bad_parameter("state", f"Give one of {', '.join(STATES)}.")
        segment, then = segment_at(slug), request.query_params.get("at", "")
        rows = members_at(segment, at=instant_of(then), state=state) if then else members_of(segment, state=state)
        return self.page(request, rows, NEWEST, member_as_json)

    @extend_schema(
        operation_id="segments_members_add",
        summary="Put customers on a static segment",
        request=described.MembersOrder,
        responses=described.MembersMoved,
    )
    def post(self, request: Request, slug: str) -> Response:
        """Up to 1,000 customers, each named as everywhere: our id, `user_id:…`, `email:…`."""
        return _moved(request, slug, add_members)


class MembersRemoveView(ApiView):
    """`/api/segments/{slug}/members/remove/`"""

    @extend_schema(
        operation_id="segments_members_remove",
        summary="Take customers off a static segment",
        request=described.MembersOrder,
        responses=described.MembersMoved,
    )
    def post(self, request: Request, slug: str) -> Response:
        """The same the other way."""
        return _moved(request, slug, remove_members)


class SnapshotView(ApiView):
    """`/api/segments/{slug}/snapshot/`"""

    @extend_schema(
        operation_id="segments_snapshot",
        summary="Freeze the members of a segment as a static one",
        request=described.SnapshotOrder,
        responses={201: described.SegmentAnswer},
    )
    def post(self, request: Request, slug: str) -> Response:
        """The members of now, or of `at`; the job says how far it is where there are many."""
        order, now = described.checked(described.SnapshotOrder, body_of(request)), clock.now()
        with refusals():
            job = snapshot(segment=segment_at(slug), by=actor_of(request), now=now, **order)
        run_if_few(job=job, now=now)
        job.refresh_from_db()
        made = segments_as_json([segment_at(job.segment.slug if job.segment else "")], now=now)[0]
        return Response({**made, "job": job_as_json(job)}, status=201)


def _moved(request: Request, slug: str, verb: Callable[..., int]) -> Response:
    order, now = described.checked(described.MembersOrder, body_of(request)), clock.now()
    found = customers_referred_to(order["customers"])
    by = actor_of(request)
    cause = Cause("manual", id=by.get_username(), detail=order.get("note", "") or "over the API", at=now)
    with refusals():
        count = verb(segment=segment_at(slug), customers=list(found.values()), cause=cause, now=now)
    unknown = [reference for reference in dict.fromkeys(order["customers"]) if reference not in found]
    return Response({"moved": count, "unknown": unknown})


class ChangesView(ApiView):
    """`/api/segments/{slug}/changes/`"""

    @extend_schema(
        operation_id="segments_changes",
        summary="Entries and exits in order, each with its cause",
        parameters=[OpenApiParameter("after", int, description="the id of the last change already read"), *PAGING],
        responses=page_shape("ChangePage", described.Change),
    )
    def get(self, request: Request, slug: str) -> Response:
        """Every change in order; `after` goes on behind one that was read. A customer who is merged into another or erased
        is no member any more, and their lines go with them: whoever keeps a copy compares it with the members."""
        after = whole_in(request.query_params.get("after", "") or "0")
        if after is None:
            raise bad_parameter("after", "Give the id of a change.")
        return self.page(request, changes_since(segment_at(slug), after=after), IN_ORDER, change_as_json)


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
