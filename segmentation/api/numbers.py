"""The KPI, the reach and the findings of a segment, over REST."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from customers.api.base import ApiView
from segmentation.api.refusals import segment_at
from segmentation.dependencies import READABLE
from segmentation.findings.base import Severity
from segmentation.findings.told import open_findings
from segmentation.preview import reach_of
from segmentation.queries.kpis import Measured, kpi_of


class NumbersView(ApiView):
    """`/api/segments/{slug}/numbers/`"""

    @extend_schema(
        operation_id="segments_numbers",
        summary="KPI, reach and findings of a segment",
        responses=OpenApiTypes.OBJECT,
    )
    def get(self, request: Request, slug: str) -> Response:
        """The value of the card's KPI and how it is computed, whom each channel reaches, and what is missing or wrong."""
        segment, now = segment_at(slug), clock.now()
        kpi = kpi_of(segment, now=now)
        findings = open_findings(now=now, only=[segment.pk])
        return Response(
            {
                "as_of": now,
                "kpi": _kpi(kpi, segment.kpi_target),
                "reach": reach_of(segment=segment, now=now) if segment.status in READABLE else {},
                "findings": [
                    {"code": one.kind.code, "says": one.found.says, "grave": one.kind.severity == Severity.GRAVE}
                    for one in findings
                ],
            }
        )


def _kpi(kpi: Measured | None, target: float | None) -> dict[str, Any] | None:
    if kpi is None:
        return None
    measure = kpi.kpi
    return {"key": measure.key, "how": measure.how, "value": kpi.value, "over": kpi.over, "target": target}
