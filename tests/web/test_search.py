"""One search over pages, segments, journeys and customers, with and without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from campaigns.models import Journey
from common import clock
from segmentation.models import Segment
from tests.web.people import NOW, PART, shopper, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop() -> Iterator[None]:
    with clock.frozen(NOW):
        for slug, name, status in (
            ("vip", "VIP", "live"),
            ("at-risk", "High value, at risk", "draft"),
            ("old-vip", "Old VIP", "archived"),
        ):
            Segment.objects.create(slug=slug, name=name, status=status, created_at=NOW, updated_at=NOW)
        Journey.objects.create(slug="win-back", name="Win back", document={}, created_at=NOW, updated_at=NOW)
        shopper("Vipin", email="vipin@example.com", minutes_ago=9)
        shopper("Ada", email="ada@example.com")
        yield


def found(text: str, role: str = "marketer", **headers: str) -> dict[str, str]:
    """What was found, address by name, in its order."""
    answer = signed_in(role).get("/search/", {"q": text}, headers=headers)
    main = (
        answer.content.decode().partition('class="narrow-page"')[2].partition("</main>")[0] or answer.content.decode()
    )
    lines = re.findall(r'<a href="([^"]+)"[^>]*><svg.*?</svg><span>([^<]+)</span>', main)
    return {name: address for address, name in lines}


def test_a_text_finds_things_of_every_kind_by_their_names() -> None:
    assert next(iter(found("vip").values())) == "/segments/vip/"
    assert {"VIP", "Vipin"} == set(found("vip"))
    assert found("risk val") == {"High value, at risk": "/segments/at-risk/"}
    assert found("win") == {"Win back": "/journeys/win-back/"}
    assert "Ada" in found("ada@ex") and "Ada" in found("u-ada") and found("nobody at all") == {}


def test_pages_and_actions_are_found_by_what_people_call_them() -> None:
    assert found("prio") == {"Priority": "/governance/"}
    assert found("new seg") == {"New segment": "/new-segment/"}
    assert found("new seg", role="analyst") == {}
    assert {"Home", "Segments", "New segment"} <= set(found("")) and "VIP" not in found("")


def test_the_palette_gets_options_and_knows_which_question_they_answer() -> None:
    text = signed_in().get("/search/", {"q": " vip "}, headers=PART).content.decode()
    assert text.count('role="option"') == 2 and 'id="palette-answers" value="vip"' in text and "<html" not in text
    nothing = signed_in().get("/search/", {"q": "zzz <b>"}, headers=PART).content.decode()
    assert nothing.count('role="option"') == 1 and "zzz &lt;b&gt;" in nothing


def test_no_text_breaks_the_search() -> None:
    for text in ("\x00", "%", "'", "\\", "a" * 5000, "&|!:*", "🎈"):
        assert signed_in().get("/search/", {"q": text}).status_code == 200
