"""What is wrong or missing with segments, over REST; and living with it until a day."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from customers.api.base import ApiView, actor_of, body_of
from customers.api.represent import username
from segmentation.api import described
from segmentation.api.parameters import bad_parameter
from segmentation.api.refusals import refusals, segment_at
from segmentation.api.represent import job_as_json
from segmentation.dismiss import LONGEST_REASON, dismiss, restore
from segmentation.findings import kinds
from segmentation.findings.asked import Asked
from segmentation.findings.base import SEVERITIES
from segmentation.findings.told import Told, findings, last_look
from segmentation.look_for_findings import request_look
from segmentation.models import Dismissal

DISMISSED = {"": None, "false": False, "true": True}


class DismissalAnswer(serializers.Serializer[Any]):
    reason = serializers.CharField()
    until = serializers.DateField()
    by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()


class FixAnswer(serializers.Serializer[Any]):
    label: Any = serializers.CharField()
    address = serializers.CharField(help_text="the path of the page that mends it")


class FindingAnswer(serializers.Serializer[Any]):
    code = serializers.CharField()
    title = serializers.CharField()
    severity = serializers.ChoiceField([str(one) for one in SEVERITIES])
    segment = serializers.CharField(allow_null=True, help_text="null where it is about the whole portfolio")
    other = serializers.CharField(allow_null=True, help_text="the second segment of a finding about two")
    number = serializers.FloatField()
    says = serializers.CharField()
    fix = FixAnswer()
    as_of = serializers.DateTimeField()
    first_seen_at = serializers.DateTimeField(allow_null=True, help_text="of the kinds that are stored")
    dismissal = DismissalAnswer(allow_null=True)


class FindingsAnswer(serializers.Serializer[Any]):
    looked_at = serializers.DateTimeField(allow_null=True, help_text="when the kinds that are stored were looked for")
    results = FindingAnswer(many=True)


class FindingOrder(described.Strict):
    code = described.StrictText(max_length=40)
    segment = described.StrictText(max_length=80, allow_null=True, required=False)
    other = described.StrictText(max_length=80, allow_null=True, required=False)


class DismissOrder(FindingOrder):
    reason = described.StrictText(max_length=LONGEST_REASON)
    until = serializers.DateField(help_text="the last day on which it is put aside, up to a year ahead")


class FindingsView(ApiView):
    """`/api/findings/`"""

    @extend_schema(
        operation_id="findings_list",
        summary="What is wrong or missing with segments, the gravest first",
        parameters=[
            OpenApiParameter("segment", description="the slug of one of its segments"),
            OpenApiParameter("owner", description="the user name of the segment's owner, or `nobody`"),
            OpenApiParameter("code", enum=[kind.code for kind in kinds()]),
            OpenApiParameter("severity", enum=[str(one) for one in SEVERITIES]),
            OpenApiParameter("dismissed", enum=["true", "false"], description="only dismissed ones, or none of them"),
        ],
        responses=FindingsAnswer,
    )
    def get(self, request: Request) -> Response:
        """All of them: the cheap kinds of this moment, the others as of their last look."""
        given = request.query_params
        asked, dismissed = Asked.of(given), given.get("dismissed", "")
        for name in ("severity", "code"):
            if given.get(name) and not getattr(asked, name):
                raise bad_parameter(name, "There is no such one.")
        if dismissed not in DISMISSED:
            raise bad_parameter("dismissed", "Give true or false.")
        only = [segment_at(asked.segment).pk] if asked.segment else None
        wanted = DISMISSED[dismissed]
        told = [one for one in findings(now=clock.now(), only=only) if asked.keeps(one)]
        kept = [one for one in told if wanted is None or wanted == (one.dismissal is not None)]
        look = last_look()
        return Response({"looked_at": look.at if look else None, "results": [finding_as_json(one) for one in kept]})


class DismissView(ApiView):
    """`/api/findings/dismiss/`"""

    @extend_schema(
        operation_id="findings_dismiss",
        summary="Live with a finding until a day",
        request=DismissOrder,
        responses=DismissalAnswer,
    )
    def post(self, request: Request) -> Response:
        """Put a finding aside, with a reason; it comes back the day after `until`. A second one replaces the first."""
        order = described.checked(DismissOrder, body_of(request))
        with refusals():
            made = dismiss(**_about(order), by=actor_of(request), now=clock.now())
        return Response(_dismissal(made))


class RestoreView(ApiView):
    """`/api/findings/restore/`"""

    @extend_schema(
        operation_id="findings_restore",
        summary="Take a dismissal back",
        request=FindingOrder,
        responses={204: None},
    )
    def post(self, request: Request) -> Response:
        """The finding is told again."""
        order = described.checked(FindingOrder, body_of(request))
        with refusals():
            restore(**_about(order), by=actor_of(request), now=clock.now())
        return Response(status=204)


class LookView(ApiView):
    """`/api/findings/look/`"""

    @extend_schema(
        operation_id="findings_look",
        summary="Look again for the findings that are stored",
        request=None,
        responses={202: described.JobAnswer},
    )
    def post(self, request: Request) -> Response:
        """A job; the one under way where there is one. Without it they are looked for every quarter of an hour."""
        return Response(job_as_json(request_look(by=actor_of(request), now=clock.now())), status=202)


def _about(order: dict[str, Any]) -> dict[str, Any]:
    named = {name: order.get(name) for name in ("segment", "other")}
    return {**order, **{name: segment_at(slug) if slug else None for name, slug in named.items()}}


def finding_as_json(told: Told) -> dict[str, Any]:
    """A finding as programs read it."""
    found = told.found
    return {
        "code": told.kind.code,
        "title": told.kind.title,
        "severity": str(told.kind.severity),
        "segment": found.segment.slug if found.segment else None,
        "other": found.other.slug if found.other else None,
        "number": found.number,
        "says": found.says,
        "fix": {"label": found.fix.label, "address": found.fix.address},
        "as_of": told.as_of,
        "first_seen_at": told.since,
        "dismissal": _dismissal(told.dismissal) if told.dismissal else None,
    }


def _dismissal(one: Dismissal) -> dict[str, Any]:
    return {"reason": one.reason, "until": one.until, "by": username(one.by), "at": one.at}
