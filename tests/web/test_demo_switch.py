"""The switch of the demo's trickle on the first page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from config.demo import switch
from tests.web.people import signed_in

pytestmark = pytest.mark.django_db
ADDRESS = "/demo/live/"


@pytest.fixture
def demo(settings: Any, tmp_path: Path) -> None:
    """An installation with a folder of its own, in which a demo was loaded."""
    settings.VAR_DIR = tmp_path
    switch.keep_write_key("wk_demo")


def home(role: str = "marketer") -> str:
    return signed_in(role).get("/").content.decode()


def test_a_marketer_closes_the_demo_shop_and_opens_it_again(demo: None) -> None:
    client = signed_in()
    assert "Close the shop" in home()
    answer = client.post(ADDRESS, {"on": "no"}, follow=True)
    assert answer.redirect_chain == [("/", 302)]
    assert "stay at home" in answer.content.decode()
    assert not switch.is_on()
    assert "Open the shop" in home()
    client.post(ADDRESS, {"on": "yes"})
    assert switch.is_on()


def test_an_analyst_sees_the_state_and_no_switch(demo: None) -> None:
    text = home("analyst")
    assert "The demo shop" in text
    assert "Close the shop" not in text
    assert signed_in("analyst").post(ADDRESS, {"on": "no"}).status_code == 403
    assert switch.is_on()


def test_without_a_demo_there_is_nothing_to_switch(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    assert "The demo shop" not in home()
    assert signed_in().post(ADDRESS, {"on": "no"}).status_code == 404
    assert switch.is_on()
