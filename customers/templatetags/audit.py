"""How entries of the audit log look: `{% load audit %}`."""

from __future__ import annotations

from urllib.parse import quote

from django import template

from customers.models import AuditEntry

register = template.Library()

# Where a thing of a type is looked at. A page of the rail needs no object.
PAGES = {
    "customer": "/customers/{}/",
    "segment": "/segments/{}/",
    "journey": "/journeys/{}/",
    "template": "/templates/{}/",
    "source": "/sources/",
    "governance": "/governance/",
}


@register.filter
def address(entry: AuditEntry) -> str:
    """The page of what was changed, or nothing; it may be gone by now."""
    return PAGES.get(entry.object_type, "").format(quote(entry.object_id, safe=""))


@register.filter
def kind(entry: AuditEntry) -> str:
    """The type of what was changed, where the action or the name does not say it already."""
    return "" if entry.object_type in (*entry.action.split(), "governance") else entry.object_type
