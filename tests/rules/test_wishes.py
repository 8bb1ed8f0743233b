"""What is read of a typed condition by its words alone."""

from __future__ import annotations

from typing import Any

import pytest

from segmentation.naming import naming
from segmentation.rules.wishes import read


def last(amount: int, unit: str) -> dict[str, Any]:
    return {"last": {"amount": amount, "unit": unit}}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("viewed Activewear three times in two days", {"window": last(2, "days"), "count": ("gte", 3)}),
        ("viewed twice last month", {"window": last(30, "days"), "count": ("gte", 2)}),
        ("has not done Order in a week", {"window": last(1, "weeks"), "negated": True}),
        ("paid fewer than 1,000 times ever", {"window": {"ever": True}, "count": ("lt", 1000)}),
        ("seen on at least 5 different days", {"count": ("gte", 5), "on_days": True}),
        ("seen 4+ times", {"count": ("gte", 4)}),
        ("seen between 2 and 4 times", {"count": ("between", [2, 4])}),
        ("revenue top 20 %", {"share": ("top", 20)}),
        ("birthday in the next 7 days", {"next": {"amount": 7, "unit": "days"}}),
        ("last order more than 90 days ago", {"older": {"amount": 90, "unit": "days"}}),
        ("except age over 30.5", {"out": True, "compared": (["age"], "gt", 30.5)}),
        ("average price of sale under 60", {"measured": ("avg", ["price"]), "compared": (["sale"], "lt", 60)}),
        (
            "exactly once between 60 and 30 days ago",
            {
                "count": ("eq", 1),
                "window": {"from": {"amount": 60, "unit": "days"}, "to": {"amount": 30, "unit": "days"}},
            },
        ),
        ("days since last order", {}),
    ],
)
def test_times_counts_shares_and_comparisons_are_taken_out_of_the_words(text: str, found: dict[str, Any]) -> None:
    told = {key: value for key, value in vars(read(text)).items() if value and key != "words"}
    assert told == found


def test_words_name_a_thing_by_beginnings_and_endings_and_leave_the_rest() -> None:
    words = read("viewed Activewear 3 times in 2 days").words
    assert words == ["viewed", "Activewear"]
    found = naming(words, "Product Viewed")
    assert found is not None and found.rest == ("Activewear",)
    assert naming(["orders"], "Order Completed") and naming(["cart"], "Product Added") and naming(["prod"], "productId")
    assert naming(["x"], "Order Completed") is None and naming(["country"], "country_code", whole=True) is None
