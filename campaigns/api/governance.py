"""The portfolio over REST: priorities, exclusion groups, exclusions; each can be tried first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api import described
from campaigns.consequence import consequence_of
from common import clock
from customers.api.base import ApiView, actor_of, body_of
from segmentation import governance
from segmentation.api.described import checked
from segmentation.api.refusals import refusals
from segmentation.models import Exclusion, ExclusionGroup
from segmentation.queries.ranked import ranked_segments
from segmentation.regovern import Effect


def governed(request: Request, shape: type[described.SettingOrder], verb: Callable[..., Effect]) -> Response:
    """Change a setting as the body says, or try it with `dry_run`; the answer is the consequence."""
    order = checked(shape, body_of(request))
    with refusals():
        done = verb(**order, by=actor_of(request), now=clock.now())
    return Response(asdict(consequence_of(done)))


class PrioritiesView(ApiView):
    """`/api/governance/priorities/`"""

    @extend_schema(operation_id="priorities_read", summary="Segments by rank", responses=described.Priorities)
    def get(self, request: Request) -> Response:
        """Live and paused segments, rank 1 first."""
        return Response({"segments": list(ranked_segments().values_list("slug", flat=True))})

    @extend_schema(
        operation_id="priorities_set",
        summary="Order the portfolio",
        request=described.PrioritiesOrder,
        responses=described.Consequence,
    )
    def put(self, request: Request) -> Response:
        """Put these segments first, in this order. With `dry_run` only the consequence is told."""
        return governed(request, described.PrioritiesOrder, governance.set_priorities)


class GroupsView(ApiView):
    """`/api/governance/exclusion-groups/`"""

    @extend_schema(operation_id="groups_list", summary="Exclusion groups", responses=described.Groups)
    def get(self, request: Request) -> Response:
        """The groups of which a customer is active in one segment only."""
        groups = ExclusionGroup.objects.prefetch_related("segments").order_by("name")
        found = [{"name": row.name, "segments": sorted(one.slug for one in row.segments.all())} for row in groups]
        return Response({"results": found})

    @extend_schema(
        operation_id="groups_put",
        summary="Set an exclusion group",
        request=described.GroupOrder,
        responses=described.Consequence,
    )
    def post(self, request: Request) -> Response:
        """Make the group of this name hold exactly these segments; with fewer than two it goes."""
        return governed(request, described.GroupOrder, governance.put_group)


class GroupNamesView(ApiView):
    """`/api/governance/exclusion-groups/rename/`"""

    @extend_schema(
        operation_id="groups_rename",
        summary="Give an exclusion group another name",
        request=described.GroupNameOrder,
        responses=described.Consequence,
    )
    def post(self, request: Request) -> Response:
        """Nobody is suppressed or released by it; the change stands among the others and can be undone."""
        return governed(request, described.GroupNameOrder, governance.rename_group)


class FullStopsView(ApiView):
    """`/api/governance/full-stops/`"""

    @extend_schema(operation_id="full_stops_list", summary="Full stops, by rank", responses=described.FullStops)
    def get(self, request: Request) -> Response:
        """The segments that silence everything below them while they are active."""
        rows = ranked_segments().filter(blocks_all_below=True)
        return Response({"results": list(rows.values_list("slug", flat=True))})

    @extend_schema(
        operation_id="full_stops_put",
        summary="Make a segment a full stop, or no longer",
        request=described.FullStopOrder,
        responses=described.Consequence,
    )
    def post(self, request: Request) -> Response:
        """The same as `blocks_all_below` of the segment, with a preview (`dry_run`)."""
        return governed(request, described.FullStopOrder, governance.set_full_stop)


class ExclusionsView(ApiView):
    """`/api/governance/exclusions/`"""

    @extend_schema(operation_id="exclusions_list", summary="Exclusions", responses=described.Exclusions)
    def get(self, request: Request) -> Response:
        """Which segments silence which."""
        pairs: dict[str, list[str]] = {}
        rows = Exclusion.objects.order_by("segment__rank", "excludes__rank")
        for upper, lower in rows.values_list("segment__slug", "excludes__slug"):
            pairs.setdefault(upper, []).append(lower)
        return Response({"results": [{"segment": upper, "excludes": lower} for upper, lower in pairs.items()]})

    @extend_schema(
        operation_id="exclusions_put",
        summary="Set what a segment excludes",
        request=described.ExclusionOrder,
        responses=described.Consequence,
    )
    def post(self, request: Request) -> Response:
        """Make the segment, while active, silence exactly these; each has to rank below it."""
        return governed(request, described.ExclusionOrder, governance.put_exclusion)
