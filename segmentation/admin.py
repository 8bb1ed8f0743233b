"""The operator's view of this app's tables. Everything here is written by verbs, so it is to look at, and no more:
a rule is published, a setting changed and a job cancelled on its page or over the API."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest

from common import clock
from customers.admin import ReadOnlyAdmin
from customers.roles import account
from segmentation import approvals
from segmentation.errors import SegmentError
from segmentation.models import (
    AuditFinding,
    AuditRun,
    DueLook,
    EngineRun,
    Exclusion,
    ExclusionGroup,
    Job,
    LookedAt,
    Membership,
    MembershipChange,
    PercentileThreshold,
    PublishComment,
    PublishRequest,
    Review,
    Segment,
    SegmentDependency,
    SegmentVersion,
    Sweep,
)
from segmentation.rules.faults import RuleError

_CHANGE = ["id", "segment", "customer_id", "kind", "state", "at", "version", "cause_kind", "cause_detail", "silent"]

_READ_ONLY: dict[type[models.Model], dict[str, Any]] = {
    AuditFinding: {"list_display": ["run_id", "customer_id", "stored", "should_be"]},
    AuditRun: {
        "list_display": ["segment", "at", "checked", "wrong", "full"],
        "list_filter": ["full"],
        "list_select_related": ["segment"],
    },
    DueLook: {
        "list_display": ["segment", "customer_id", "at"],
        "ordering": ["at"],
        "list_select_related": ["segment"],
    },
    EngineRun: {
        "list_display": ["segment", "kind", "at", "customers", "rows", "milliseconds"],
        "list_filter": ["kind"],
        "list_select_related": ["segment"],
    },
    Exclusion: {"list_display": ["segment", "excludes", "created_at"], "list_select_related": ["segment", "excludes"]},
    ExclusionGroup: {"list_display": ["name", "created_at"]},
    Job: {
        "list_display": ["id", "kind", "segment", "state", "progress", "said", "created_at", "finished_at"],
        "list_filter": ["state", "kind"],
        "list_select_related": ["segment"],
    },
    LookedAt: {"list_display": ["customer_id"]},
    Membership: {
        "list_display": ["segment", "customer_id", "state", "since", "false_since", "version"],
        "list_filter": ["state"],
        "search_fields": ["=customer__id"],
        "list_select_related": ["segment"],
    },
    MembershipChange: {
        "list_display": _CHANGE,
        "list_filter": ["kind", "cause_kind"],
        "search_fields": ["=customer__id", "=cause_id"],
        "ordering": ["-id"],
        "list_select_related": ["segment"],
    },
    PublishComment: {
        "list_display": ["request", "by", "at", "text"],
        "list_select_related": ["request__segment", "by"],
    },
    PercentileThreshold: {"list_display": ["key", "side", "percent", "value", "computed_at"]},
    Review: {
        "list_display": ["segment", "decision", "reason", "by", "at", "next_review_on"],
        "list_filter": ["decision"],
        "list_select_related": ["segment", "by"],
    },
    Segment: {
        "list_display": ["slug", "name", "kind", "status", "rank", "error", "updated_at"],
        "list_filter": ["status", "kind"],
        "search_fields": ["slug", "name"],
        "ordering": ["rank", "slug"],
    },
    SegmentDependency: {"list_display": ["segment", "key"], "list_select_related": ["segment"]},
    SegmentVersion: {
        "list_display": ["segment", "number", "sentence", "published_at", "silent"],
        "list_select_related": ["segment"],
    },
    Sweep: {"list_display": ["id", "until"]},
}

for _model, _options in _READ_ONLY.items():
    admin.site.register(_model, type(f"{_model.__name__}Admin", (ReadOnlyAdmin,), _options))


@admin.register(PublishRequest)
class PublishRequestAdmin(ReadOnlyAdmin):
    """Rules that were sent for approval; here they can be approved, by the same rules as everywhere."""

    list_display = ("segment", "state", "asked_by", "asked_at", "decided_by", "decided_at", "reason")
    list_filter = ("state",)
    list_select_related = ("segment", "asked_by", "decided_by")
    actions = ("approve_selected",)

    @admin.action(description="Approve the selected rules, and publish them")
    def approve_selected(self, request: HttpRequest, queryset: models.QuerySet[PublishRequest]) -> None:
        """One after the other; each that is refused says why."""
        for asked in queryset.select_related("segment").order_by("pk"):
            try:
                approvals.approve(request=asked, by=account(request), now=clock.now())
            except (SegmentError, RuleError) as error:
                self.message_user(request, f"{asked.segment}: {error.message}", messages.ERROR)
            else:
                self.message_user(request, f"{asked.segment}: published.", messages.SUCCESS)
