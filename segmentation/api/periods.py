"""The `from` and `to` of a report's address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from common import clock
from segmentation.api.parameters import bad_parameter, instant_of


@dataclass(frozen=True)
class Period:
    """How long a period is when nothing is asked, and how long it may be, each with its words."""

    usual: timedelta
    usually: str
    longest: timedelta
    at_most: str

    @property
    def parameters(self) -> list[OpenApiParameter]:
        """What the description of the API says of them."""
        return [
            OpenApiParameter("from", description=f"ISO 8601; {self.usually} before `to` when absent"),
            OpenApiParameter("to", description="ISO 8601; now when absent"),
        ]

    def of(self, request: Request) -> tuple[datetime, datetime]:
        """The two instants of an address. Raises ProblemError where these are no period, or one that is too long."""
        asked = request.query_params
        until = instant_of(asked["to"], name="to") if asked.get("to") else clock.now()
        since = instant_of(asked["from"], name="from") if asked.get("from") else until - self.usual
        if not timedelta() < until - since <= self.longest:
            raise bad_parameter("from", f"Give a beginning before the end, and at most {self.at_most} before it.")
        return since, until


class FromTo(serializers.Serializer[Any]):
    """An answer that says what period it is about."""

    since = serializers.DateTimeField()
    to = serializers.DateTimeField()

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python."""
        return {("from" if name == "since" else name): field for name, field in super().get_fields().items()}
