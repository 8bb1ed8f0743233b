"""The saved views of the lists: what somebody sees as tabs, and what an address asks for."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import QueryDict

from common.asked import text_in
from customers.models import SavedView
from customers.queries.columns import DEFAULT

# What an address has beside the question itself: the page, the tab, and what a reader's browser adds.
BESIDE = frozenset({"cursor", "view", "limit"})
# What a list shows when nobody asks for anything.
USUAL = {
    "sort": frozenset({"seen", "rank"}),
    "columns": frozenset({",".join(DEFAULT)}),
    "member": frozenset({"any"}),
}
LONGEST = 2000


def views_of(user: User, *, list: str = "") -> QuerySet[SavedView]:
    """One's own views and those that are shared, of one list or of all, by name."""
    rows = SavedView.objects.filter(Q(owner=user) | Q(shared=True)).select_related("owner")
    return (rows.filter(list=list) if list else rows).order_by("name", "pk")


def default_view(user: User, *, list: str) -> SavedView | None:
    """The view that somebody wants to see first, if it is still theirs to see."""
    return views_of(user, list=list).filter(default_of=user).first()


def question_of(parameters: QueryDict) -> str:
    """What an address asks of a list: its filters, order and columns, in one way of writing."""
    return written((key, value) for key in parameters for value in parameters.getlist(key))


def written(pairs: Iterable[tuple[str, str]]) -> str:
    """The question of parameters: sorted, without the page, and without what is empty or usual; several of one name as one."""
    values: dict[str, list[str]] = {}
    for key, value in pairs:
        value = text_in(value).strip()
        if value and key not in BESIDE:
            values.setdefault(key, []).append(value)
    joined = {key: ",".join(values[key]) for key in sorted(values)}
    return urlencode({key: value for key, value in joined.items() if value not in USUAL.get(key, ())})
