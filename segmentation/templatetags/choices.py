"""The segments that a list or a form offers: `{% load choices %}`."""

from __future__ import annotations

from django import template
from django.db.models import QuerySet

from segmentation.models import Segment
from segmentation.models.segment import Status

register = template.Library()


@register.simple_tag
def segment_choices() -> QuerySet[Segment]:
    """Every segment that can have members, by name."""
    return Segment.objects.filter(status__in=(Status.LIVE, Status.PAUSED)).order_by("name").only("slug", "name")


@register.simple_tag
def static_choices() -> QuerySet[Segment]:
    """The lists that customers can be put on by hand, by name."""
    return segment_choices().filter(kind=Segment.Kind.STATIC)
