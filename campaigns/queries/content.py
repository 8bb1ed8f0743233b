"""What a journey says at this moment: its flow, the words of its templates, and whom it is said to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.models import Journey, Template
from campaigns.models.journey import Status
from segmentation.models import Segment


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that an approval binds. `audience` is the hash of the segment's live rule; empty if it has none."""

    document: Mapping[str, Any]
    templates: Mapping[str, Mapping[str, str]]
    audience: str

    @property
    def digest(self) -> str:
        """The same for the same content, another for any other."""
        whole = {"document": self.document, "templates": self.templates, "audience": self.audience}
        text = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def content_of(document: Mapping[str, Any]) -> Content:
    """The content of a flow as its templates and its segment stand now."""
    templates = Template.objects.filter(slug__in=template_slugs(document))
    words = {row.slug: words_of(row) for row in templates}
    return Content(document=document, templates=words, audience=audience_of(segment_slug(document)))


def journeys_with_other_content() -> list[Journey]:
    """Approved journeys whose flow, words or audience are not the ones that were approved."""
    rows = Journey.objects.filter(status__in=(Status.APPROVED, Status.LIVE, Status.PAUSED)).select_related(
        "live_version"
    )
    return [row for row in rows if row.live_version and row.live_version.digest != content_of(row.document).digest]


def journeys_sending(slug: str) -> list[Journey]:
    """The journeys, not ended, whose flow sends a template."""
    rows = Journey.objects.exclude(status=Status.ENDED).order_by("pk")
    return [row for row in rows if slug in template_slugs(row.document)]


def words_of(template: Template) -> dict[str, str]:
    """The words of a template as a version of a journey keeps them."""
    return {
        "channel": template.channel,
        "name": template.name,
        "subject": template.subject,
        "body": template.body,
    }


def audience_of(slug: str) -> str:
    """The hash of a segment's live rule; `static` for a list made by hand; empty for a segment that is not live."""
    found = Segment.objects.filter(slug=slug, status__in=("live", "paused")).select_related("live_version").first()
    if found is None:
        return ""
    if found.kind == Segment.Kind.STATIC:
        return "static"
    return found.live_version.rule_hash if found.live_version else ""


def segment_slug(document: Mapping[str, Any]) -> str:
    """The segment whose entry starts a journey."""
    entry = document.get("entry")
    return str(entry.get("segment", "")) if isinstance(entry, Mapping) else ""


def template_slugs(document: Mapping[str, Any]) -> set[str]:
    """The templates that a flow sends."""
    nodes = document.get("nodes")
    found = nodes.values() if isinstance(nodes, Mapping) else ()
    return {
        str(node["template"])
        for node in found
        if isinstance(node, Mapping) and node.get("type") == "send" and node.get("template")
    }
