"""Campaigns for operators: everything to read, words to edit, approvals through the same four eyes as everywhere."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest

from campaigns import approvals, save
from campaigns.errors import CampaignError
from campaigns.models import (
    Cursor,
    Digest,
    Enrolment,
    Journey,
    JourneyComment,
    JourneyDecision,
    JourneyVersion,
    Message,
    Outcome,
    Response,
    Template,
    TrackedLink,
)
from common import clock
from customers.roles import Right, may


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that the verbs write: nobody adds, changes or deletes them by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Journey)
class JourneyAdmin(ReadOnly):
    """Journeys are written in the app; here they can be approved, paused and ended, by the same rules."""

    list_display = ("slug", "name", "status", "revision", "edited_by", "submitted_by", "updated_at")
    list_filter = ("status",)
    search_fields = ("slug", "name")
    actions = ("approve_selected", "pause_selected", "end_selected")

    @admin.action(description="Approve the selected journeys")
    def approve_selected(self, request: HttpRequest, queryset: QuerySet[Journey]) -> None:
        self._each(request, queryset, Right.APPROVE, approvals.approve)

    @admin.action(description="Pause the selected journeys")
    def pause_selected(self, request: HttpRequest, queryset: QuerySet[Journey]) -> None:
        self._each(request, queryset, Right.EDIT, approvals.pause)

    @admin.action(description="End the selected journeys")
    def end_selected(self, request: HttpRequest, queryset: QuerySet[Journey]) -> None:
        self._each(request, queryset, Right.EDIT, approvals.end)

    def _each(self, request: HttpRequest, queryset: QuerySet[Journey], right: Right, verb: Any) -> None:
        if not may(request.user, right):
            self.message_user(request, f"Your roles do not let you {right}.", messages.ERROR)
            return
        for journey in queryset.order_by("pk"):
            try:
                verb(journey=journey, by=request.user, now=clock.now())
            except CampaignError as error:
                self.message_user(request, f"{journey.slug}: {error.message}", messages.ERROR)
            else:
                self.message_user(
                    request, f"{journey.slug} is {journey.get_status_display().lower()}.", messages.SUCCESS
                )


class TemplateForm(ModelForm):  # type: ignore[type-arg]
    """The words, checked as everywhere else."""

    class Meta:
        model = Template
        fields = ("slug", "name", "channel", "subject", "body")

    def clean(self) -> dict[str, Any] | None:
        data = super().clean()
        given = {**self.initial, "slug": self.instance.slug, **(data or {})}
        for pointer, said in save.template_faults(
            *(given.get(key, "") for key in ("slug", "channel", "subject", "body"))
        ):
            name = pointer.lstrip("/")
            self.add_error(name if name in self.fields else None, said)
        return data


@admin.register(Template)
class TemplateAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Words; saving them takes back the approval of the journeys that send them."""

    form = TemplateForm
    list_display = ("slug", "name", "channel", "edited_by", "updated_at")
    search_fields = ("slug", "name", "subject")

    def get_readonly_fields(self, request: HttpRequest, obj: Template | None = None) -> tuple[str, ...]:
        return ("slug",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Template, form: Any, change: bool) -> None:
        words = {"channel": obj.channel, "name": obj.name, "subject": obj.subject, "body": obj.body}
        by = request.user if isinstance(request.user, User) else None
        kept = save.save_template(slug=obj.slug, by=by, now=clock.now(), new=not change, **words)
        obj.pk, obj.created_at, obj.updated_at = kept.pk, kept.created_at, kept.updated_at

    def has_delete_permission(self, request: HttpRequest, obj: Template | None = None) -> bool:
        return False


@admin.register(Enrolment)
class EnrolmentAdmin(ReadOnly):
    list_display = ("pk", "journey", "customer", "state", "node", "due_at", "reason")
    list_filter = ("state",)
    list_select_related = ("journey", "customer")
    raw_id_fields = ("customer",)
    show_full_result_count = False


@admin.register(Message)
class MessageAdmin(ReadOnly):
    list_display = ("pk", "journey", "node", "channel", "state", "reason", "recipient", "planned_at", "sent_at")
    list_filter = ("state", "channel")
    list_select_related = ("journey",)
    # The secret of a message's links is nobody's business.
    exclude = ("token",)
    show_full_result_count = False


@admin.register(JourneyDecision)
class DecisionAdmin(ReadOnly):
    list_display = ("at", "journey", "kind", "by", "reason")
    list_select_related = ("journey", "by")


@admin.register(JourneyComment)
class CommentAdmin(ReadOnly):
    list_display = ("at", "journey", "by", "text")
    list_select_related = ("journey", "by")


@admin.register(JourneyVersion)
class VersionAdmin(ReadOnly):
    list_display = ("journey", "number", "digest", "created_by", "created_at")
    list_select_related = ("journey", "created_by")


@admin.register(Response)
class ResponseAdmin(ReadOnly):
    list_display = ("message_id", "kind", "first_at", "count")
    show_full_result_count = False


@admin.register(Outcome)
class OutcomeAdmin(ReadOnly):
    list_display = ("message_id", "opened_at", "clicked_at", "converted_at", "revenue", "measured_at")
    show_full_result_count = False


@admin.register(TrackedLink)
class LinkAdmin(ReadOnly):
    list_display = ("message_id", "position", "url")
    show_full_result_count = False


@admin.register(Cursor)
class CursorAdmin(ReadOnly):
    list_display = ("name", "transaction", "change_id")


@admin.register(Digest)
class DigestAdmin(ReadOnly):
    list_display = ("account", "week", "state", "reason", "recipient", "at")
    list_filter = ("state",)
