"""Every change of the portfolio's settings over REST, and the way back from each."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api import described
from campaigns.api.governance import governed
from campaigns.queries.setting_words import LATEST, changes, names_now, told_one
from common.problem import Problem, ProblemError
from customers.api.base import ApiView
from customers.api.described import PAGING, page_of
from customers.api.represent import username
from segmentation.models import GovernanceChange
from segmentation.undo import undo


class GovernanceChangesView(ApiView):
    """`/api/governance/changes/`"""

    @extend_schema(
        operation_id="governance_changes_list",
        summary="Changes of the order, groups, exclusions, full stops and stays, the latest first",
        parameters=[
            OpenApiParameter("setting", enum=GovernanceChange.Setting.values),
            *PAGING,
        ],
        responses=page_of("GovernanceChangePage", described.GovernanceChangeAnswer),
    )
    def get(self, request: Request) -> Response:
        """Who changed what, from what to what, why, and what that did at once."""
        setting = request.query_params.get("setting", "")
        if setting and setting not in GovernanceChange.Setting.values:
            fault = ("/setting", f"Give one of {', '.join(GovernanceChange.Setting.values)}.")
            raise ProblemError(Problem("bad_parameter", "A parameter cannot be used.", 400, [fault]))
        names = names_now()
        return self.page(request, changes(setting), LATEST, lambda row: as_json(row, names))


class UndoView(ApiView):
    """`/api/governance/changes/{id}/undo/`"""

    @extend_schema(
        operation_id="governance_changes_undo",
        summary="Take a change back",
        request=described.SettingOrder,
        responses=described.Consequence,
    )
    def post(self, request: Request, number: int) -> Response:
        """A change of its own. 409 where the setting was changed since, or a segment it needs is live no more."""
        change = changes().filter(number=number).first()
        if change is None:
            raise Http404
        return governed(request, described.SettingOrder, partial(undo, change=change))


def as_json(change: GovernanceChange, names: Mapping[str, str]) -> dict[str, Any]:
    """A change as the API shows it; its number is its id."""
    row = told_one(change, names)
    counts = ("suppressed", "released", "enrolments_stopped", "messages_not_sent")
    return {
        "id": change.number,
        "setting": change.setting,
        "about": change.about,
        "says": row.says,
        "before": change.before,
        "after": change.after,
        "effect": {name: change.effect.get(name, 0) for name in counts},
        "reason": change.reason,
        "by": username(change.by),
        "at": change.at,
        "undoes": change.undoes.number if change.undoes else None,
        "undone_by": row.undone_by,
    }
