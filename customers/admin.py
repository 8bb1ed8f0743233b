"""The operator's view of this app's tables: to look at, and to change only what is safe to change.

Running totals are left out: they have no key of one column, which this admin needs, and `trace` prints them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db import models
from django.http import HttpRequest, HttpResponse

from common import clock
from customers import audit
from customers.models import (
    ApiKey,
    AuditEntry,
    CatalogueAttribute,
    CatalogueProperty,
    Consent,
    ConsentChange,
    Customer,
    DirtyCustomer,
    Event,
    EventName,
    IdempotentAnswer,
    Identity,
    Merge,
    Order,
    OrderTotal,
    Receipt,
    RejectedInput,
    Source,
    WriteKey,
)
from customers.retype import set_type
from customers.roles import person

if TYPE_CHECKING:
    Admin = admin.ModelAdmin[Any]
    ModelForm = forms.ModelForm[CatalogueAttribute]
else:
    Admin, ModelForm = admin.ModelAdmin, forms.ModelForm


class ReadOnlyAdmin(Admin):
    """Rows that the chain writes: nobody adds, changes or deletes them here."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: a customer is erased over the API or on their page, with all that is kept of them."""
        return False


_READ_ONLY: dict[type[models.Model], dict[str, Any]] = {
    AuditEntry: {"list_display": ["at", "actor", "action", "object_type", "object_id"], "list_filter": ["action"]},
    CatalogueProperty: {"list_display": ["name", "key", "type", "last_seen_at"], "list_select_related": ["name"]},
    Consent: {"list_display": ["customer_id", "channel", "state", "at"], "list_filter": ["channel", "state"]},
    ConsentChange: {"list_display": ["customer_id", "channel", "state", "at"]},
    Customer: {"list_display": ["id", "user_id", "email", "last_seen_at"], "search_fields": ["=user_id", "=email"]},
    DirtyCustomer: {"list_display": ["customer_id", "generation", "marked_at"]},
    Event: {"list_display": ["id", "name_id", "customer_id", "time", "message_id"], "ordering": ["-time"]},
    EventName: {"list_display": ["id", "name", "first_received_at"], "search_fields": ["name"]},
    IdempotentAnswer: {"list_display": ["key", "api_key", "status", "at"]},
    Identity: {"list_display": ["kind", "value", "customer_id", "since"], "search_fields": ["=value"]},
    Merge: {"list_display": ["id", "kept_id", "gone_id", "reason", "at", "undone_at"]},
    Order: {"list_display": ["key", "customer_id", "ordered_at", "revenue", "cancelled_at"], "search_fields": ["=key"]},
    OrderTotal: {"list_display": ["customer_id", "orders", "revenue", "last_at"]},
    Receipt: {"list_display": ["key", "received_at"], "search_fields": ["=key"]},
    RejectedInput: {"list_display": ["received_at", "source", "reason"], "list_select_related": ["source"]},
}
for _model, _options in _READ_ONLY.items():
    related = {"raw_id_fields": [f.name for f in _model._meta.fields if isinstance(f, models.ForeignKey)]}
    admin.site.register(_model, type(f"{_model.__name__}Admin", (ReadOnlyAdmin,), related | _options))


class AuditedAdmin(Admin):
    """What is changed here stands in the audit log as well, with before and after; Django's own log has words only."""

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row, as it is before its form is read."""
        found = super().get_object(request, object_id, from_field)
        request._audited = _words(found) if found else None  # type: ignore[attr-defined]
        return found

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Written once the row and what hangs on it are saved."""
        _note(request, "create", obj, None, _words(obj))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """A form that changed nothing leaves no entry."""
        before, after = getattr(request, "_audited", None), _words(obj)
        if before != after:
            _note(request, "edit", obj, before, after)
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Called before the rows go."""
        for row in queryset:
            _note(request, "delete", row, _words(row), None)
        return super().log_deletions(request, queryset)


_SECRET = {"password", "digest", "last_login", "last_used_at"}


def _words(row: models.Model) -> dict[str, Any]:
    """What a row says, as it is stored; secrets are left out."""
    stored = type(row)._default_manager.get(pk=row.pk)
    words = {f.name: f.value_from_object(stored) for f in row._meta.concrete_fields if f.name not in _SECRET}
    many = {f.name: sorted(str(one) for one in getattr(stored, f.name).all()) for f in row._meta.many_to_many}
    return {**words, **many}


def _note(request: HttpRequest, action: str, row: models.Model, before: Any, after: Any) -> None:
    audit.note(actor=person(request), action=action, object=row, before=before, after=after, now=clock.now())


@admin.register(Source)
class SourceAdmin(AuditedAdmin):
    """Sources: their name, store and time zone may be corrected."""

    list_display = ("slug", "name", "store", "timezone")
    readonly_fields = ("slug", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A source is made with its write key."""
        return False


class RevocableAdmin(AuditedAdmin):
    """Keys are made by a command or in the app, where they can be shown once; here they are revoked."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: the key itself could not be shown."""
        return False


@admin.register(WriteKey)
class WriteKeyAdmin(RevocableAdmin):
    """Write keys: the rate may be changed, the key revoked."""

    list_display = ("prefix", "source", "events_per_minute", "created_at", "revoked_at")
    readonly_fields = ("source", "digest", "prefix", "created_at")


@admin.register(ApiKey)
class ApiKeyAdmin(RevocableAdmin):
    """API keys: revoked here."""

    list_display = ("name", "prefix", "scopes", "created_at", "last_used_at", "revoked_at")
    readonly_fields = ("user", "digest", "prefix", "scopes", "created_at", "last_used_at")


class TypedForm(ModelForm):
    """An attribute with the types that rules know."""

    type = forms.ChoiceField(choices=[(name, name) for name in ("text", "number", "boolean", "date", "list")])


@admin.register(CatalogueAttribute)
class CatalogueAttributeAdmin(AuditedAdmin):
    """Attributes: described and typed by people. They are learnt from traffic, so none is added here."""

    form = TypedForm
    list_display = ("key", "type", "origin", "last_seen_at", "edited_at")
    search_fields = ("key",)
    readonly_fields = ("key", "origin", "first_seen_at", "last_seen_at", "edited_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Never: what no customer has, no rule can read."""
        return False

    def save_model(self, request: HttpRequest, obj: CatalogueAttribute, form: Any, change: bool) -> None:
        """A type that a person sets stays, and is obeyed at once."""
        typed = obj.type
        if "type" in form.changed_data:
            assert isinstance(request.user, User)
            obj.type = form.initial["type"]
            set_type(attribute=obj, type=typed, by=request.user, now=clock.now())
        super().save_model(request, obj, form, change)


admin.site.unregister((User, Group))


@admin.register(User)
class PersonAdmin(AuditedAdmin, UserAdmin):
    """People and their roles."""

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """That a password was set is said; the password is kept as a digest, and that nowhere else."""
        answer = super().user_change_password(request, id, form_url)
        if answer.status_code == 302:
            audit.note(actor=person(request), action="set password", object=("user", id), now=clock.now())
        return answer


@admin.register(Group)
class RoleAdmin(AuditedAdmin, GroupAdmin):
    """Roles: the groups of people."""
