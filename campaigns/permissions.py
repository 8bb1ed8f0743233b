"""Who may do what to a journey and to the words of a message: the one place that knows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Q

from campaigns.errors import CampaignError, ForbiddenError, FourEyesError, StatusError
from campaigns.models import Journey, JourneyDecision, Template
from campaigns.models.journey import Status
from campaigns.queries.approved import last_approval
from campaigns.queries.content import journeys_sending, template_slugs
from customers.models import AuditEntry
from customers.permissions import GIVEN, Permission, Somebody, holds, permission, rule
from customers.roles import Right

_ERRORS: dict[str, type[CampaignError]] = {"forbidden": ForbiddenError, "four_eyes": FourEyesError}


def require(*, to: str, object: Journey | Template, by: Any) -> None:
    """Raise FourEyesError, ForbiddenError or StatusError with the reason where the rules say no."""
    answer = permission(to=to, object=object, by=by)
    if not answer:
        raise _ERRORS.get(answer.code, StatusError)(answer.why, code=answer.code)


def authors_of(journey: Journey) -> set[int]:
    """The accounts that may not approve what is in review: who made, edited or submitted it, or wrote its words."""
    decisions, approved = journey.decisions.all(), last_approval(journey)
    since = decisions.filter(kind__in=("edited", "submitted", "withdrawn"), pk__gt=approved.pk if approved else 0)
    made = decisions.filter(kind="created")
    words = Template.objects.filter(slug__in=template_slugs(journey.document))
    found: Iterable[int | None] = (
        *since.values_list("by", flat=True),
        *made.values_list("by", flat=True),
        *words.values_list("edited_by", flat=True),
        *_writers(journey, approved),
        journey.edited_by_id,
        journey.submitted_by_id,
    )
    return {account for account in found if account is not None}


def _writers(journey: Journey, approved: JourneyDecision | None) -> Iterable[int]:
    """Who wrote at its words since they were approved in it; a template itself knows only who wrote last."""
    slugs = set(template_slugs(journey.document))
    read = slugs & set(approved.version.templates) if approved and approved.version else set()
    written = Q(object_id__in=slugs - read)
    if approved and read:
        written |= Q(object_id__in=read, at__gt=approved.at)
    actors = AuditEntry.objects.filter(written, object_type="template").values("actor")
    return User.objects.filter(username__in=actors).values_list("pk", flat=True)


@rule(Journey, "approve")
def _approve(journey: Journey, by: Somebody) -> Permission:
    """It takes the right to approve, and not having written any of it; an operator is no exception."""
    held = holds(by, Right.APPROVE)
    if not held:
        return held
    if by is None or by.pk in authors_of(journey):
        why = "You wrote, edited or submitted this journey or its words: somebody else has to approve it."
        return Permission("four_eyes", why)
    return GIVEN


@rule(Journey, "reject")
def _reject(journey: Journey, by: Somebody) -> Permission:
    """Whoever may approve may send back, their own too."""
    return holds(by, Right.APPROVE)


@rule(Journey, "submit", "edit", "comment")
def _edit(journey: Journey, by: Somebody) -> Permission:
    """Whoever may edit; what has ended stays as it was."""
    if journey.status == Status.ENDED:
        return Permission("wrong_status", "The journey has ended: make a new one from it.")
    return holds(by, Right.EDIT)


@rule(Journey, "delete")
def _delete(journey: Journey, by: Somebody) -> Permission:
    """A journey that nobody was ever on can be thrown away."""
    if journey.enrolments.exists() or journey.status in (Status.LIVE, Status.PAUSED):
        return Permission("wrong_status", "Customers have been on it: end it, so that its history stays.")
    return holds(by, Right.EDIT)


@rule(Template, "delete")
def _delete_template(template: Template, by: Somebody) -> Permission:
    """Words that no journey sends can be thrown away."""
    using = [journey.slug for journey in journeys_sending(template.slug)]
    if using:
        return Permission("template_in_use", f"It is sent by {', '.join(using)}: take it out of there first.")
    return holds(by, Right.EDIT)
