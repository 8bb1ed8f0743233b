"""What the profile of one customer shows beside their timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Model, Sum

from campaigns.models import Enrolment, Message
from customers.catalogue import COMPUTED
from customers.models import CatalogueAttribute, Consent, ConsentChange, Customer, EventTotal, Identity, Merge, Order
from segmentation.models import Membership, MembershipChange, Segment
from segmentation.models.segment import Status
from segmentation.queries.suppression import reasons_of

COLUMNS = ("user_id", "email", "phone", "timezone")
KINDS = ((str, "text"), ((int, float), "number"))
TOLD = "Told by the latest identify, import or person that named it."
FIRST = ("first_name", "last_name", "city", "postal_code", "country", "language", "gender", "birthday")


@dataclass(frozen=True)
class Agreed:
    """The consent of one channel now, and every statement that led there, the latest first."""

    channel: str
    state: str
    at: datetime
    changes: Sequence[ConsentChange]


@dataclass(frozen=True)
class Place:
    """A segment the customer is in, and in words what suppresses them there."""

    membership: Membership
    reason: str


@dataclass(frozen=True)
class Trait:
    """One field of the profile with what the catalogue says of it and where it comes from."""

    key: str
    value: Any
    how: str

    @property
    def kind(self) -> str:
        """How a form would write it: text, number, boolean or JSON; empty for what nobody can tell."""
        if self.key in COMPUTED:
            return ""
        if isinstance(self.value, bool):
            return "boolean"
        return next((kind for types, kind in KINDS if isinstance(self.value, types)), "json")


def lists_without(customer: Customer) -> list[Segment]:
    """The static segments that a customer could be put on."""
    lists = Segment.objects.filter(kind=Segment.Kind.STATIC).exclude(status=Status.ARCHIVED)
    return list(lists.exclude(memberships__customer=customer).order_by("name"))


def places_of(customer: Customer) -> list[Place]:
    """The segments a customer is in, by rank; those without one last."""
    found = Membership.objects.filter(customer=customer).select_related("segment", "suppressed_by")
    memberships = list(found.order_by(F("segment__rank").asc(nulls_last=True), "segment__name"))
    reasons = reasons_of(memberships)
    return [Place(one, reasons.get(one.pk, "")) for one in memberships]


def consents_of(customer: Customer) -> list[Agreed]:
    """The channels somebody was asked about."""
    changes: dict[str, list[ConsentChange]] = {}
    for change in ConsentChange.objects.filter(customer=customer).order_by("-at", "-pk"):
        changes.setdefault(change.channel, []).append(change)
    now = Consent.objects.filter(customer=customer).order_by("channel")
    return [Agreed(one.channel, one.state, one.at, changes.get(one.channel, ())) for one in now]


def traits_of(customer: Customer) -> list[Trait]:
    """What is known of a customer: the columns, then the usual attributes, then the others by name."""
    columns = [(key, getattr(customer, key)) for key in COLUMNS if getattr(customer, key)]
    usual = [(key, customer.attributes[key]) for key in FIRST if key in customer.attributes]
    others = sorted((key, value) for key, value in customer.attributes.items() if key not in (*FIRST, *COLUMNS))
    meant = dict(CatalogueAttribute.objects.exclude(description="").values_list("key", "description"))
    return [Trait(key, value, f"{meant.get(key, '')} {TOLD}".strip()) for key, value in [*columns, *usual, *others]]


def identities_of(customer: Customer) -> list[Identity]:
    """Every id that leads to the customer, the oldest first."""
    return list(Identity.objects.filter(customer=customer).order_by("since", "pk"))


def merges_of(customer: Customer) -> list[Merge]:
    """The profiles that were joined into this one, the latest first."""
    return list(Merge.objects.filter(kept=customer).defer("moved").order_by("-at", "-pk"))


def kept_of(customer: Customer) -> list[tuple[str, int]]:
    """How much is kept about a customer, by kind."""
    events = EventTotal.objects.filter(customer=customer).aggregate(count=Sum("count"))["count"] or 0
    kinds: dict[str, type[Model]] = {
        "orders": Order,
        "ids": Identity,
        "consents and their history": ConsentChange,
        "memberships": Membership,
        "changes of membership": MembershipChange,
        "journeys begun": Enrolment,
        "messages": Message,
    }
    counted = [(words, model._default_manager.filter(customer=customer).count()) for words, model in kinds.items()]
    return [("events", events), *counted]


def kept_after_merge(customer_id: int) -> int | None:
    """Where a customer went who was merged into another."""
    merged = Merge.objects.filter(gone_id=customer_id, undone_at__isnull=True).order_by("-at")
    return merged.values_list("kept_id", flat=True).first()
