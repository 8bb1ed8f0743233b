"""Rules that wait for an approval, and what became of those that did."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import F, QuerySet

from segmentation.models import PublishRequest, Segment


def requests_waiting() -> QuerySet[PublishRequest]:
    """Those that wait, the longest waiting first."""
    waiting = PublishRequest.objects.filter(state=PublishRequest.State.WAITING)
    return waiting.select_related("segment", "asked_by").order_by("asked_at", "pk")


def requests_of(segment: Segment) -> QuerySet[PublishRequest]:
    """All of a segment, the newest first, with who asked and who decided."""
    rows = segment.publish_requests.select_related("segment", "asked_by", "decided_by", "version")
    return rows.order_by("-pk")


def requests_by(person: AbstractBaseUser) -> QuerySet[PublishRequest]:
    """What somebody asked for, the newest first."""
    asked = PublishRequest.objects.filter(asked_by=person.pk)
    return asked.select_related("segment", "decided_by").order_by("-pk")


def requests_sent_back(person: AbstractBaseUser) -> QuerySet[PublishRequest]:
    """What somebody asked for and an approver sent back, as long as nobody edited the draft since."""
    sent_back = requests_by(person).filter(state=PublishRequest.State.REJECTED)
    last = PublishRequest.objects.order_by("segment_id", "-pk").distinct("segment_id").values("pk")
    return sent_back.filter(pk__in=last, segment__draft_saved_at__lte=F("decided_at"))


def waiting_of(segment: Segment) -> PublishRequest | None:
    """The one that waits for a segment."""
    return requests_waiting().filter(segment=segment).first()
