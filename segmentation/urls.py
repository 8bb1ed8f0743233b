"""The pages of segmentation."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "segmentation"

urlpatterns: list[URLPattern] = []
