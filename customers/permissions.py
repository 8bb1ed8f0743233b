"""May somebody do something to an object, and if not, why: one table of rules that pages, REST, admin and verbs ask alike.

A right (customers/roles.py) says what a person may do at all; a rule of an object says whether to this one: an author does
not approve, a view is its owner's. Each app writes the rules of its own objects, one place a kind of object.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Model

from customers.models import SavedView
from customers.roles import RIGHTS, Right, may

Somebody = AbstractBaseUser | None


@dataclass(frozen=True, slots=True)
class Permission:
    """Yes, or no with a code that the API returns unchanged, a sentence for people, and a pointer to what in the request
    is at fault, where it is. True where it is a yes."""

    code: str = ""
    why: str = ""
    pointer: str = ""

    def __bool__(self) -> bool:
        return not self.code


GIVEN = Permission()
Rule = Callable[[Any, Somebody], Permission]
_RULES: dict[tuple[type[Model], str], Rule] = {}


def rule(kind: type[Model], *deeds: str) -> Callable[[Rule], Rule]:
    """Write a rule into the table: what it takes to do these things to an object of a kind."""

    def written(asked: Rule) -> Rule:
        _RULES.update({(kind, deed): asked for deed in deeds})
        return asked

    return written


def permission(*, to: str, object: Model, by: Any) -> Permission:
    """The answer of the rule for doing `to` to `object`. Nobody as `by` is the system, which has every right."""
    return _RULES[type(object), to](object, by)


def holds(by: Any, right: Right) -> Permission:
    """Whether somebody has a right at all; the system has."""
    if by is None or may(by, right):
        return GIVEN
    roles = " or ".join(str(role) for role, rights in RIGHTS.items() if right in rights)
    return Permission("forbidden", f"This takes the role {roles}.")


@rule(SavedView, "edit")
def _edit_view(view: SavedView, by: Somebody) -> Permission:
    """A view is its owner's; where it is shared, who manages the installation may change it too."""
    if by is not None and (view.owner_id == by.pk or (view.shared and may(by, Right.MANAGE))):
        return GIVEN
    return Permission("forbidden", f"“{view.name}” is {view.owner.get_username()}'s. Save one of your own.")
