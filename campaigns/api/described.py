"""The shapes of requests and answers about journeys, words and messages: what writes are checked with, and the
description (OpenAPI)."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from campaigns.journeys.nodes import CHANNELS
from campaigns.models import Message
from campaigns.models.journey import Status
from segmentation.api.described import Strict, StrictBoolean, StrictText
from segmentation.models import GovernanceChange

STATES = [state for state in Message.State.values if state != Message.State.SENDING]


class Entry(serializers.Serializer[Any]):
    on = serializers.ChoiceField(["enter"])
    segment = serializers.CharField()


class Goal(serializers.Serializer[Any]):
    event = serializers.CharField()


class Decision(serializers.Serializer[Any]):
    kind = serializers.CharField()
    by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()
    version = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField()


class JourneyVersion(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    digest = serializers.CharField()


class JourneyAnswer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    status = serializers.ChoiceField(Status.values)
    entry = Entry()
    re_entry = serializers.JSONField(help_text='"never", "always" or {"amount", "unit"}')
    goal = Goal(allow_null=True)
    first = serializers.CharField()
    nodes = serializers.DictField(child=serializers.DictField())
    revision = serializers.IntegerField()
    live = JourneyVersion(allow_null=True)
    submitted = JourneyVersion(allow_null=True)
    says = serializers.ListField(child=serializers.CharField())
    decisions = Decision(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class JourneyEdit(Strict):
    name = StrictText(required=False)
    # What a journey says is checked as a whole by the flow's own parser, which names every fault.
    entry = serializers.JSONField(required=False)
    re_entry = serializers.JSONField(required=False)
    goal = serializers.JSONField(required=False, allow_null=True)
    first = serializers.JSONField(required=False)
    nodes = serializers.JSONField(required=False)
    revision = serializers.IntegerField(required=False)


class JourneyNew(JourneyEdit):
    slug = StrictText(required=False)
    name = StrictText()
    status = serializers.ChoiceField(["draft"], required=False)


class SubmitOrder(Strict):
    note = StrictText(required=False, allow_blank=True, max_length=2000)


class ApproveOrder(Strict):
    reason = StrictText(required=False, allow_blank=True, max_length=2000)
    digest = StrictText(required=False, help_text="of the version that was read; another one is not approved")
    start = StrictBoolean(required=False, help_text="false: approved, and live only after /resume/")


class ReasonOrder(Strict):
    reason = StrictText(required=False, allow_blank=True, max_length=2000)


class TemplateEdit(Strict):
    name = StrictText(required=False, allow_blank=True)
    channel = serializers.ChoiceField(CHANNELS, required=False)
    subject = StrictText(required=False, allow_blank=True, trim_whitespace=False)
    body = StrictText(required=False, allow_blank=True, trim_whitespace=False)


class TemplateNew(TemplateEdit):
    slug = StrictText()
    body = StrictText(allow_blank=True, trim_whitespace=False)


class TemplateAnswer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    channel = serializers.ChoiceField(CHANNELS)
    subject = serializers.CharField()
    body = serializers.CharField()
    edited_by = serializers.CharField(allow_null=True)
    used_by = serializers.ListField(child=serializers.CharField())
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class Mentioned(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    user_id = serializers.CharField(allow_null=True)


class MessageAnswer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    customer = Mentioned()
    journey = serializers.CharField(allow_null=True)
    node = serializers.CharField()
    channel = serializers.ChoiceField(CHANNELS)
    template = serializers.CharField()
    state = serializers.ChoiceField(STATES)
    reason = serializers.CharField()
    recipient = serializers.CharField()
    subject = serializers.CharField()
    planned_at = serializers.DateTimeField()
    sent_at = serializers.DateTimeField(allow_null=True)


class SettingOrder(Strict):
    dry_run = StrictBoolean(required=False, help_text="say what it would do, and change nothing")
    reason = StrictText(required=False, allow_blank=True, max_length=2000)


def _known() -> serializers.ListField:
    words = "what the setting was when it was looked at: where it is that no more, nothing is changed (409)"
    return serializers.ListField(child=StrictText(), required=False, help_text=words)


class PrioritiesOrder(SettingOrder):
    segments = serializers.ListField(child=StrictText(), allow_empty=False)
    known = _known()


class GroupOrder(SettingOrder):
    name = StrictText(max_length=200)
    segments = serializers.ListField(child=StrictText())
    known = _known()


class GroupNameOrder(SettingOrder):
    name = StrictText(max_length=200)
    to = StrictText(max_length=200)


class ExclusionOrder(SettingOrder):
    segment = StrictText()
    excludes = serializers.ListField(child=StrictText())
    known = _known()


class FullStopOrder(SettingOrder):
    segment = StrictText()
    blocks_all_below = StrictBoolean()


class Turned(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.CharField()
    suppressed = serializers.IntegerField()
    released = serializers.IntegerField()


class Consequence(serializers.Serializer[Any]):
    suppressed = serializers.IntegerField(help_text="memberships")
    released = serializers.IntegerField(help_text="memberships")
    enrolments_stopped = serializers.IntegerField(help_text="running enrolments whose customers are suppressed")
    messages_not_sent = serializers.IntegerField(help_text="planned messages of these enrolments")
    looked_at = serializers.IntegerField(help_text="customers who wait for a stay that changed, looked at again")
    segments = Turned(many=True, help_text="those that gain or lose somebody")
    change = serializers.IntegerField(allow_null=True, help_text="the change to undo it by; null where none was made")


class GovernanceEffect(serializers.Serializer[Any]):
    suppressed = serializers.IntegerField()
    released = serializers.IntegerField()
    enrolments_stopped = serializers.IntegerField()
    messages_not_sent = serializers.IntegerField()


class GovernanceChangeAnswer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    setting = serializers.ChoiceField(GovernanceChange.Setting.values)
    about = serializers.CharField(help_text="the segment's slug or the group's name; empty for the order")
    says = serializers.ListField(child=serializers.CharField())
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)
    effect = GovernanceEffect()
    reason = serializers.CharField()
    by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()
    undoes = serializers.IntegerField(allow_null=True)
    undone_by = serializers.IntegerField(allow_null=True)


class FullStops(serializers.Serializer[Any]):
    results = serializers.ListField(child=serializers.CharField())


class Priorities(serializers.Serializer[Any]):
    segments = serializers.ListField(child=serializers.CharField())


class Group(serializers.Serializer[Any]):
    name = serializers.CharField()
    segments = serializers.ListField(child=serializers.CharField())


class Groups(serializers.Serializer[Any]):
    results = Group(many=True)


class Exclusion(serializers.Serializer[Any]):
    segment = serializers.CharField()
    excludes = serializers.ListField(child=serializers.CharField())


class Exclusions(serializers.Serializer[Any]):
    results = Exclusion(many=True)
