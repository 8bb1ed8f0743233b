"""The sizes of segments, which are kept and not counted, against a count: after every way a membership can move."""

from __future__ import annotations

import pytest
from django.db.models import Count

from customers.erase import erase
from customers.models import Customer
from segmentation.governance import put_group, set_priorities
from segmentation.lifecycle import archive
from segmentation.models import Membership, Segment, SizeChange
from segmentation.queries.membership import Counts, counts
from segmentation.sizes import add_up
from tests.stages.shop import DAY, HOUR, NOON, attribute, did, identify, live, pass_time, rule, settle, track

pytestmark = pytest.mark.django_db


def _counted() -> dict[int, Counts]:
    """The sizes by counting."""
    found: dict[int, dict[str, int]] = {}
    for segment, state, number in Membership.objects.values_list("segment_id", "state").annotate(Count("pk")):
        found.setdefault(segment, {})[state] = number
    return {key: Counts(by.get("active", 0), by.get("suppressed", 0)) for key, by in found.items()}


def _sizes() -> dict[str, tuple[int, int]]:
    """The kept sizes by slug, which must be those counted."""
    kept = counts()
    assert kept == _counted()
    slugs = dict(Segment.objects.values_list("pk", "slug"))
    return {slugs[key]: (size.active, size.suppressed) for key, size in kept.items()}


def test_a_size_is_exact_after_every_move_without_being_counted() -> None:
    for user in ("ada", "bob", "eve"):
        identify(user, NOON - 2 * DAY, country="PL")
        track(user, "Order Completed", NOON - (20 if user == "ada" else 2) * HOUR, order_id=f"o-{user}", revenue=50)
    live("buyers", rule(did("Order Completed", days=1)))
    live("poles", rule(attribute("country", "PL")))
    settle(NOON)
    assert _sizes() == {"buyers": (3, 0), "poles": (3, 0)}
    put_group(name="One voice", segments=["buyers", "poles"], by=None, now=NOON)
    assert _sizes() == {"buyers": (3, 0), "poles": (0, 3)}
    pass_time(NOON + 6 * HOUR)
    assert _sizes() == {"buyers": (2, 0), "poles": (1, 2)}
    set_priorities(segments=["poles", "buyers"], by=None, now=NOON + 6 * HOUR)
    assert _sizes() == {"buyers": (0, 2), "poles": (3, 0)}
    noted = SizeChange.objects.count()
    assert not add_up() and add_up(few=1) and SizeChange.objects.count() == 2 < noted
    assert _sizes() == {"buyers": (0, 2), "poles": (3, 0)}
    erase(customer=Customer.objects.get(user_id="eve"), by="a test", now=NOON + 6 * HOUR)
    assert _sizes() == {"buyers": (0, 1), "poles": (2, 0)}
    archive(segment=Segment.objects.get(slug="poles"), by=None, now=NOON + 6 * HOUR)
    assert _sizes() == {"buyers": (1, 0)}
