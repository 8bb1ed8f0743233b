"""The pages of customers."""

from __future__ import annotations

from django.urls import URLPattern, path

from customers.views.theme import theme

app_name = "customers"

urlpatterns: list[URLPattern] = [
    path("theme/", theme, name="theme"),
]
