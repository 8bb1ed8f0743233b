"""The live log, rejected input, sources, and home."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from campaigns.models import Journey
from common import clock
from customers.keys import write_key_of
from customers.models import AuditEntry, DirtyCustomer, Source, WriteKey
from tests.web.people import NOW, PART, did, send, shopper, signed_in, source

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    """The clock stands at the instant that the little shop is about."""
    with clock.frozen(NOW):
        yield


def test_the_log_shows_what_was_received_whenever_it_happened() -> None:
    ada = shopper("Ada")
    did(ada, "Product Viewed", minutes_ago=60 * 24 * 40, name="Shirt")
    text = signed_in().get("/events/").content.decode()
    assert "Product Viewed" in text
    assert "name Shirt" in text
    with clock.frozen(NOW.replace(hour=18)):
        late = signed_in().get("/events/").content.decode()
    assert "Nothing arrived in the last 5 minutes" in late
    assert "The last event came" in late


def test_the_log_filters_by_event_and_source_and_polls_quietly() -> None:
    ada = shopper("Ada")
    did(ada, "Product Viewed")
    did(ada, "Order Completed", order_id="O-1", revenue=5)
    client = signed_in()
    text = client.get("/events/?name=Order+Completed&source=web", headers=PART).content.decode()
    assert "O-1" in text
    assert "Product Viewed" not in text
    assert client.get("/events/?source=nowhere", headers=PART).content.decode().count("event-") == 0
    poll = re.search(r'hx-get="([^"]+seen=[^"]+)"', text)
    assert poll
    address = poll[1].replace("&amp;", "&")
    assert client.get(address, headers=PART).status_code == 204
    did(ada, "Order Completed", minutes_ago=1, order_id="O-2", revenue=5)
    assert "O-2" in client.get(address, headers=PART).content.decode()


def test_what_was_rejected_is_kept_with_its_reason_and_shown_as_it_came() -> None:
    send({"type": "track", "userId": "u-1", "properties": {"script": "<script>alert(1)</script>"}})
    text = signed_in().get("/events/rejected/").content.decode()
    assert "event: give the event" in text
    assert "&lt;script&gt;" in text
    assert "Nothing fits" in signed_in().get("/events/rejected/?reason=other").content.decode()


def test_a_write_key_is_shown_once_and_kept_as_a_digest_only() -> None:
    client = signed_in("admin")
    client.post("/sources/", {"name": "Web shop", "store": "main", "timezone": "Europe/Berlin"})
    made = Source.objects.get(slug="web-shop")
    assert made.timezone == "Europe/Berlin"
    text = client.post(f"/sources/{made.slug}/keys/", {"events_per_minute": "600"}).content.decode()
    shown = re.search(r"<code>(wk_[^<]+)</code>", text)
    assert shown
    stored = write_key_of(shown[1])
    assert stored and stored.events_per_minute == 600
    assert shown[1] not in client.get("/sources/").content.decode()
    client.post(f"/sources/keys/{stored.pk}/revoke/")
    client.post(f"/sources/keys/{stored.pk}/revoke/")
    assert write_key_of(shown[1]) is None
    actions = AuditEntry.objects.order_by("id").values_list("action", flat=True)
    assert list(actions) == ["create", "create write key", "revoke write key"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("timezone", "Mars/Olympus", "There is no such time zone"),
        ("slug", "web", "Another source has this short name"),
        ("name", "!!!", "Give a short name"),
    ],
)
def test_a_source_that_cannot_be_made_says_why(field: str, value: str, words: str) -> None:
    source("web")
    answer = signed_in("admin").post("/sources/", {"name": "Till", "store": "main", "timezone": "UTC"} | {field: value})
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert Source.objects.count() == 1


def test_only_an_admin_makes_sources_and_keys() -> None:
    source("web")
    client = signed_in("marketer")
    assert client.post("/sources/", {"name": "Till", "store": "main", "timezone": "UTC"}).status_code == 403
    assert client.post("/sources/web/keys/").status_code == 403
    assert "New source" not in client.get("/sources/").content.decode()
    assert not WriteKey.objects.exists()


def test_home_says_what_waits_and_that_the_pipe_is_behind() -> None:
    ada = shopper("Ada")
    DirtyCustomer.objects.update_or_create(
        customer=ada, defaults={"marked_at": NOW.replace(hour=9), "last_marked_at": NOW.replace(hour=9)}
    )
    Journey.objects.create(slug="win", name="Win back", status="in_review", created_at=NOW, updated_at=NOW)
    text = signed_in("approver").get("/").content.decode()
    assert "Win back" in text
    assert "waits for approval" in text
    assert "Review</a>" in text
    assert "Behind" in text
    assert "1\u00a0h" in text
    assert "Review</a>" not in signed_in("analyst").get("/").content.decode()
