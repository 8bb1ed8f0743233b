"""Flows from their documents: of what is being written, and of what was frozen."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from campaigns.journeys.nodes import Flow
from campaigns.journeys.parse import FlowError, parse, pointer
from campaigns.models import JourneyVersion, Template
from campaigns.queries.rules import rule_faults
from segmentation.models import Segment


def faults_of(document: Any) -> list[tuple[str, str]]:
    """All that is wrong with a flow, as it may be kept: its shape, its rules, its segment, its templates."""
    try:
        flow = parse(document, rule_faults=rule_faults)
    except FlowError as error:
        return [(fault.pointer, fault.message) for fault in error.faults]
    return [*_segment_faults(flow), *_template_faults(flow, document)]


def _segment_faults(flow: Flow) -> list[tuple[str, str]]:
    if Segment.objects.filter(slug=flow.entry.segment).exclude(status="archived").exists():
        return []
    return [("/entry/segment", f"There is no segment {flow.entry.segment!r}.")]


def _template_faults(flow: Flow, document: Mapping[str, Any]) -> list[tuple[str, str]]:
    channels = dict(Template.objects.values_list("slug", "channel"))
    faults: list[tuple[str, str]] = []
    for key, node in document["nodes"].items():
        if node["type"] != "send":
            continue
        channel = channels.get(node["template"])
        if channel is None:
            faults.append((pointer("nodes", key, "template"), f"There is no template {node['template']!r}."))
        elif channel != node["channel"]:
            said = f"The template {node['template']!r} is for {channel}, not for {node['channel']}."
            faults.append((pointer("nodes", key, "template"), said))
    return faults


@lru_cache(maxsize=256)
def _frozen(version: int) -> tuple[Flow, Mapping[str, Any]]:
    row = JourneyVersion.objects.only("document", "templates").get(pk=version)
    return parse(row.document), row.templates


def flow_of(version: int) -> Flow:
    """The flow of a frozen version; never read twice, since it never changes."""
    return _frozen(version)[0]


def templates_of(version: int) -> Mapping[str, Any]:
    """The words that a frozen version keeps, by template."""
    return _frozen(version)[1]
