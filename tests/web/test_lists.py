"""Static segments on pages: made, filled by hand, by file or as a snapshot; and who was in a segment at a past instant."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from customers.models import AuditEntry
from segmentation import enlist
from segmentation.forms import references_in
from segmentation.models import Job, MembershipChange, Segment
from segmentation.save import create
from segmentation.work import work
from tests.stages.shop import DAY, HOUR, NOON, customer, did, identify, live, pass_time, rule, track, who
from tests.web.people import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def marketer() -> Client:
    return signed_in("marketer")


def at(name: str, slug: str) -> str:
    return reverse(f"segmentation:{name}", args=[slug])


def people(*names: str) -> None:
    for name in names:
        identify(name, NOON - 5 * DAY, firstName=name.title(), email=f"{name}@example.com")


def made(client: Client, name: str = "Guests") -> Segment:
    answer = client.post(reverse("segmentation:new"), {"name": name, "goal": "", "kind": "static"})
    assert answer["Location"] == at("members-add", name.lower())
    return Segment.objects.get(slug=name.lower())


def add(client: Client, **sent: object) -> str:
    """Send ids, look at whom they name, and put these on the list; both pages that say so."""
    preview = client.post(at("members-add", "guests"), sent)["Location"]
    return client.get(preview).content.decode() + client.post(preview, follow=True).content.decode()


def test_a_list_is_made_and_filled_by_hand_and_from_a_file(marketer: Client) -> None:
    people("ada", "bob", "eve")
    made(marketer)
    preview = marketer.post(at("members-add", "guests"), {"named": "ADA@example.com\nnobody@example.com\n"})["Location"]
    page = marketer.get(preview).content.decode()
    assert "Add 1 to the list" in page and ">Ada<" in page and "nobody@example.com" in page and who("guests") == set()
    assert marketer.get(preview + "unknown.csv").content.decode().splitlines() == ["email", "nobody@example.com"]
    text = marketer.post(preview, follow=True).content.decode()
    assert "1 added." in text and "Not found: nobody@example.com." in text and "Frozen." in text
    file = SimpleUploadedFile("guests.csv", b"\xef\xbb\xbfname;user_id\nBob;bob\nAda;ada\n")
    text = add(marketer, file=file)
    assert "1 on the list already" in text and "Filled" in text and "written by hand" in text
    assert "1 added, 1 were on it already." in text
    assert who("guests") == {"ada", "bob"}
    change = MembershipChange.objects.get(customer__user_id="bob", segment__slug="guests")
    assert (change.cause_kind, change.cause_detail) == ("import", "file guests.csv")
    assert AuditEntry.objects.filter(action="add members", object_id="guests").count() == 2
    off = marketer.post(at("members-remove", "guests"), {"customer": customer("ada")}, follow=True)
    assert "Ada is off the list Guests." in off.content.decode() and who("guests") == {"bob"}


@pytest.mark.parametrize(
    ("text", "kind", "values"),
    [
        ("7\n8\n7\n", "user_id", ["7", "8"]),
        ("a@b.c\n\nd@e.f", "email", ["a@b.c", "d@e.f"]),
        ("id,user_id,email\n3,,x@y.z\n4,u,", "id", ["3", "4"]),
        ("Phone,Name\n'+48 1,Ada", "phone", ["+48 1"]),
        ('"user_id"\n"a, b"', "user_id", ["a, b"]),
        ("", "user_id", []),
    ],
)
def test_the_column_of_ids_is_found_in_a_text(text: str, kind: str, values: list[str]) -> None:
    assert references_in(text) == (kind, values)


def test_what_holds_no_ids_is_refused_in_words(marketer: Client) -> None:
    made(marketer)
    empty = marketer.post(at("members-add", "guests"), {"named": " \n"})
    assert (empty.status_code, "at least one id" in empty.content.decode()) == (422, True)
    binary = marketer.post(at("members-add", "guests"), {"file": SimpleUploadedFile("x.xlsx", b"\xff\xfe\x00")})
    assert (binary.status_code, "no UTF-8 text" in binary.content.decode()) == (422, True)


def test_many_are_a_job_that_a_worker_does(marketer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enlist, "SHORT", 1)
    people("ada", "bob")
    made(marketer)
    said = add(marketer, named="ada\nbob")
    assert "being put on the list" in said and who("guests") == set()
    assert "filling the list" in marketer.get(at("overview", "guests")).content.decode()
    assert work(now=NOON)
    assert who("guests") == {"ada", "bob"} and Job.objects.get(kind="enlist").result == {"customers": 2, "added": 2}


def test_a_profile_puts_its_customer_on_a_list_and_takes_them_off(marketer: Client) -> None:
    people("ada")
    made(marketer)
    live("buyers", rule(did("Order Completed")))
    address, profile = reverse("segmentation:customer-list", args=[customer("ada")]), f"/customers/{customer('ada')}/"
    assert "Add to the list" in marketer.get(profile).content.decode()
    assert "Add to the list" not in signed_in("analyst").get(profile).content.decode()
    text = marketer.post(address, {"segment": "guests"}, follow=True).content.decode()
    assert "Ada is on the list Guests." in text and "Take off" in text and who("guests") == {"ada"}
    text = marketer.post(address, {"segment": "buyers"}, follow=True).content.decode()
    assert "follow from its rule" in text and who("buyers") == set()
    marketer.post(address, {"segment": "guests", "off": "yes"})
    assert who("guests") == set()


def shifting() -> None:
    """Ada is in until today at six, bob since yesterday."""
    people("ada", "bob")
    track("ada", "Order Completed", NOON - DAY - 6 * HOUR, order_id="o-1", revenue=10)
    live("buyers", rule(did("Order Completed", days=1)), NOON - 2 * DAY)
    pass_time(NOON - DAY - 5 * HOUR)
    track("bob", "Order Completed", NOON - 8 * HOUR, order_id="o-2", revenue=10)
    pass_time(NOON - 7 * HOUR)
    pass_time(NOON)


def test_the_members_of_a_past_instant_are_shown_and_exported(marketer: Client) -> None:
    shifting()
    asked = {"at": (NOON - 7 * HOUR).strftime("%Y-%m-%dT%H:%M")}
    then = marketer.get(at("members", "buyers"), asked).content.decode()
    assert "Ada" in then and "Bob" in then and "2 customers, the latest first" in then
    now = marketer.get(at("members", "buyers")).content.decode()
    assert "Ada" not in now and "Bob" in now
    rows = b"".join(marketer.get(at("members-csv", "buyers"), asked)).decode().splitlines()  # type: ignore[arg-type]
    assert len(rows) == 3 and rows[2].split(",")[1:5] == ["ada", "ada@example.com", "Ada", "active"]
    early = marketer.get(at("members", "buyers"), {"at": "2020-01-01T00:00"}).content.decode()
    assert "Nobody was here then" in early
    assert marketer.get(at("members", "buyers"), {"at": "yesterday"}).status_code == 422
    assert marketer.get(at("members-csv", "buyers"), {"at": "yesterday"}).status_code == 404


def test_a_snapshot_freezes_the_members_of_now_or_of_then(marketer: Client) -> None:
    shifting()
    text = marketer.post(at("snapshot", "buyers"), {"name": "Today", "state": "active", "at": ""}, follow=True)
    assert "Frozen. This list changes by hand only." in text.content.decode() and who("today") == {"bob"}
    then = (NOON - 7 * HOUR).strftime("%Y-%m-%dT%H:%M")
    marketer.post(at("snapshot", "buyers"), {"name": "This morning", "state": "all", "at": then})
    assert who("this-morning") == {"ada", "bob"}
    track("ada", "Order Completed", NOON, order_id="o-3", revenue=10)
    pass_time(NOON + HOUR)
    assert who("today") == {"bob"} and who("buyers") == {"ada", "bob"}
    assert "Give the list a name" in marketer.post(at("snapshot", "buyers"), {"name": ""}, follow=True).content.decode()


def test_a_draft_is_frozen_as_whom_its_rule_holds_for_now(marketer: Client) -> None:
    people("ada", "bob")
    track("ada", "Order Completed", NOON - DAY, order_id="o-1", revenue=10)
    create(name="Buyers", by=None, now=NOON, rule=rule(did("Order Completed")))
    text = marketer.post(at("snapshot", "buyers"), {"name": "Today"}, follow=True).content.decode()
    assert "whom the draft of Buyers holds for" in text and who("today") == {"ada"}
    create(name="Half", by=None, now=NOON, rule={"version": 1})
    text = marketer.post(at("snapshot", "half"), {"name": "Never"}, follow=True).content.decode()
    assert "It cannot be frozen" in text and not Segment.objects.filter(slug="never").exists()
