"""The operator's view of this app's tables: to look at, and to change only what is safe to change.

Running totals are left out: they have no key of one column, which this admin needs, and `trace` prints them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import models
from django.http import HttpRequest

from common import clock
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


@admin.register(Source)
class SourceAdmin(Admin):
    """Sources: their name, store and time zone may be corrected."""

    list_display = ("slug", "name", "store", "timezone")
    readonly_fields = ("slug", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A source is made with its write key."""
        return False


class RevocableAdmin(Admin):
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
class CatalogueAttributeAdmin(Admin):
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
