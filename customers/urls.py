"""The pages of customers."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from customers.views.theme import theme

app_name = "customers"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("customers.api.tracking_urls")),
    path("theme/", theme, name="theme"),
]
