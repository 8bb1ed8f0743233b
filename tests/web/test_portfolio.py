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
    lane = client.get("/governance/groups/").content.decode()
    assert re.search(r"<b>2</b> customers active · <b>1</b> suppressed by the lane", lane)
    assert re.search(r'>A</a>\s*<span class="tag live">speaks first', lane)
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


def test_a_typed_rank_moves_the_segment_there_and_its_old_rank_is_shown() -> None:
    client = signed_in()
    form = {"segments": ["a", "b", "c"], "rank": ["1", "2", "1"], "shown": "a,b,c", "known": "a,b,c"}
    text = client.post("/governance/order/", form, headers=PART).content.decode()
    assert _shown(text) == ["c", "a", "b"]
    assert text.count("was ") == 1 and "was 3" in text
    dragged = {"segments": ["b", "a", "c"], "rank": ["2", "1", "3"], "shown": "a,b,c"}
    assert _shown(client.post("/governance/order/", dragged, headers=PART).content.decode()) == ["b", "a", "c"]
    far = {"segments": ["a", "b", "c"], "rank": ["99", "", "x"], "shown": "a,b,c"}
    assert _shown(client.post("/governance/order/", far, headers=PART).content.decode()) == ["b", "c", "a"]


def test_an_order_drawn_on_an_older_one_is_put_onto_the_newer_and_nothing_is_lost() -> None:
    client, other = signed_in(), signed_in("approver")
    other.post("/governance/order/", {"segments": ["b", "a", "c"], "known": "a,b,c", "do": "apply"})
    mine = {"segments": ["c", "a", "b"], "known": "a,b,c", "shown": "c,a,b", "rank": ["1", "2", "3"], "do": "apply"}
    answer = client.post("/governance/order/", mine, headers=PART)
    text = answer.content.decode()
    assert answer.status_code == 422 and "changed meanwhile by approver (B moves from rank 2 to 1)" in text
    assert (_shown(text), _ranks()) == (["c", "b", "a"], ["b", "a", "c"])
    client.post("/governance/order/", {"segments": _shown(text), "known": "b,a,c", "do": "apply"})
    assert _ranks() == ["c", "b", "a"]


def test_a_change_is_listed_in_words_and_undone_after_a_look() -> None:
    client = signed_in()
    why = {"name": "Offers", "segments": ["a", "b"], "do": "apply", "reason": "One at a time"}
    done = client.post("/governance/group/", why, follow=True).content.decode()
    assert 'New group Offers: A and B. 1 suppressed, 0 released. <a href="/governance/changes/1/undo/">Undo</a>' in done
    client.post("/governance/group/", {"name": "Offers", "rename_to": "One", "segments": ["a", "b"], "do": "apply"})
    listed = client.get("/governance/changes/").content.decode()
    for words in (
        "Offers is called One",
        "New group Offers: A and B",
        "“One at a time”",
        "1 suppressed, 0 released",
    ):
        assert words in listed
    refused = client.get("/governance/changes/1/undo/").content.decode()
    assert "changed again since by marketer in change 2" in refused and "Undo it" not in refused
    client.post("/governance/changes/2/undo/")
    assert "<b>1</b> released" in client.get("/governance/changes/1/undo/").content.decode()
    assert who("b", "suppressed") == {"ada"}
    client.post("/governance/changes/1/undo/")
    assert who("b", "active") == {"ada"} and not ExclusionGroup.objects.exists()
    assert "undoes 1" in client.get("/governance/changes/?setting=exclusion_group").content.decode()
    assert client.get("/governance/changes/99/undo/").status_code == 404


