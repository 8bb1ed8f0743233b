"""One search over everything with a name: pages, segments, journeys, customers, and what can be begun."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import F, Q

from campaigns.models import Journey
from common.asked import text_in
from common.places import PLACES
from customers.models import Customer
from customers.queries.people import Wanted, customers_wanted
from segmentation.models import Segment
from segmentation.models.segment import Status

MOST = 6
# One letter fits half of all customers and tells nothing.
SHORTEST = 2


@dataclass(frozen=True)
class Found:
    """One line: where it leads, what it is called, and a word about it."""

    address: str
    name: str
    about: str = ""


@dataclass(frozen=True)
class Group:
    """The lines of one kind."""

    name: str
    icon: str
    lines: Sequence[Found]


def search(text: str, *, writes: bool, most: int = MOST) -> list[Group]:
    """What fits a text, by kind, kinds with nothing left out. Without a text: the pages, and what can be begun.

    A word fits where a name (or what else a page is called) has it at the beginning of a word; of customers, names and ids
    count by their beginning. Each kind is cut at `most`.
    """
    text = text_in(text).strip()[:200]
    groups = [
        Group("Actions", "plus", _actions(text) if writes else []),
        Group("Pages", "right", _pages(text)),
        Group("Segments", "tide", _segments(text, most) if text else []),
        Group("Journeys", "play", _journeys(text, most) if text else []),
        Group("Customers", "person", _customers(text, most) if len(text) >= SHORTEST else []),
    ]
    # Whoever types a name means the thing of that name; whoever types nothing wants to go somewhere.
    order = groups[1:] + groups[:1] if text else [groups[1], groups[0]]
    return [group for group in order if group.lines]


def _actions(text: str) -> list[Found]:
    begun = [Found("/new-segment/", "New segment"), Found("/journeys/new/", "New journey"), Found("/templates/new/", "New template")]  # fmt: skip
    return [one for one in begun if _fits(text, one.name)]


def _pages(text: str) -> list[Found]:
    return [Found(place.address, place.name) for place in PLACES if _fits(text, f"{place.name} {place.words}")]


def _fits(text: str, words: str) -> bool:
    """Whether every word of the text begins one of the words."""
    known = words.lower().split()
    return all(any(word.startswith(part) for word in known) for part in text.lower().split())


def _named(text: str) -> Q:
    """Each word of the text stands in the name or the slug."""
    fits = Q()
    for word in text.split():
        fits &= Q(name__icontains=word) | Q(slug__icontains=word)
    return fits


def _segments(text: str, most: int) -> list[Found]:
    rows = Segment.objects.filter(_named(text)).exclude(status=Status.ARCHIVED)
    ordered = rows.order_by(F("rank").asc(nulls_last=True), "name")[:most]
    return [Found(f"/segments/{row.slug}/", str(row), row.get_status_display().lower()) for row in ordered]


def _journeys(text: str, most: int) -> list[Found]:
    rows = Journey.objects.filter(_named(text)).order_by("name")[:most]
    return [Found(f"/journeys/{row.slug}/", str(row), row.get_status_display().lower()) for row in rows]


def _customers(text: str, most: int) -> list[Found]:
    rows: Iterable[Customer] = customers_wanted(Wanted(search=text)).order_by(
        F("last_seen_at").desc(nulls_last=True), "-pk"
    )
    return [Found(f"/customers/{row.pk}/", str(row), _id_of(row)) for row in rows[:most]]  # type: ignore[index]


def _id_of(customer: Customer) -> str:
    """An id beside the name that is not the name again."""
    name = str(customer)
    return next((value for value in (customer.email, customer.user_id, customer.phone) if value and value != name), "")
