"""Why a customer is in a segment, over REST."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.problem import Problem, ProblemError
from customers.api.base import ApiView
from customers.api.paths import customer_at
from customers.api.represent import exact
from segmentation.api.parameters import instant_of
from segmentation.api.refusals import refusals, segment_at
from segmentation.explain import explain
from segmentation.history import state_at
from segmentation.models import Segment
from segmentation.queries.catalogue import catalogue
from segmentation.rules.parse import parse


class ExplainView(ApiView):
    """`/api/segments/{slug}/explain/{customer}/`"""

    @extend_schema(
        operation_id="segments_explain",
        summary="Why a customer is in, or what is missing",
        parameters=[OpenApiParameter("at", OpenApiTypes.DATETIME)],
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, slug: str, reference: str) -> Response:
        """The rule as a tree with a truth and evidence at each node, now or at another instant."""
        segment, customer, now = segment_at(slug), customer_at(reference), clock.now()
        given = request.query_params.get("at", "")
        at = instant_of(given) if given else now
        document = _document(segment)
        with refusals():
            rule = parse(document, catalogue=catalogue())
            found: dict[str, Any] = explain(
                rule=rule,
                customer_id=customer.pk,
                now=at,
                stored_thresholds=segment.live_version is not None and not given,
                at_past=bool(given),
            )
        return Response(exact({**found, "state": state_at(segment=segment, customer_id=customer.pk, at=at)}))


def _document(segment: Segment) -> Any:
    version = segment.live_version
    document = version.rule if version else segment.rule
    if document is None:
        raise ProblemError(Problem("no_rule", "A static segment has no rule to explain.", 409))
    return document