def test_a_step_in_a_lane_or_a_cell_is_proposed_before_it_counts() -> None:
    client, here = signed_in(), {**PART, "HX-Target": "proposal"}
    client.post("/governance/group/", {"name": "Offers", "segments": ["a", "b"], "do": "apply"})
    joins = {"name": "Offers", "segments": ["a", "b"], "known": "a b", "add": "c", "adding": "yes"}
    text = client.post("/governance/group/", joins, headers=here).content.decode()
    assert "C joins Offers" in text and _shown(text) == ["a", "b", "c"]
    leaves = {"name": "Offers", "segments": ["a", "b"], "remove": "b", "add": "c"}
    assert (
        "The end of group Offers: A and B" in client.post("/governance/group/", leaves, headers=here).content.decode()
    )
    ends = client.post("/governance/group/", {**joins, "dissolve": "yes"}, headers=here).content.decode()
    assert "The end of group Offers" in ends and "<b>1</b> released" in ends
    late = client.post("/governance/group/", {**joins, "known": "a b c"}, headers=here).content.decode()
    assert "Somebody changed this meanwhile" in late and "Apply" not in late
    cell = client.post("/governance/exclusion/", {"cell": "a:b:yes"}, headers=here).content.decode()
    assert "A excludes B" in cell and not Exclusion.objects.exists()
    whole = client.post("/governance/exclusion/", {"cell": "a:b:yes"}).content.decode()
    assert "<!doctype html>" in whole and re.search(r'value="b" checked', whole)
    stop = client.post("/governance/full-stop/", {"stop": "a:yes"}, headers=here).content.decode()
    assert "A is a full stop" in stop
    client.post("/governance/exclusion/", {"segment": "a", "segments": ["b"], "known": "", "do": "apply"})
    assert Exclusion.objects.get().excludes.slug == "b"
    matrix = client.get("/governance/exclusions/").content.decode()
    assert 'value="a:b:no" aria-pressed="true"' in matrix and "a:c:yes" not in matrix and "b:a:" not in matrix
    assert "a:c:yes" in client.get("/governance/exclusions/?show=all").content.decode()


def test_an_analyst_sees_lanes_matrix_and_changes_and_no_button() -> None:
    editor, reader = signed_in(), signed_in("analyst")
    editor.post("/governance/group/", {"name": "Offers", "segments": ["a", "b"], "do": "apply"})
    editor.post("/governance/exclusion/", {"segment": "a", "segments": ["b"], "do": "apply"})
    for page in (
        "/governance/groups/",
        "/governance/exclusions/",
        "/governance/changes/",
        "/governance/changes/1/undo/",
    ):
        text = reader.get(page).content.decode()
        main = re.sub("<noscript>.*?</noscript>", "", text[text.index("<main") : text.index("</main>")])
        assert "Offers" in main or "excludes" in main
        assert "<button" not in main and "/undo/" not in re.sub(r'action="[^"]*"', "", main)
    assert reader.post("/governance/changes/1/undo/").status_code == 403


def test_the_page_of_a_segment_says_what_its_new_place_does_before_it_is_saved() -> None:
    client = signed_in()
    client.post("/governance/group/", {"name": "Offers", "segments": ["a", "b"], "do": "apply"})
    units = {f"{name}_1": "days" for name in ("min_stay", "exit_grace", "re_entry_pause")}
    form = {"name": "B", "incentive": "none", "rank": "1", **units}
    shown = client.post("/segments/b/settings/", form).content.decode()
    assert "would suppress 1 membership and release 1" in shown and _ranks() == ["a", "b", "c"]
    stop = client.post("/segments/b/settings/", {**form, "blocks_all_below": "on", "seen": "1 False"}).content.decode()
    assert "Nothing is saved yet" in stop and _ranks() == ["a", "b", "c"]
    assert client.post("/segments/b/settings/", {**form, "seen": "1 False"}).status_code == 302
    assert _ranks() == ["b", "a", "c"]
    assert "B moves from rank 2 to 1" in client.get("/governance/changes/").content.decode()


def test_a_character_that_no_text_may_have_is_left_out() -> None:
    client = signed_in()
    for form in ({"name": "O\0", "segments": ["a\0", "a", "b"]}, {"name": "x", "rename_to": "\0", "reason": "\0"}):
        assert client.post("/governance/group/", form).status_code == 200
    assert client.post("/governance/exclusion/", {"cell": "a\0:b:yes"}).status_code == 200
    assert client.get("/governance/group/?name=%00").status_code == 200
    long = client.post("/governance/group/", {"name": "x" * 201, "segments": ["a", "b"]}).content.decode()
    assert "200 characters at most" in long


def test_there_are_three_settings_and_no_other() -> None:
    assert signed_in().get("/governance/anything/").status_code == 404
