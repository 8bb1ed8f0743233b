"""Rights, and permissions of objects, in templates: `{% load roles %}{% if user|may:"edit" %}`."""

from __future__ import annotations

from typing import Any

from django import template

from customers import permissions, roles

register = template.Library()


@register.filter
def may(user: Any, right: str) -> bool:
    """Whether the person has the right (read, edit, approve, manage)."""
    return roles.may(user, right)


@register.simple_tag
def permission(user: Any, to: str, object: Any) -> permissions.Permission:
    """What the rules say about doing something to an object: `{% permission user "approve" journey as answer %}`, then
    `{% if answer %}` and `{{ answer.why }}`."""
    return permissions.permission(to=to, object=object, by=user)


@register.filter
def role_of(user: Any) -> str:
    """The role shown under a person's name: the one with the most rights."""
    held = roles.roles_of(user)
    strongest = sorted(held & set(roles.RIGHTS), key=lambda name: -len(roles.RIGHTS[name]))
    return next(iter(strongest), "operator" if user.is_superuser else "reader")
