"""The REST addresses of customers, below /api/."""

from __future__ import annotations

from django.urls import URLPattern, path

from customers.api import paths  # noqa: F401  (registers `<customer:reference>`)
from customers.api.audit import AuditView
from customers.api.customers import (
    CustomerEventsView,
    CustomerExportView,
    CustomerPauseView,
    CustomersView,
    CustomerUnmergeView,
    CustomerView,
)
from customers.api.saved_views import ViewsView, ViewView

urlpatterns: list[URLPattern] = [
    path("audit/", AuditView.as_view()),
    path("views/", ViewsView.as_view()),
    path("views/<int:number>/", ViewView.as_view()),
    path("customers/", CustomersView.as_view()),
    path("customers/<customer:reference>/events/", CustomerEventsView.as_view()),
    path("customers/<customer:reference>/export/", CustomerExportView.as_view()),
    path("customers/<customer:reference>/pause/", CustomerPauseView.as_view(paused=True)),
    path("customers/<customer:reference>/resume/", CustomerPauseView.as_view(paused=False)),
    path("customers/<customer:reference>/unmerge/", CustomerUnmergeView.as_view()),
    path("customers/<customer:reference>/", CustomerView.as_view()),
]
