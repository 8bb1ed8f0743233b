"""Rules over REST, before they belong to a segment: preview and validate."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from customers.api.base import ApiView, body_of
from customers.api.represent import exact
from segmentation.api import described
from segmentation.api.refusals import refusals
from segmentation.dependencies import check_reads
from segmentation.errors import SegmentError
from segmentation.preview import preview
from segmentation.propose import propose
from segmentation.queries.catalogue import catalogue, full_catalogue
from segmentation.rules.check import warnings
from segmentation.rules.dependencies import dependencies
from segmentation.rules.describe import sentence
from segmentation.rules.edges import edges_seconds
from segmentation.rules.faults import RuleError
from segmentation.rules.parse import parse

SAMPLE = 10


class PreviewView(ApiView):
    """`/api/segments/preview/`"""

    write_scope = "read"

    @extend_schema(
        operation_id="segments_preview",
        summary="Who a rule holds for, exactly",
        request=described.PreviewOrder,
        responses=described.PreviewAnswer,
    )
    def post(self, request: Request) -> Response:
        """Count, sample and funnel of a rule, now or at another instant. Stores nothing."""
        order = described.checked(described.PreviewOrder, body_of(request))
        at = order.get("at") or clock.now()
        with refusals():
            rule = parse(order["rule"], catalogue=catalogue())
            check_reads(slug="", rule=rule)
            found = preview(
                rule=rule,
                now=at.astimezone(UTC),
                sample=order.get("sample", SAMPLE),
                funnel=order.get("funnel", False),
                at_past="at" in order,
            )
        return Response(exact(asdict(found)))


class ValidateView(ApiView):
    """`/api/segments/validate/`"""

    write_scope = "read"

    @extend_schema(
        operation_id="segments_validate",
        summary="Every fault of a rule, its sentence, and what it reads",
        request=described.ValidateOrder,
        responses=described.ValidateAnswer,
    )
    def post(self, request: Request) -> Response:
        """The pointers are those of the rule document."""
        order = described.checked(described.ValidateOrder, body_of(request))
        return Response(validated(order["rule"]))


class ProposeView(ApiView):
    """`/api/segments/propose/`"""

    write_scope = "read"

    @extend_schema(
        operation_id="segments_propose",
        summary="Finished conditions for a few typed words",
        request=described.ProposeOrder,
        responses=described.ProposeAnswer,
    )
    def post(self, request: Request) -> Response:
        """“viewed Activewear 3 times in 2 days” as conditions, the likeliest first, each with its sentence and the side of the
        rule it belongs to; none where a word is not understood."""
        order = described.checked(described.ProposeOrder, body_of(request))
        return Response({"results": [one.as_dict() for one in propose(text=order["text"], now=clock.now())]})


def validated(document: Any) -> dict[str, Any]:
    """What there is to say of a document: its faults, or its meaning."""
    nothing: dict[str, Any] = {"valid": False, "errors": [], "sentence": None, "depends_on": [], "edges_seconds": []}
    try:
        rule = parse(document, catalogue=catalogue())
        check_reads(slug="", rule=rule)
    except RuleError as error:
        return {**nothing, "errors": [fault.as_dict() for fault in error.faults]}
    except SegmentError as error:
        return {**nothing, "errors": [{"pointer": error.pointer, "message": error.message, "code": error.code}]}
    return {
        "valid": True,
        "errors": [],
        "sentence": sentence(rule),
        "depends_on": sorted(dependencies(rule)),
        "edges_seconds": edges_seconds(rule),
        "warnings": [
            {"pointer": found.pointer, "message": found.message, "code": found.code}
            for found in warnings(rule, full_catalogue())
        ],
    }
