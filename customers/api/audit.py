"""The audit log over REST. It is read only: whoever changes something writes an entry by that."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.problem import Problem, ProblemError
from customers.api.base import ApiView
from customers.api.described import PAGING, page_of
from customers.models import AuditEntry
from customers.queries.audit_log import LATEST, Wanted, entries_wanted


class AuditAnswer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    who = serializers.CharField()
    action = serializers.CharField()
    type = serializers.CharField()
    object = serializers.CharField(help_text="the slug of what was changed, or its number")
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)
    note = serializers.CharField()


class AuditView(ApiView):
    """`/api/audit/`"""

    @extend_schema(
        operation_id="audit_list",
        summary="Who changed what, with before and after, the latest first",
        parameters=[
            OpenApiParameter("who", description="a part of the account's name"),
            OpenApiParameter("action", description="a part of it, such as `publish`"),
            OpenApiParameter("type", description="what was changed: `segment`, `journey`, `customer`, …"),
            OpenApiParameter("object", description="a part of the slug, or of the number"),
            OpenApiParameter("from", description="ISO 8601, an instant or a day"),
            OpenApiParameter("to", description="ISO 8601, an instant or a day, which is in"),
            *PAGING,
        ],
        responses=page_of("AuditPage", AuditAnswer),
    )
    def get(self, request: Request) -> Response:
        """Every change by anyone, through a page, the API, the admin or a command. Nothing is ever taken out."""
        try:
            wanted = Wanted.of(request.query_params)
        except ValueError as error:
            fault = (f"/{error}", "Give a day or an instant in ISO 8601, such as 2026-03-01T12:00:00Z.")
            raise ProblemError(Problem("bad_parameter", "A parameter cannot be used.", 400, [fault])) from error
        return self.page(request, entries_wanted(wanted), LATEST, _as_json)


def _as_json(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.pk,
        "at": entry.at,
        "who": entry.actor,
        "action": entry.action,
        "type": entry.object_type,
        "object": entry.object_id,
        "before": entry.before,
        "after": entry.after,
        "note": entry.note,
    }
