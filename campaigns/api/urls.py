"""The REST addresses of campaigns, below /api/."""

from __future__ import annotations

from django.urls import URLPattern, path

from campaigns.api.approvals import ApprovalsView, JourneyCommentsView
from campaigns.api.conflicts import ConflictsView
from campaigns.api.governance import ExclusionsView, FullStopsView, GroupNamesView, GroupsView, PrioritiesView
from campaigns.api.governance_changes import GovernanceChangesView, UndoView
from campaigns.api.journeys import ApproveView, JourneysView, JourneyView, LifeView, RejectView, SubmitView
from campaigns.api.latency import LatencyView
from campaigns.api.messages import CustomerMessagesView, MessagesView, MessageView, TemplatesView, TemplateView
from campaigns.api.reviews import EvidenceView, ReviewsView, SegmentReviewsView
from customers.api import paths  # noqa: F401  (registers `<customer:reference>`)

urlpatterns: list[URLPattern] = [
    path("journeys/", JourneysView.as_view()),
    path("journeys/<slug:slug>/", JourneyView.as_view()),
    path("journeys/<slug:slug>/submit/", SubmitView.as_view()),
    path("journeys/<slug:slug>/approve/", ApproveView.as_view()),
    path("journeys/<slug:slug>/reject/", RejectView.as_view()),
    path("journeys/<slug:slug>/pause/", LifeView.as_view(action="pause")),
    path("journeys/<slug:slug>/resume/", LifeView.as_view(action="resume")),
    path("journeys/<slug:slug>/end/", LifeView.as_view(action="end")),
    path("journeys/<slug:slug>/comments/", JourneyCommentsView.as_view()),
    path("approvals/", ApprovalsView.as_view()),
    path("templates/", TemplatesView.as_view()),
    path("templates/<slug:slug>/", TemplateView.as_view()),
    path("messages/", MessagesView.as_view()),
    path("messages/<int:number>/", MessageView.as_view()),
    path("customers/<customer:reference>/messages/", CustomerMessagesView.as_view()),
    path("reports/conflicts/", ConflictsView.as_view()),
    path("reviews/", ReviewsView.as_view()),
    path("segments/<slug:slug>/reviews/", SegmentReviewsView.as_view()),
    path("segments/<slug:slug>/reviews/evidence/", EvidenceView.as_view()),
    path("reports/latency/", LatencyView.as_view()),
    path("governance/priorities/", PrioritiesView.as_view()),
    path("governance/exclusion-groups/", GroupsView.as_view()),
    path("governance/exclusion-groups/rename/", GroupNamesView.as_view()),
    path("governance/exclusions/", ExclusionsView.as_view()),
    path("governance/full-stops/", FullStopsView.as_view()),
    path("governance/changes/", GovernanceChangesView.as_view()),
    path("governance/changes/<int:number>/undo/", UndoView.as_view()),
]
