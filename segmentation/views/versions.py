"""The published rules of a segment: read, compared, taken back as the draft."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from common import clock
from common.asked import whole_in
from common.htmx import render
from customers.roles import account, allowed
from segmentation.errors import SegmentError
from segmentation.models import Segment, SegmentVersion
from segmentation.queries.live_rules import rules_of
from segmentation.rules.describe import phrase
from segmentation.rules.nodes import Group, Node, Rule
from segmentation.save import save_draft
from segmentation.views.segment import segment_named, shared

OPS = {"all": "all of", "any": "any of", "none": "none of"}
# What a rule that cannot be read any more is compared as.
NOTHING = Rule(Group("all", ()))


@allowed()
def versions(request: HttpRequest, slug: str) -> HttpResponse:
    """Every version, the newest first."""
    segment = segment_named(slug)
    rows = segment.versions.select_related("published_by").defer("rule").order_by("-number")
    return render(request, "segmentation/versions.html", shared(segment, "versions", versions=list(rows)))


@allowed()
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Two versions side by side, and what changed from the first to the second, condition by condition."""
    segment = segment_named(slug)
    pair = sorted((_version(segment, request.GET.get(name, "")) for name in ("a", "b")), key=lambda one: one.number)
    documents = [
        json.dumps(version.rule, indent=2, ensure_ascii=False, sort_keys=True).splitlines() for version in pair
    ]
    rows = list(_beside(*documents))
    context = shared(segment, "versions", pair=pair, lines=differences(*_rules(pair)), rows=rows)
    return render(request, "segmentation/compare.html", context)


def differences(before: Rule, after: Rule) -> list[tuple[str, str]]:
    """The lines of two rules, each with its mark: in both (blank), only before (-), only after (+); none where they are equal."""
    left, right = list(_outline(before)), list(_outline(after))
    return [(line[0], line[2:]) for line in difflib.ndiff(left, right) if line[0] != "?"] if left != right else []


def _beside(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
    """The lines of two documents next to each other: `(left, right, whether they differ)`."""
    for kind, start, end, other_start, other_end in difflib.SequenceMatcher(None, before, after, False).get_opcodes():
        pairs = zip_longest(before[start:end], after[other_start:other_end], fillvalue="")
        yield from ((left, right, kind != "equal") for left, right in pairs)


def _version(segment: Segment, number: str) -> SegmentVersion:
    return get_object_or_404(segment.versions, number=whole_in(number, digits=8) or 0)


def _rules(pair: list[SegmentVersion]) -> list[Rule]:
    parsed = rules_of({index: (version.pk, version.rule_hash) for index, version in enumerate(pair)})
    found = [parsed[index] for index in range(len(pair))]
    return [rule if isinstance(rule, Rule) else NOTHING for rule in found]


def _outline(rule: Rule) -> Iterator[str]:
    """A rule as lines, one a condition, indented by depth."""
    yield from _lines(rule.include, 0)
    if rule.exclude is not None:
        yield "except where"
        yield from _lines(rule.exclude, 1)


def _lines(node: Node, depth: int) -> Iterator[str]:
    if not isinstance(node, Group):
        yield "  " * depth + phrase(node)
        return
    yield "  " * depth + OPS[node.op]
    for child in node.conditions:
        yield from _lines(child, depth + 1)


@require_POST
@allowed()
def roll_back(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Put the rule of a version into the draft; publishing it is a step of its own."""
    segment = segment_named(slug)
    version = get_object_or_404(segment.versions, number=number)
    try:
        save_draft(segment=segment, rule=version.rule, by=account(request), now=clock.now())
    except SegmentError as error:
        messages.error(request, error.message)
        return redirect("segmentation:versions", slug)
    messages.success(request, f"The draft is the rule of version {number} now. Publish it to make it count.")
    return redirect("segmentation:builder", slug)
