"""The REST addresses of segments, below /api/."""

from __future__ import annotations

from django.urls import URLPattern, path

from customers.api import paths  # noqa: F401  (registers `<customer:reference>`)
from segmentation.api.approvals import ApproveView, CommentsView, DecideView, RequestsView, SubmitView
from segmentation.api.backtests import BacktestView, ThresholdSweepView
from segmentation.api.bulk import BulkView
from segmentation.api.engine import EngineRunsView, EngineView
from segmentation.api.explanations import ExplainView
from segmentation.api.exports import ExportView, JobFileView
from segmentation.api.findings import DismissView, FindingsView, LookView, RestoreView
from segmentation.api.jobs import CancelView, JobsView, JobView
from segmentation.api.members import (
    ChangesView,
    CustomerSegmentsView,
    MembersRemoveView,
    MembersView,
    SnapshotView,
)
from segmentation.api.merges import MergeView
from segmentation.api.numbers import NumbersView
from segmentation.api.overlap import OverlapCustomersView, OverlapView
from segmentation.api.reports import CoverageView, MigrationView, StabilityView
from segmentation.api.rules import PreviewView, ProposeView, ValidateView
from segmentation.api.segments import LifeView, PublishView, SegmentsView, SegmentView, VersionsView
from segmentation.api.splits import SplitView

urlpatterns: list[URLPattern] = [
    path("segments/", SegmentsView.as_view()),
    path("segments/bulk/", BulkView.as_view()),
    path("segments/preview/", PreviewView.as_view()),
    path("segments/propose/", ProposeView.as_view()),
    path("segments/validate/", ValidateView.as_view()),
    path("segments/<slug:slug>/", SegmentView.as_view()),
    path("segments/<slug:slug>/publish/", PublishView.as_view()),
    path("segments/<slug:slug>/pause/", LifeView.as_view(action="pause")),
    path("segments/<slug:slug>/resume/", LifeView.as_view(action="resume")),
    path("segments/<slug:slug>/archive/", LifeView.as_view(action="archive")),
    path("segments/<slug:slug>/merge/", MergeView.as_view()),
    path("segments/<slug:slug>/split/", SplitView.as_view()),
    path("segments/<slug:slug>/approvals/", RequestsView.as_view()),
    path("segments/<slug:slug>/submit/", SubmitView.as_view()),
    path("segments/<slug:slug>/approve/", ApproveView.as_view()),
    path("segments/<slug:slug>/reject/", DecideView.as_view(action="reject")),
    path("segments/<slug:slug>/withdraw/", DecideView.as_view(action="withdraw")),
    path("segments/<slug:slug>/comments/", CommentsView.as_view()),
    path("segments/<slug:slug>/versions/", VersionsView.as_view()),
    path("segments/<slug:slug>/members/", MembersView.as_view()),
    path("segments/<slug:slug>/members/remove/", MembersRemoveView.as_view()),
    path("segments/<slug:slug>/snapshot/", SnapshotView.as_view()),
    path("segments/<slug:slug>/export/", ExportView.as_view()),
    path("segments/<slug:slug>/numbers/", NumbersView.as_view()),
    path("segments/<slug:slug>/changes/", ChangesView.as_view()),
    path("segments/<slug:slug>/backtest/", BacktestView.as_view()),
    path("segments/<slug:slug>/threshold-sweep/", ThresholdSweepView.as_view()),
    path("segments/<slug:slug>/explain/<customer:reference>/", ExplainView.as_view()),
    path("reports/overlap/", OverlapView.as_view()),
    path("reports/overlap/customers/", OverlapCustomersView.as_view()),
    path("reports/stability/", StabilityView.as_view()),
    path("reports/migration/", MigrationView.as_view()),
    path("reports/coverage/", CoverageView.as_view()),
    path("findings/", FindingsView.as_view()),
    path("findings/dismiss/", DismissView.as_view()),
    path("findings/look/", LookView.as_view()),
    path("findings/restore/", RestoreView.as_view()),
    path("engine/", EngineView.as_view()),
    path("engine/runs/", EngineRunsView.as_view()),
    path("jobs/", JobsView.as_view()),
    path("jobs/<int:number>/", JobView.as_view()),
    path("jobs/<int:number>/file/", JobFileView.as_view()),
    path("jobs/<int:number>/cancel/", CancelView.as_view()),
    path("customers/<customer:reference>/segments/", CustomerSegmentsView.as_view()),
]
