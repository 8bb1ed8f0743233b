"""The demo's people: one account a role, with a password that everybody may know."""

from __future__ import annotations

from django.contrib.auth.models import Group, User

from customers.roles import Role

PASSWORD = "tideline"


def make() -> dict[str, User]:
    """The accounts by role, made where they are missing. An account that is there keeps its password."""
    return {role.value: _account(role) for role in Role}


def _account(role: Role) -> User:
    admin = role == Role.ADMIN
    user, new = User.objects.get_or_create(
        username=role.value,
        defaults={"email": f"{role.value}@example.com", "is_staff": admin, "is_superuser": admin},
    )
    if new:
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
    user.groups.add(Group.objects.get_or_create(name=role.value)[0])
    return user
