from typing import Any

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """Sees that the roles are there: after each migration, and after a database was emptied."""

    name = "customers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connect to the end of a migration."""
        from django.db.models.signals import post_migrate

        post_migrate.connect(make_roles, sender=self)


def make_roles(**_: Any) -> None:
    """Make the group of each role that has none."""
    from django.contrib.auth.models import Group

    from customers.roles import Role

    for role in Role:
        Group.objects.get_or_create(name=role.value)
