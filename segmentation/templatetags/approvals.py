"""Rules that wait for an approval, in templates: `{% load approvals %}`."""

from __future__ import annotations

from django import template

from segmentation.models import PublishRequest, Segment
from segmentation.queries.publish_requests import waiting_of

register = template.Library()

# Icon, tone and words of what became of a request.
DECISIONS = {
    PublishRequest.State.APPROVED: ("check", "live", "approved it"),
    PublishRequest.State.REJECTED: ("left", "bad", "sent it back"),
    PublishRequest.State.WITHDRAWN: ("alert", "warn", "withdrew it"),
}


@register.simple_tag
def waiting_request(segment: Segment) -> PublishRequest | None:
    """The request that waits for a segment, if there is one."""
    return waiting_of(segment)


@register.filter
def became(request: PublishRequest) -> tuple[str, str, str]:
    """Icon, tone and words of what became of a request that does not wait any more."""
    return DECISIONS[PublishRequest.State(request.state)]
