"""The application that wires the others together."""

from __future__ import annotations

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """Loads Celery's wiring, and installs the schedules after each migration."""

    name = "config"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect what only makes sense once every app is loaded."""
        from django.db.models.signals import post_migrate

        from config import celery  # noqa: F401  (tasks bind to the app that exists when they are first used)
        from config.schedules import install_after_migrate

        post_migrate.connect(install_after_migrate, sender=self)
