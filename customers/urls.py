"""The pages of customers."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from customers.views import audit_log, events, people, saved, sources
from customers.views.api_docs import api_docs
from customers.views.theme import theme

app_name = "customers"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("customers.api.tracking_urls")),
    path("api/docs/", api_docs, name="api_docs"),
    path("theme/", theme, name="theme"),
    path("customers/", people.customers_page, name="customers"),
    path("customers/count/", people.customers_count, name="count"),
    path("customers.csv", people.customers_csv, name="customers_csv"),
    path("views/", saved.create, name="view_create"),
    path("views/<int:number>/", saved.change, name="view_change"),
    path("views/<int:number>/remove/", saved.remove, name="view_remove"),
    path("events/", events.events_page, name="events"),
    path("events/rejected/", events.rejected_page, name="rejected"),
    path("audit/", audit_log.audit_page, name="audit"),
    path("audit.csv", audit_log.audit_csv, name="audit_csv"),
    path("sources/", sources.sources_page, name="sources"),
    path("sources/<slug:slug>/keys/", sources.create_key, name="create_key"),
    path("sources/keys/<int:number>/revoke/", sources.revoke_key, name="revoke_key"),
]
