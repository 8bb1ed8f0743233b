"""The live numbers of a journey: who stands where, what was sent, what was answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from campaigns.models import Enrolment, Journey, Message, Outcome, Response
from campaigns.queries.content import segment_slug
from segmentation.models import Segment

State = Message.State


@dataclass
class Node:
    """The numbers of one step: `here` customers now, messages by state, answers by kind."""

    here: int = 0
    messages: dict[str, int] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)

    @property
    def sent(self) -> int:
        return self.messages.get(State.SENT, 0) + self.messages.get(State.DELIVERED, 0)

    @property
    def waiting(self) -> int:
        return self.messages.get(State.PLANNED, 0) + self.messages.get(State.SENDING, 0)

    @property
    def withheld(self) -> int:
        return self.messages.get(State.WITHHELD, 0)

    @property
    def failed(self) -> int:
        return self.messages.get(State.FAILED, 0) + self.messages.get(State.UNKNOWN, 0)


@dataclass(frozen=True)
class Numbers:
    """The numbers of a whole journey, and of its steps by key."""

    entered: int
    running: int
    finished: int
    stopped: dict[str, int]
    converted: int
    revenue: Decimal
    nodes: dict[str, Node]


def numbers_of(journey: Journey) -> Numbers:
    """Everything counted as of now."""
    enrolments = Enrolment.objects.filter(journey=journey).order_by()
    states = dict(enrolments.values_list("state").annotate(Count("pk")))
    stopped = enrolments.filter(state=Enrolment.State.STOPPED).values_list("reason").annotate(count=Count("pk"))
    outcomes = Outcome.objects.filter(message__journey=journey)
    done: dict[str, Any] = outcomes.aggregate(
        converted=Count("pk", Q(converted_at__isnull=False)), revenue=Sum("revenue")
    )
    return Numbers(
        entered=sum(states.values()),
        running=states.get(Enrolment.State.RUNNING, 0),
        finished=states.get(Enrolment.State.FINISHED, 0),
        stopped=dict(stopped.order_by("-count")),
        converted=done["converted"],
        revenue=done["revenue"] or Decimal(),
        nodes=_nodes(journey),
    )


def _nodes(journey: Journey) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    running = Enrolment.objects.filter(journey=journey, state=Enrolment.State.RUNNING).order_by()
    for key, count in running.values_list("node").annotate(Count("pk")):
        nodes.setdefault(key, Node()).here = count
    messages = Message.objects.filter(journey=journey).order_by()
    for key, state, count in messages.values_list("node", "state").annotate(Count("pk")):
        nodes.setdefault(key, Node()).messages[state] = count
    answers = Response.objects.filter(message__journey=journey).order_by()
    for key, kind, count in answers.values_list("message__node", "kind").annotate(Count("pk")):
        nodes.setdefault(key, Node()).answers[kind] = count
    return nodes


@dataclass(frozen=True)
class Listed:
    """A journey in the list, with the numbers that stand there."""

    journey: Journey
    segment: str
    segment_name: str
    running: int
    sent: int
    converted: int


def listed(journeys: QuerySet[Journey]) -> list[Listed]:
    """Journeys with how many are on each, were sent something, reached the goal."""
    rows = list(journeys)
    running = _counted(Enrolment.objects.filter(state=Enrolment.State.RUNNING), rows, "journey")
    sent = _counted(Message.objects.filter(state__in=(State.SENT, State.DELIVERED)), rows, "journey")
    converted = _counted(Outcome.objects.filter(converted_at__isnull=False), rows, "message__journey")
    starts = {row.pk: segment_slug(row.document) for row in rows}
    names = dict(Segment.objects.filter(slug__in=starts.values()).values_list("slug", "name"))
    return [
        Listed(
            journey=row,
            segment=starts[row.pk],
            segment_name=names.get(starts[row.pk], ""),
            running=running.get(row.pk, 0),
            sent=sent.get(row.pk, 0),
            converted=converted.get(row.pk, 0),
        )
        for row in rows
    ]


def _counted(rows: QuerySet[Any], journeys: Iterable[Journey], path: str) -> dict[int, int]:
    found = rows.filter(**{f"{path}__in": [journey.pk for journey in journeys]}).order_by()
    return dict(found.values_list(path).annotate(Count("pk")))
