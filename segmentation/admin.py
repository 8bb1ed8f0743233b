"""The operator's view of this app's tables. Everything here is written by verbs, so it is to look at, and no more:
a rule is published, a setting changed and a job cancelled on its page or over the API."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db import models

from customers.admin import ReadOnlyAdmin
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
    Segment,
    SegmentDependency,
    SegmentVersion,
    Sweep,
)

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
    PercentileThreshold: {"list_display": ["key", "side", "percent", "value", "computed_at"]},
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
