"""Every address of the installation."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from config import health, metrics
from config.demo import live

handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("demo/live/", live.turn, name="demo-live"),
    path("admin/", admin.site.urls),
    path("login/", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/", include("customers.api.urls")),
    path("api/", include("segmentation.api.urls")),
    path("api/", include("campaigns.api.urls")),
    path("", include("customers.urls")),
    path("", include("segmentation.urls")),
    path("", include("campaigns.urls")),
]
