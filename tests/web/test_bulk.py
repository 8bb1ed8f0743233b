"""Many at once: what is done to segments and customers from their lists, without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from common import clock
from customers.models import Customer
from segmentation.bulk import SHORT
from segmentation.models import Job, Membership, Segment
from segmentation.models.segment import Status
from segmentation.save import create
from segmentation.work import work
from tests.stages.shop import NOON, did, identify, in_segment, live, rule
from tests.web.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


def said(client: Client, address: str, form: dict[str, object]) -> list[str]:
    """What is said after a form was sent, apart from what was said before."""
    client.cookies.pop("messages", None)
    return [str(message) for message in get_messages(client.post(address, form).wsgi_request)]


def test_segments_are_paused_and_archived_by_their_verbs_and_each_refusal_says_why() -> None:
    client = signed_in()
    live("buyers", rule(did("Order Completed")))
    live("readers", rule(in_segment("buyers")))
    create(name="Draft", rule=rule(did("X")), by=None, now=NOON)
    pick = ["buyers", "readers", "draft"]
    assert said(client, "/bulk/segments/", {"do": "pause", "pick": pick}) == [
        "Draft: Only a live segment can be paused; this one is draft.",
        "2 segments paused, 1 refused.",
    ]
    assert set(Segment.objects.filter(status=Status.PAUSED).values_list("slug", flat=True)) == {"buyers", "readers"}
    (refusal,) = said(client, "/bulk/segments/", {"do": "archive", "pick": ["buyers"]})
    assert refusal.startswith("Buyers: The segment is in use by segment “Readers”")
    assert said(client, "/bulk/segments/", {"do": "pause"}) == ["Choose the segments first."]
    assert said(client, "/bulk/segments/", {"do": "delete", "pick": pick})[0].startswith(
        "There is nothing called “delete”"
    )
    assert said(client, "/bulk/segments/", {"do": "tag", "pick": pick, "tag": " "}) == ["Name the tag."]


def test_tags_folders_and_owners_are_set_for_all_that_fit() -> None:
    client = signed_in()
    for name in ("One", "Two", "Other"):
        create(name=name, kind="static", by=None, now=NOON)
    every = {"scope": "all", "query": "q=o&view=all", "pick": ["one"]}
    Segment.objects.filter(slug="other").update(name="Third")
    assert said(client, "/bulk/segments/", {**every, "do": "tag", "tag": "spring"}) == ["3 segments tagged."]
    client.post("/bulk/segments/", {"do": "untag", "tag": "spring", "pick": ["two"]})
    client.post("/bulk/segments/", {"do": "folder", "folder": "Shop", "pick": ["one", "two"]})
    assert (
        client.post("/bulk/segments/", {**every, "do": "owner", "owner": "marketer"})["Location"]
        == "/segments/?q=o&view=all"
    )
    assert [(one.tags, one.folder, str(one.owner)) for one in Segment.objects.order_by("pk")] == [
        (["spring"], "Shop", "marketer"),
        ([], "Shop", "marketer"),
        (["spring"], "", "marketer"),
    ]
    refused = said(client, "/bulk/segments/", {"do": "owner", "owner": "ghost", "pick": ["one"]})
    assert refused == ["One: There is nobody called “ghost”."]


def test_many_segments_are_a_job_with_a_page_and_what_was_refused_stands_there() -> None:
    client = signed_in()
    for number in range(SHORT + 1):
        create(name=f"List {number}", kind="static", by=None, now=NOON)
    create(name="Draft", rule=rule(did("X")), by=None, now=NOON)
    answer = client.post("/bulk/segments/", {"do": "pause", "scope": "all", "query": ""})
    job = Job.objects.get()
    assert answer["Location"] == f"/jobs/{job.pk}/" and "Cancel" in client.get(answer["Location"]).content.decode()
    assert work(now=NOON)
    text = client.get(answer["Location"]).content.decode()
    assert f"{SHORT + 1} segments paused, 1 refused." in text and "Only a live segment can be paused" in text
    client.post("/bulk/segments/", {"do": "resume", "scope": "all", "query": ""})
    waiting = Job.objects.latest("pk")
    client.post(f"/jobs/{waiting.pk}/")
    assert work(now=NOON) and "What was done until then is kept" in client.get(f"/jobs/{waiting.pk}/").content.decode()
    assert Segment.objects.filter(status=Status.PAUSED).count() == SHORT + 1


def test_customers_are_put_on_a_list_taken_off_it_and_exported() -> None:
    client = signed_in()
    create(name="Guests", kind="static", by=None, now=NOON)
    live("buyers", rule(did("Order Completed")))
    ada, bo, eve = (
        identify(name, NOON, country=country) for name, country in (("ada", "PL"), ("bo", "PL"), ("eve", "DE"))
    )
    form = {"list": "guests", "query": "country=PL"}
    assert said(client, "/bulk/customers/", {**form, "do": "add", "pick": [ada, eve, "x"]}) == [
        "2 customers put on the list Guests."
    ]
    assert said(client, "/bulk/customers/", {**form, "do": "add", "scope": "all"}) == [
        "1 customer put on the list Guests; 1 was on it already."
    ]
    assert said(client, "/bulk/customers/", {**form, "do": "remove", "pick": [ada]}) == [
        "1 customer taken off the list Guests."
    ]
    assert set(Membership.objects.values_list("customer", flat=True)) == {bo, eve}
    assert said(client, "/bulk/customers/", {**form, "do": "add"}) == ["Choose the customers first."]
    (refused,) = said(client, "/bulk/customers/", {"list": "buyers", "do": "add", "pick": [ada]})
    assert refused.startswith("The members of this segment follow from its rule.")
    answer = client.post("/bulk/customers/", {"do": "export", "pick": [ada, bo], "query": "columns=country"})
    lines = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert lines[0] == "id,name,country" and {line.split(",")[0] for line in lines[1:]} == {str(ada), str(bo)}
    text = client.get("/customers/?segment=guests").content.decode()
    assert set(re.findall(r'name="pick" value="(\d+)"', text)) == {str(bo), str(eve)}
    assert Customer.objects.count() == 3
