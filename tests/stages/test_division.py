"""The best division of a segment: the condition that tells those who answer from those who do not."""

from __future__ import annotations

import pytest

from campaigns.queries.division import best_division
from campaigns.queries.rates import Rate, difference_between, difference_by_chance, wilson
from customers.models import Order
from segmentation.models import Segment
from tests.stages.shop import DAY, NOON, rule
from tests.stages.spoken import journey, people, said, segment

pytestmark = pytest.mark.django_db


@pytest.fixture
def readers() -> Segment:
    return segment("readers")


def test_shares_are_compared_as_the_books_do() -> None:
    # Newcombe 1998, table II, example (a): 56/70 - 48/80, method 10: 0.0524 to 0.3339.
    assert difference_between(Rate(56, 70), Rate(48, 80), sure=0.95) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    # His table I, example of method 3 (score): 81/263 lies between 0.2553 and 0.3662.
    assert wilson(Rate(81, 263), sure=0.95) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    # By hand: pooled 104/150, z = 0.2 / sqrt(0.6933 × 0.3067 × (1/70 + 1/80)) = 2.650.
    assert difference_by_chance(Rate(56, 70), Rate(48, 80)) == pytest.approx(0.00805, abs=1e-5)
    assert difference_by_chance(Rate(0, 70), Rate(0, 80)) == difference_by_chance(Rate(0, 0), Rate(1, 2)) == 1


def test_a_segment_is_divided_where_its_customers_answer_differently(readers: Segment) -> None:
    version = journey("hello", on="readers")
    crowd = people(300, lambda n: {"country": "PL" if n % 3 else "pl", "tier": "gold" if n < 120 else "tin", "n": n})
    said(version, crowd, at=NOON - 20 * DAY, answered=lambda n: n % 4 == 0 if n < 120 else n % 20 == 0)
    found = best_division(readers, NOON)
    assert found is not None
    assert found.condition == {"type": "attribute", "key": "tier", "operator": "is", "value": "gold"}
    assert (found.rate_in, found.many_in, found.rate_out, found.many_out) == (0.25, 120, 0.05, 180)
    assert (found.sentence, found.goal) == ("tier is gold", "Order Completed") and found.factor == pytest.approx(5)


def test_orders_divide_as_they_were_before_the_message(readers: Segment) -> None:
    """Whoever answers has an order afterwards: that is no condition to divide by."""
    version = journey("hello", on="readers")
    crowd = people(300)
    messages = said(version, crowd, at=NOON - 20 * DAY, answered=lambda n: n % 5 == 0)
    bought = [(one, message.sent_at) for one, message in zip(crowd, messages) if message.outcome.converted_at]
    Order.objects.bulk_create(Order(customer=one, key="1", ordered_at=at, revenue=20) for one, at in bought)
    assert best_division(readers, NOON) is None
    Order.objects.bulk_create(
        Order(customer=one, key="0", ordered_at=NOON - 100 * DAY, revenue=20) for one in crowd[::5] + crowd[1::5]
    )
    found = best_division(readers, NOON)
    assert found is not None and found.condition["key"] in ("orders_ever", "days_since_last_order")
    assert (found.rate_in, found.many_in, found.rate_out, found.many_out) == (0.5, 120, 0.0, 180)


def test_a_small_difference_few_customers_or_a_small_side_divide_nothing(readers: Segment) -> None:
    version = journey("hello", on="readers")
    few = people(90, lambda n: {"tier": "gold" if n < 45 else "tin"})
    said(version, few, at=NOON - 30 * DAY, answered=lambda n: n < 45)
    assert best_division(readers, NOON) is None  # fewer than 100
    more = people(410, lambda n: {"tier": "tin"})
    said(version, more, at=NOON - 30 * DAY, answered=lambda n: False)
    assert best_division(readers, NOON) is None  # gold is 9 %
    said(version, few[:45], at=NOON - 3 * DAY, answered=lambda n: False)
    assert best_division(readers, NOON) is None  # what may still be answered does not count


def test_without_a_goal_a_click_is_the_answer_and_each_customer_counts_once(readers: Segment) -> None:
    version = journey("hello", on="readers", goal=None)
    crowd = people(200, lambda n: {"opted": n % 2 == 0})
    said(version, crowd, at=NOON - 60 * DAY, answered=lambda n: n % 4 == 0, clicked=True)
    said(version, crowd, at=NOON - 50 * DAY, answered=lambda n: True, clicked=True)
    found = best_division(readers, NOON)
    assert found is not None and (found.goal, found.rate_in, found.rate_out) == ("", 0.5, 0.0)
    assert (found.many_in, found.many_out) == (100, 100) and rule(found.condition)
