"""Writes journeys and templates; what is written over an approval takes it back."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from campaigns import approvals
from campaigns.errors import InvalidError, StaleError
from campaigns.journeys.nodes import CHANNELS
from campaigns.models import Journey, Template
from campaigns.permissions import require
from campaigns.queries.content import journeys_sending, words_of
from campaigns.queries.flows import faults_of
from campaigns.rendering import Words, check
from customers import audit

SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
LONGEST_SLUG = 80
LARGEST_BODY = 200_000
LONGEST_SUBJECT = 300


def create_journey(*, slug: str, name: str, document: Any, by: User | None, now: datetime) -> Journey:
    """Keep a new draft. Raises InvalidError with a pointer for every fault."""
    faults = [*_slug_faults(slug), *_name_faults(name), *faults_of(document)]
    if faults:
        raise InvalidError(faults)
    with transaction.atomic():
        try:
            with transaction.atomic():
                journey = Journey.objects.create(
                    slug=slug, name=name.strip(), document=document, edited_by=by, created_at=now, updated_at=now
                )
        except IntegrityError as error:
            raise InvalidError([("/slug", f"There is a journey {slug!r} already.")], code="slug_taken") from error
        approvals.note_decision(journey, "created", by=by, now=now, version=None)
        _note(by, "journey created", journey, None, {"name": name, "document": document}, now)
    return journey


def save_journey(
    *,
    journey: Journey,
    by: User | None,
    now: datetime,
    name: str | None = None,
    document: Any = None,
    revision: int | None = None,
) -> Journey:
    """Change a journey's name or flow. A changed flow takes an approval back and goes to review.

    `revision` is the one that the editor started from. Raises StaleError where somebody else saved meanwhile, StatusError
    for an ended journey, InvalidError with a pointer for every fault.
    """
    faults = [*([] if name is None else _name_faults(name)), *([] if document is None else faults_of(document))]
    if faults:
        raise InvalidError(faults)
    with transaction.atomic():
        row = Journey.objects.select_for_update().get(pk=journey.pk)
        require(to="edit", object=row, by=by)
        if revision is not None and revision != row.revision:
            raise StaleError("Somebody else saved it meanwhile: load it again and repeat your edit.", code="conflict")
        before = {"name": row.name, "document": row.document}
        edited = document is not None and document != row.document
        row.name = row.name if name is None else name.strip()
        if edited:
            row.document, row.revision, row.edited_by = document, row.revision + 1, by
        if edited or row.name != before["name"]:
            row.updated_at = now
            row.save()
            _note(by, "journey edited", row, before, {"name": row.name, "document": row.document}, now)
        if edited:
            approvals.note_decision(row, "edited", by=by, now=now, version=None)
            approvals.withdraw(journey=row, by=by, now=now, reason="The flow was edited.")
    journey.refresh_from_db()
    return journey


def save_template(
    *,
    slug: str,
    by: User | None,
    now: datetime,
    channel: str = "email",
    name: str = "",
    subject: str = "",
    body: str = "",
    new: bool = False,
) -> Template:
    """Keep the words of a message, new or changed. Changed words take back the approval of every journey that sends them.

    Raises InvalidError with a pointer for every fault; the line of a fault in Liquid is in its sentence.
    """
    faults = template_faults(slug, channel, subject, body)
    if faults:
        raise InvalidError(faults)
    with transaction.atomic():
        row = Template.objects.select_for_update().filter(slug=slug).first()
        if row is not None and new:
            raise InvalidError([("/slug", f"There is a template {slug!r} already.")], code="slug_taken")
        before = None if row is None else words_of(row)
        row = row or Template(slug=slug, created_at=now)
        row.channel, row.name, row.subject, row.body = channel, name.strip(), subject.strip(), body
        if words_of(row) == before:
            return row
        row.edited_by, row.updated_at = by, now
        row.save()
        _note(by, "template created" if before is None else "template edited", row, before, words_of(row), now)
        for journey in journeys_sending(slug):
            approvals.withdraw(journey=journey, by=by, now=now, reason=f"The words of {slug} were edited.")
    return row


@transaction.atomic
def delete_template(*, template: Template, by: User | None, now: datetime) -> None:
    """Delete words that no journey sends. Raises StatusError where one does."""
    require(to="delete", object=template, by=by)
    _note(by, "template deleted", template, words_of(template), None, now)
    template.delete()


@transaction.atomic
def delete_journey(*, journey: Journey, by: User | None, now: datetime) -> None:
    """Delete a journey that never reached anybody. Raises StatusError for one that did: end it instead."""
    row = Journey.objects.select_for_update().get(pk=journey.pk)
    require(to="delete", object=row, by=by)
    _note(by, "journey deleted", row, {"name": row.name, "document": row.document}, None, now)
    row.live_version = None
    row.save(update_fields=["live_version"])
    row.delete()


def _slug_faults(slug: Any) -> list[tuple[str, str]]:
    if isinstance(slug, str) and len(slug) <= LONGEST_SLUG and SLUG.fullmatch(slug):
        return []
    return [("/slug", f"A slug has up to {LONGEST_SLUG} small letters and digits, parted by single hyphens.")]


def _name_faults(name: Any) -> list[tuple[str, str]]:
    if isinstance(name, str) and 0 < len(name.strip()) <= 200:
        return []
    return [("/name", "Give a name of 1 to 200 characters.")]


def template_faults(slug: Any, channel: Any, subject: Any, body: Any) -> list[tuple[str, str]]:
    faults = _slug_faults(slug)
    if channel not in CHANNELS:
        faults.append(("/channel", f"The channel is one of {', '.join(CHANNELS)}."))
    if not isinstance(subject, str) or len(subject) > LONGEST_SUBJECT:
        faults.append(("/subject", f"A subject has up to {LONGEST_SUBJECT} characters."))
    elif channel == "email" and not subject.strip():
        faults.append(("/subject", "An e-mail needs a subject."))
    if not isinstance(body, str) or not body.strip() or len(body) > LARGEST_BODY:
        faults.append(("/body", f"Write the body, up to {LARGEST_BODY:,} characters."))
    if faults:
        return faults
    return [(f"/{fault.part}", str(fault)) for fault in check(Words(channel, subject, body))]


def _note(by: User | None, action: str, row: Any, before: Any, after: Any, now: datetime) -> None:
    audit.note(actor=by, action=action, object=row, before=before, after=after, note="", now=now)
