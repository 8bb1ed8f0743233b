"""The shapes of requests and answers about segments: what writes are checked with, and the API's own description."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from customers.api.parsing import escape
from segmentation.models import Segment

CHANNELS = ("email", "sms", "push", "onsite", "ads")
INCENTIVES = ("none", "discount", "free_shipping", "points", "early_access", "exclusive", "content")
GOVERNED = ("min_stay", "exit_grace", "re_entry_pause")


class Strict(serializers.Serializer[Any]):
    """Refuses fields that it does not know, by name."""

    def to_internal_value(self, data: Any) -> Any:
        """The checked values. Raises ValidationError with every unknown field beside the other faults."""
        if not isinstance(data, dict):
            raise serializers.ValidationError("Give an object.")
        unknown = {key: ["There is no such field, or it cannot be set."] for key in data if key not in self.fields}
        try:
            values = super().to_internal_value(data)
        except serializers.ValidationError as error:
            found: dict[str, Any] = error.detail if isinstance(error.detail, dict) else {"": error.detail}
            raise serializers.ValidationError({**found, **unknown}) from error
        if unknown:
            raise serializers.ValidationError(unknown)
        return values


class StrictText(serializers.CharField):
    """Text; a number is not read as one."""

    def to_internal_value(self, data: Any) -> str:
        """The text as it came. Raises ValidationError for other JSON and for NUL characters."""
        if not isinstance(data, str):
            raise serializers.ValidationError("Give text.")
        return super().to_internal_value(data)


class StrictBoolean(serializers.BooleanField):
    """true or false; texts and numbers that look like it are refused."""

    def to_internal_value(self, data: Any) -> bool:
        """The boolean as it came."""
        if not isinstance(data, bool):
            raise serializers.ValidationError("Give true or false.")
        return data


class Duration(Strict):
    amount = serializers.IntegerField(min_value=0, max_value=1_000_000)
    unit = serializers.ChoiceField(["minutes", "hours", "days", "weeks"])


@extend_schema_field(OpenApiTypes.STR)
class Owner(serializers.Field[Any, Any, Any, Any]):
    """A person by user name; null for nobody."""

    def to_internal_value(self, data: Any) -> User | None:
        """The account. Raises ValidationError where there is none of that name."""
        if data in (None, ""):
            return None
        found = User.objects.filter(username=data).first() if isinstance(data, str) and "\x00" not in data else None
        if found is None:
            raise serializers.ValidationError("There is no account of that user name.")
        return found

    def to_representation(self, value: Any) -> str:
        """The user name."""
        return str(value)


class Card(Strict):
    goal = StrictText(required=False, allow_blank=True)
    owner = Owner(required=False, allow_null=True)
    action = StrictText(required=False, allow_blank=True)
    message = StrictText(required=False, allow_blank=True)
    channels = serializers.ListField(child=serializers.ChoiceField(CHANNELS), required=False)
    incentive = serializers.ChoiceField(INCENTIVES, required=False)
    kpi = StrictText(required=False, allow_blank=True)
    kpi_target = serializers.FloatField(required=False, allow_null=True)
    review_on = serializers.DateField(required=False, allow_null=True)


class SegmentEdit(Strict):
    name = StrictText(required=False, max_length=200)
    rule = serializers.JSONField(required=False)
    card = Card(required=False)
    tags = serializers.ListField(child=StrictText(max_length=60), required=False, max_length=40)
    folder = StrictText(required=False, allow_blank=True, max_length=200)
    rank = serializers.IntegerField(required=False, min_value=1)
    min_stay = Duration(required=False, allow_null=True)
    exit_grace = Duration(required=False, allow_null=True)
    re_entry_pause = Duration(required=False, allow_null=True)
    blocks_all_below = StrictBoolean(required=False)


class SegmentNew(SegmentEdit):
    slug = serializers.SlugField(required=False, max_length=80)
    name = StrictText(max_length=200)
    kind = serializers.ChoiceField(Segment.Kind.choices, required=False)


class PublishNote(Strict):
    note = StrictText(required=False, allow_blank=True, max_length=2000)
    silent = StrictBoolean(required=False)


class PublishOrder(PublishNote):
    dry_run = StrictBoolean(required=False)


class LifeOrder(Strict):
    note = StrictText(required=False, allow_blank=True, max_length=2000)


class MembersOrder(Strict):
    customers = serializers.ListField(child=StrictText(max_length=1000), max_length=1000)
    note = StrictText(required=False, allow_blank=True, max_length=200)


class MembersMoved(serializers.Serializer[Any]):
    moved = serializers.IntegerField()
    unknown = serializers.ListField(child=serializers.CharField())


class SnapshotOrder(Strict):
    name = StrictText(max_length=200)
    state = serializers.ChoiceField(["active", "suppressed", "all"], required=False)
    at = serializers.DateTimeField(required=False)


class PreviewOrder(Strict):
    rule = serializers.JSONField()
    at = serializers.DateTimeField(required=False)
    sample = serializers.IntegerField(required=False, min_value=0, max_value=1000)
    funnel = StrictBoolean(required=False)


class ValidateOrder(Strict):
    rule = serializers.JSONField()


class ProposeOrder(Strict):
    text = serializers.CharField(max_length=200)


class Size(serializers.Serializer[Any]):
    active = serializers.IntegerField()
    suppressed = serializers.IntegerField()
    as_of = serializers.DateTimeField()


class SegmentAnswer(SegmentNew):
    status = serializers.CharField()
    version = serializers.IntegerField(allow_null=True)
    size = Size()
    error = serializers.CharField()
    made_from = serializers.ListField(child=serializers.CharField(), help_text="what it was merged or split from")


class CustomerNamed(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    user_id = serializers.CharField(allow_null=True)


class Member(serializers.Serializer[Any]):
    customer = CustomerNamed()
    state = serializers.ChoiceField(["active", "suppressed"])
    since = serializers.DateTimeField()
    suppressed_by = serializers.CharField(allow_null=True)


class Cause(serializers.Serializer[Any]):
    kind = serializers.CharField()
    id = serializers.CharField()
    detail = serializers.CharField()


class Change(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    customer = CustomerNamed()
    kind = serializers.ChoiceField(["entered", "exited", "suppressed", "released"])
    state = serializers.ChoiceField(["active", "suppressed"])
    at = serializers.DateTimeField()
    version = serializers.IntegerField()
    cause = Cause()


class Version(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    rule = serializers.JSONField()
    sentence = serializers.CharField()
    note = serializers.CharField()
    silent = serializers.BooleanField()
    published_by = serializers.CharField(allow_null=True)
    published_at = serializers.DateTimeField()


class JobAnswer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    segment = serializers.CharField(allow_null=True)
    state = serializers.CharField()
    progress = serializers.FloatField()
    said = serializers.CharField()
    result = serializers.JSONField(allow_null=True)
    error = serializers.CharField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)


class CustomerSegment(serializers.Serializer[Any]):
    segment = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(["active", "suppressed"])
    since = serializers.DateTimeField()
    suppressed_by = serializers.CharField(allow_null=True)


class PreviewAnswer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    total = serializers.IntegerField()
    at = serializers.DateTimeField()
    elapsed_ms = serializers.FloatField()
    sample = CustomerNamed(many=True)
    funnel = serializers.ListField(child=serializers.DictField())
    warnings = serializers.ListField(child=serializers.DictField())


class ValidateAnswer(serializers.Serializer[Any]):
    valid = serializers.BooleanField()
    errors = serializers.ListField(child=serializers.DictField())  # type: ignore[assignment]
    sentence = serializers.CharField(allow_null=True)
    depends_on = serializers.ListField(child=serializers.CharField())
    edges_seconds = serializers.ListField(child=serializers.IntegerField())


class ProposedCondition(serializers.Serializer[Any]):
    node = serializers.JSONField()
    side = serializers.ChoiceField(["include", "exclude"])
    sentence = serializers.CharField()


class ProposeAnswer(serializers.Serializer[Any]):
    results = ProposedCondition(many=True)


def checked(shape: type[serializers.Serializer[Any]], body: dict[str, Any]) -> dict[str, Any]:
    """The values of a body that has the shape. Raises ValidationError, which leaves as problem details."""
    found = shape(data=body)
    found.is_valid(raise_exception=True)
    return dict(found.validated_data)


def below(pointer: str, name: str) -> str:
    """The JSON pointer of a member."""
    return f"{pointer}/{escape(name)}"
