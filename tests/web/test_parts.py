"""Lists answer htmx with a part, and everything else with the whole page."""

from __future__ import annotations

import pytest

from tests.web.people import PART, signed_in

# Each page with words that stand in its part and words that stand outside it.
PARTS = [
    ("/customers/", "No customers yet", "Everyone your shops have met"),
    ("/customers/count/", "0</b> customers, as of", "How many customers fit"),
    ("/events/", "No event was ever received", "What your shops send"),
    ("/events/rejected/", "Nothing was rejected", "Most frequent reasons"),
    ("/", "events a minute", "What needs you"),
    ("/moved/", "Nothing moved", "What moved in seven days"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "inside", "outside"), PARTS)
def test_htmx_gets_the_part_alone(address: str, inside: str, outside: str) -> None:
    answer = signed_in().get(address, headers=PART)
    text = answer.content.decode()
    assert inside in text
    assert outside not in text
    assert "<html" not in text


@pytest.mark.django_db
@pytest.mark.parametrize(("address", "inside", "outside"), PARTS)
@pytest.mark.parametrize(
    "headers",
    [{}, PART | {"HX-Boosted": "true"}, PART | {"HX-History-Restore-Request": "true"}],
    ids=["browser", "boosted", "history"],
)
def test_a_browser_a_boosted_link_and_a_restored_history_get_the_page(
    address: str, inside: str, outside: str, headers: dict[str, str]
) -> None:
    answer = signed_in().get(address, headers=headers)
    text = answer.content.decode()
    assert inside in text
    assert outside in text
    assert text.startswith("<!doctype html>")
    assert {"HX-Request", "HX-Boosted", "HX-History-Restore-Request"} <= set(answer["Vary"].replace(" ", "").split(","))
