"""The governance page: every change is tried first, shown, and made only when asked to."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from common import clock
from segmentation.models import Exclusion, ExclusionGroup, Segment
from tests.stages.shop import HOUR, NOON, did, live, rule, settle, track, who
from tests.web.people import PART, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def portfolio() -> Iterator[None]:
    """Segments a, b, c by rank; ada is in a and b, bob in a."""
    for slug, event in (("a", "Product Viewed"), ("b", "Product Added"), ("c", "Checkout Started")):
        live(slug, rule(did(event)))
    for user, event in (("ada", "Product Viewed"), ("ada", "Product Added"), ("bob", "Product Viewed")):
        track(user, event, NOON)
    settle(NOON)
    with clock.frozen(NOON + HOUR):
        yield


def _ranks() -> list[str]:
    return list(Segment.objects.order_by("rank").values_list("slug", flat=True))


def _shown(text: str) -> list[str]:
    return re.findall(r'name="segments" value="(\w+)"', text)


def test_a_step_shows_what_it_would_do_and_changes_nothing_until_it_is_applied() -> None:
    client = signed_in()
    client.post("/governance/group/", {"name": "Offers", "segments": ["a", "b"], "do": "apply"})
    assert (who("a", "active"), who("b", "suppressed")) == ({"ada", "bob"}, {"ada"})
    tried = client.post("/governance/order/", {"segments": ["a", "b", "c"], "move": "b:-1"}, headers=PART)
    text = tried.content.decode()
    assert _shown(text) == ["b", "a", "c"]
    assert "<b>1</b> membership would be suppressed, <b>1</b> released" in text
    assert "Apply the new order" in text
    assert _ranks() == ["a", "b", "c"]
    done = client.post("/governance/order/", {"segments": ["b", "a", "c"], "do": "apply"}, headers=PART)
    assert done["HX-Redirect"] == "/governance/"
    assert _ranks() == ["b", "a", "c"]
    assert (who("a", "suppressed"), who("b", "active")) == ({"ada"}, {"ada"})


def test_steps_beyond_the_ends_and_names_that_are_none_leave_the_order() -> None:
    client = signed_in()
    for move in ("a:-1", "c:1", "nobody:1", "a:7", "a"):
        text = client.post("/governance/order/", {"segments": ["a", "b", "c", "ghost"], "move": move}).content.decode()
        assert _shown(text) == ["a", "b", "c"]
        assert "Apply the new order" not in text


def test_an_exclusion_upwards_is_refused_in_words() -> None:
    client = signed_in()
    tried = client.post("/governance/exclusion/", {"segment": "b", "segments": ["a"]}, headers=PART)
    assert (tried.status_code, "has to rank above" in tried.content.decode()) == (200, True)
    refused = client.post("/governance/exclusion/", {"segment": "b", "segments": ["a"], "do": "apply"})
    assert (refused.status_code, "Nothing was changed" in refused.content.decode()) == (422, True)
    assert not Exclusion.objects.exists()


def test_an_order_that_contradicts_an_exclusion_is_refused() -> None:
    client = signed_in()
    client.post("/governance/exclusion/", {"segment": "a", "segments": ["b"], "do": "apply"})
    assert who("b", "suppressed") == {"ada"}
    refused = client.post("/governance/order/", {"segments": ["b", "a", "c"], "do": "apply"})
    assert (refused.status_code, "has to rank above" in refused.content.decode()) == (422, True)
    assert _ranks() == ["a", "b", "c"]


def test_a_full_stop_silences_what_ranks_below_and_can_be_lifted() -> None:
    client = signed_in()
    tried = client.post("/governance/full-stop/", {"segment": "a", "on": "yes"}, headers=PART).content.decode()
    assert "<b>1</b> membership would be suppressed" in tried
    client.post("/governance/full-stop/", {"segment": "a", "on": "yes", "do": "apply"})
    assert who("b", "suppressed") == {"ada"}
    assert "checked" in client.get("/governance/full-stop/?segment=a").content.decode()
    client.post("/governance/full-stop/", {"segment": "a", "do": "apply"})
    assert who("b", "active") == {"ada"}


def test_a_group_is_shown_changed_and_dissolved() -> None:
    client = signed_in()
    client.post("/governance/group/", {"name": "Offers", "segments": ["a", "b"], "do": "apply"})
    assert re.search("only the first is active: a, b", client.get("/governance/").content.decode(), re.IGNORECASE)
    form = client.get("/governance/group/?name=Offers").content.decode()
    assert re.findall(r'value="(\w)" checked', form) == ["a", "b"]
    client.post("/governance/group/", {"name": "Offers", "segments": ["a"], "do": "apply"})
    assert not ExclusionGroup.objects.exists()
    assert who("b", "active") == {"ada"}


def test_an_analyst_sees_the_order_and_no_button() -> None:
    client = signed_in("analyst")
    text = client.get("/governance/").content.decode()
    assert _shown(text) == ["a", "b", "c"]
    assert "<button" not in text[text.index('id="order"') :].split("</ol>")[0]
    assert client.post("/governance/order/", {"segments": ["b", "a", "c"], "do": "apply"}).status_code == 403
    assert _ranks() == ["a", "b", "c"]


def test_there_are_three_settings_and_no_other() -> None:
    assert signed_in().get("/governance/anything/").status_code == 404
