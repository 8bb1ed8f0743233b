"""Lists: their headings, filters, saved views as tabs, columns and files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from common import clock
from customers.models import Customer, SavedView
from segmentation.causes import Cause
from segmentation.models import Segment
from segmentation.save import create
from segmentation.statics import add_members
from tests.stages.campaign import draft, flow, mail, running, viewers
from tests.web.people import NOW, PART, did, shopper, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


def rows(client: Client, address: str) -> list[str]:
    """What the rows of a list are called, in their order."""
    return re.findall(r'class="row" href="[^"]+">([^<]+)<', client.get(address).content.decode())


def tabs(text: str) -> list[str]:
    """The tabs, the open one in brackets."""
    found = re.search(r'<nav class="tabs" aria-label="Views">(.*?)</nav>', text, re.DOTALL)
    assert found
    return [
        f"[{name}]" if here else name
        for here, name in re.findall(r"<a href=[^>]*?( aria-current=\"page\")?>([^<]+)", found[1])
    ]


def make(name: str, **columns: Any) -> Segment:
    segment = create(name=name, kind="static", by=None, now=NOW)
    Segment.objects.filter(pk=segment.pk).update(**columns)
    return Segment.objects.get(pk=segment.pk)


def test_a_heading_sorts_by_its_column_and_then_the_other_way() -> None:
    client = signed_in()
    for name, ago in (("Beta", 1), ("Alpha", 3), ("Gamma", 2)):
        make(name, updated_at=NOW - timedelta(days=ago))
    assert rows(client, "/segments/") == ["Beta", "Alpha", "Gamma"]
    text = client.get("/segments/?sort=name&q=a").content.decode()
    assert 'aria-sort="ascending"><a href="?sort=-name&amp;q=a"' in text and text.count("aria-sort") == 1
    assert rows(client, "/segments/?sort=name") == ["Alpha", "Beta", "Gamma"]
    assert rows(client, "/segments/?sort=-name") == ["Gamma", "Beta", "Alpha"]
    assert rows(client, "/segments/?sort=updated") == ["Beta", "Gamma", "Alpha"]
    assert rows(client, "/segments/?sort=-rank") == ["Gamma", "Alpha", "Beta"]
    assert 'aria-sort="descending"><a href="?sort=-seen"' in _with_customers().get("/customers/").content.decode()


def _with_customers() -> Client:
    shopper("Ada", country="PL", minutes_ago=60 * 24 * 10)
    shopper("Bo", country="DE")
    return signed_in()


def test_segments_are_filtered_by_owner_folder_kind_and_health() -> None:
    client = signed_in()
    make("Plain")
    make(
        "Whole", goal="Sell", owner=SavedView.owner.field.related_model.objects.get(username="marketer"), folder="Shop"
    )
    make("Broken", error="no such event", goal="Sell")
    make("Late", review_on=(NOW - timedelta(days=1)).date())
    ada = shopper("Ada")
    add_members(segment=Segment.objects.get(slug="whole"), customers=[ada.pk], cause=Cause("manual"), now=NOW)
    assert rows(client, "/segments/?owner=marketer") == ["Whole"]
    assert rows(client, "/segments/?owner=nobody") == ["Plain", "Broken", "Late"]
    assert rows(client, "/segments/?folder=Shop") == ["Whole"]
    assert rows(client, "/segments/?kind=dynamic") == []
    health = {name: rows(client, f"/segments/?health={name}") for name in ("sound", "stopped", "overdue", "false")}
    assert health == {"sound": [], "stopped": ["Broken"], "overdue": ["Late"], "false": []}
    assert rows(client, "/segments/?health=empty") == ["Plain", "Broken", "Late"]
    assert rows(client, "/segments/?health=no_goal") == ["Plain", "Late"]
    assert rows(client, "/segments/?health=card") == ["Plain", "Whole", "Broken", "Late"]
    assert rows(client, "/segments/?health=as-it-was") == ["Plain", "Whole", "Broken", "Late"]


def test_customers_are_filtered_by_country_segment_and_when_they_were_seen() -> None:
    client = _with_customers()
    ada, segment = Customer.objects.get(user_id="u-Ada"), make("Guests")
    add_members(segment=segment, customers=[ada.pk], cause=Cause("manual"), now=NOW)
    assert rows(client, "/customers/?country=PL") == ["Ada"] == rows(client, "/customers/?segment=guests&member=active")
    assert rows(client, "/customers/?segment=nobody-knows-it") == []
    assert rows(client, "/customers/?days=7") == ["Bo"] and rows(client, "/customers/?days=30") == ["Bo", "Ada"]
    assert rows(client, f"/customers/?since={(NOW - timedelta(days=3)).date()}") == ["Bo"]
    assert rows(client, "/customers/?since=never&days=-1") == ["Bo", "Ada"]
    text = client.get("/customers/").content.decode()
    assert re.findall(r"<option>(PL|DE)</option>", text) == ["DE", "PL"]
    assert '<b class="amount">1</b> customer of 2, as of' in client.get("/customers/count/?country=PL").content.decode()


def test_columns_are_chosen_from_the_catalogue_and_stand_in_the_file_too() -> None:
    client = _with_customers()
    did(Customer.objects.get(user_id="u-Bo"), "Order Completed", order_id="o-1", revenue=12.5)
    Customer.objects.filter(user_id="u-Bo").update(attributes={"first_name": "=SUM(1)", "country": "DE"})
    text = client.get("/customers/?columns=country,revenue_ever&columns=nothing").content.decode()
    assert re.findall(r'<th scope="col"[^>]*>(?:<a [^>]*>)?([A-Z][^<]*)', text) == [
        "Customer",
        "Country",
        "Revenue ever",
    ]
    assert ">12.50</td>" in text or ">12.5</td>" in text
    answer = client.get("/customers.csv?columns=country,revenue_ever,known&sort=-seen")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    ada, bo = Customer.objects.order_by("pk").values_list("pk", flat=True)
    assert lines == ["id,name,country,revenue_ever,known", f"{ada},Ada,PL,0,True", f"{bo},'=SUM(1),DE,12.5,True"]
    make("=Guests", folder="Shop", tags=["a", "b"])
    (line,) = b"".join(client.get("/segments.csv?folder=Shop").streaming_content).decode().splitlines()[1:]  # type: ignore[attr-defined]
    assert line.startswith('guests,\'=Guests,live,static,1,0,0,0.0,Shop,"a, b"')


def test_an_age_in_the_list_is_the_one_that_rules_compare() -> None:
    client = _with_customers()
    Customer.objects.filter(user_id="u-Bo").update(attributes={"first_name": "Bo", "age": 41, "birthday": "2000-01-01"})
    Customer.objects.exclude(user_id="u-Bo").update(
        attributes={"first_name": "Ada", "birthday": "1990-11-23T08:00:00Z"}
    )
    answer = client.get("/customers.csv?columns=age&sort=-seen")
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert [line.partition(",")[2] for line in lines] == ["name,age", "Ada,35", "Bo,41"]
    text = client.get("/customers/?columns=age").content.decode()
    assert ">35</td>" in text and ">41</td>" in text


def test_a_view_is_saved_opened_changed_shared_made_the_first_and_removed() -> None:
    client, other = _with_customers(), signed_in("approver")
    assert tabs(client.get("/customers/").content.decode()) == ["[All]"]
    form = {"list": "customers", "name": " Poles ", "query": "country=PL&cursor=x&sort=seen&view=all", "default": "on"}
    made = client.post("/views/", form)
    view = SavedView.objects.get()
    assert (view.name, view.query, made["Location"]) == (
        "Poles",
        "country=PL",
        f"/customers/?country=PL&view={view.pk}",
    )
    text = client.get(made["Location"]).content.decode()
    assert tabs(text) == ["All", "[Poles]"] and "Save in" not in text
    assert (
        client.get("/customers/")["Location"]
        == made["Location"]
        == client.get(f"/customers/?view={view.pk}")["Location"]
    )
    assert rows(client, "/customers/?view=all") == ["Bo", "Ada"]
    changed = client.get(f"/customers/?country=DE&view={view.pk}", headers=PART).content.decode()
    assert "Save in “Poles”" in changed and 'hx-swap-oob="true"' in changed and tabs(changed) == ["All", "[Poles]"]
    client.post(f"/views/{view.pk}/", {"do": "query", "query": "country=DE"})
    assert SavedView.objects.get().query == "country=DE"
    assert tabs(other.get("/customers/").content.decode()) == ["[All]"]
    assert other.post(f"/views/{view.pk}/", {"name": "Mine"}).status_code == 404
    client.post(f"/views/{view.pk}/", {"name": "Germans", "shared": "on"})
    assert tabs(other.get("/customers/").content.decode()) == ["[All]", "Germans"]
    other.post(f"/views/{view.pk}/", {"name": "Mine"})
    other.post(f"/views/{view.pk}/remove/")
    assert SavedView.objects.get().name == "Germans" and client.get("/customers/").status_code == 200
    other.post(f"/views/{view.pk}/", {"default": "on"})
    assert other.get("/customers/")["Location"].endswith(f"view={view.pk}")
    assert client.post(f"/views/{view.pk}/remove/")["Location"] == "/customers/?view=all"
    assert not SavedView.objects.exists()


def test_a_view_needs_a_free_name_and_an_analyst_shares_none() -> None:
    client = signed_in("analyst")
    client.post("/views/", {"list": "segments", "name": "Mine", "query": "status=live"})
    for wrong in ({"name": "Mine"}, {"name": " "}, {"name": "x", "list": "nothing"}, {"name": "Ours", "shared": "on"}):
        client.post("/views/", {"list": "segments", "query": "", **wrong})
    assert [(view.name, view.query, view.shared) for view in SavedView.objects.all()] == [
        ("Mine", "status=live", False)
    ]
    assert tabs(client.get("/segments/?view=all").content.decode()) == ["[All]", "Mine"]


def test_journeys_are_sorted_by_their_headings_too() -> None:
    viewers()
    for slug in ("beta", "alpha"):
        running(flow("viewers", mail=mail()), slug)
    draft(flow("viewers", mail=mail()), "gamma")
    client = signed_in()
    assert rows(client, "/journeys/") == ["Alpha", "Beta", "Gamma"] == rows(client, "/journeys/?sort=sent")
    assert rows(client, "/journeys/?sort=-status") == ["Gamma", "Alpha", "Beta"]
    assert rows(client, "/journeys/?sort=-name") == ["Gamma", "Beta", "Alpha"]
    assert 'aria-sort="descending"><a href="?sort=sent"' not in client.get("/journeys/?sort=-sent").content.decode()
    assert 'aria-sort="descending"><a href="?sort=-sent"' in client.get("/journeys/?sort=sent").content.decode()
