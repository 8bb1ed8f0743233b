"""A page, or one named part of the same template, so that the two cannot drift apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.template.backends.django import Template as BackendTemplate
from django.template.base import Template
from django.template.context import make_context
from django.template.loader_tags import BlockNode
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails

VARY = ("HX-Request", "HX-Boosted", "HX-History-Restore-Request")


def wants_part(request: HttpRequest) -> bool:
    """Whether only a part is asked for: by htmx, and neither for a boosted link nor to restore the history."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return htmx is not None and bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render(
    request: HttpRequest,
    template: str,
    context: Mapping[str, Any] | None = None,
    *,
    part: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page; or only the block named `part`, when htmx asks for it.

    A view that answers with several parts names the one that fits the request's target. The answer varies by the headers
    that decide, so that no cache gives a part to somebody who wants the page.
    """
    if part and wants_part(request):
        response = HttpResponse(_render_block(template, part, dict(context or {}), request), status=status)
    else:
        response = HttpResponse(loader.render_to_string(template, dict(context or {}), request), status=status)
    patch_vary_headers(response, VARY)
    return response


def _render_block(name: str, part: str, context: dict[str, Any], request: HttpRequest) -> str:
    """One block of a template, rendered with the context that the whole page would have."""
    found = loader.get_template(name)
    if not isinstance(found, BackendTemplate):
        raise TypeError(f"{name} is no Django template, so it has no named parts.")
    template = found.template
    block = _block(template, part)
    with (whole := make_context(context, request, autoescape=True)).bind_template(template):
        whole.template_name = name
        with whole.render_context.push_state(template):
            return block.render(whole)


def _block(template: Template, part: str) -> BlockNode:
    for node in template.nodelist.get_nodes_by_type(BlockNode):
        if isinstance(node, BlockNode) and node.name == part:
            return node
    raise LookupError(f"{template.name} has no block named {part!r}: name the part as one of its blocks.")
