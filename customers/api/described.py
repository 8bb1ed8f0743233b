"""The shapes of requests and answers, for the API's own description (OpenAPI). They describe; they do not parse."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers

# What the address of every list takes.
PAGING = [OpenApiParameter("cursor"), OpenApiParameter("limit", int)]


class Identity(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(["user_id", "anonymous_id", "email", "phone"])
    value = serializers.CharField()
    since = serializers.DateTimeField()


class Merged(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    gone_id = serializers.IntegerField()
    at = serializers.DateTimeField()
    reason = serializers.CharField()


class CustomerSummary(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    user_id = serializers.CharField(allow_null=True)
    email = serializers.CharField(allow_null=True)
    phone = serializers.CharField(allow_null=True)
    timezone = serializers.CharField(allow_null=True)
    known = serializers.BooleanField()
    created_at = serializers.DateTimeField(allow_null=True)
    first_seen_at = serializers.DateTimeField(allow_null=True)
    last_seen_at = serializers.DateTimeField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True)
    attributes = serializers.DictField()


class CustomerProfile(CustomerSummary):
    traits = serializers.DictField()
    consents = serializers.DictField(child=serializers.ChoiceField(["subscribed", "unsubscribed"]))
    identities = Identity(many=True)
    merges = Merged(many=True)


class CustomerEdit(serializers.Serializer[Any]):
    attributes = serializers.DictField(required=False)
    consents = serializers.DictField(child=serializers.ChoiceField(["subscribed", "unsubscribed"]), required=False)


class Unmerge(serializers.Serializer[Any]):
    merge = serializers.IntegerField(required=False)


class Event(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    event = serializers.CharField()
    time = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    message_id = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    store = serializers.CharField(allow_null=True)
    properties = serializers.DictField()


def page_of(name: str, row: type[serializers.Serializer[Any]]) -> Any:
    """A page of rows: the envelope of every list."""
    address = serializers.CharField(allow_null=True)
    fields = {"results": row(many=True), "next": address, "previous": serializers.CharField(allow_null=True)}
    return inline_serializer(name, fields)
