"""The profile tells everything that is kept about a customer, gives it away as a file, and lets it go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings

from campaigns.letters import key_of
from campaigns.models import Message
from common import clock
from customers.merge import merge
from customers.models import AuditEntry, Customer, Event
from segmentation.models import Exclusion, ExclusionGroup, Membership, Segment
from tests.web.people import NOW, did, shopper, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    with clock.frozen(NOW):
        yield


def segment(slug: str, **values: object) -> Segment:
    return Segment.objects.create(
        slug=slug, name=slug.capitalize(), status="live", created_at=NOW, updated_at=NOW, **values
    )


def page(customer: Customer, query: str = "") -> str:
    return " ".join(signed_in().get(f"/customers/{customer.pk}/{query}").content.decode().split())


def letter_to(customer: Customer, folder: Path) -> Path:
    """A message that lies in the outbox."""
    told = Message.objects.create(customer=customer, node="n", channel="email", token=f"t{customer.pk}", planned_at=NOW, due_at=NOW)  # fmt: skip
    path = folder / f"{key_of(told)}.eml"
    path.write_text("Subject: Hello\n\nDear Ada")
    return path


def test_each_order_trait_says_how_it_was_computed_and_from_which_orders() -> None:
    ada = shopper("Ada")
    did(ada, "Order Completed", minutes_ago=60 * 24 * 12, order_id="O-1", revenue=40)
    did(ada, "Order Completed", minutes_ago=60 * 24 * 2, order_id="O-2", revenue=60)
    did(ada, "Order Completed", minutes_ago=90, order_id="O-3", revenue=99)
    did(ada, "Order Cancelled", minutes_ago=80, order_id="O-3")
    did(ada, "Order Refunded", minutes_ago=70, order_id="O-2", refund=10)
    text = page(ada)
    assert "average_order_value = 90 / 2" in text and "45.00" in text
    assert "3 orders, less 1 that do not count" in text
    assert "O-3: does not count, cancelled" in text and "3 orders</caption>" in text


def test_a_suppressed_segment_names_the_setting_that_silences_it() -> None:
    ada = shopper("Ada")
    vip, sale, news, stop = (segment(slug, rank=rank) for rank, slug in enumerate(("stop", "vip", "sale", "news"), 1))
    vip, sale, news, stop = sale, news, stop, vip
    for one, by in ((vip, None), (sale, vip), (news, vip)):
        Membership.objects.create(segment=one, customer=ada, state="suppressed" if by else "active", since=NOW, state_since=NOW, suppressed_by=by, version=1)  # fmt: skip
    ExclusionGroup.objects.create(name="Offers", created_at=NOW).segments.set([vip, sale])
    Exclusion.objects.create(segment=vip, excludes=news, created_at=NOW)
    text = page(ada)
    assert f"both are in the exclusion group Offers, and {vip} ranks higher" in text
    assert f"{vip} excludes it" in text
    Membership.objects.filter(segment=news).update(suppressed_by=stop)
    Segment.objects.filter(pk=stop.pk).update(blocks_all_below=True)
    assert f"{stop} is a full stop above it" in page(ada)


def test_what_people_did_to_a_profile_stands_in_its_timeline() -> None:
    ada, bo, client = shopper("Ada"), shopper("Bo"), signed_in()
    client.post(f"/customers/{ada.pk}/pause/", {"paused": "yes"})
    client.post(f"/customers/{ada.pk}/attribute/", {"key": "favourite", "kind": "text", "value": "blue"})
    merge(kept=ada.pk, gone=bo.pk, reason="same phone", now=NOW)
    text = page(ada, "?show=profile")
    assert "<b>Pause messages</b> by marketer" in text and "attribute:favourite" in text
    assert f"<b>Merged</b> with customer {bo.pk}" in text and "Take back</button>" in text
    with clock.frozen(NOW + timedelta(days=31)):
        assert "Take back</button>" not in page(ada)


def test_the_export_is_a_file_with_everything_and_is_noted(settings: LazySettings, tmp_path: Path) -> None:
    settings.OUTBOX = tmp_path
    ada = shopper("Ada")
    did(ada, "Order Completed", order_id="O-1", revenue=40.5)
    letter_to(ada, tmp_path)
    answer = signed_in().post(f"/customers/{ada.pk}/export/")
    assert answer["Content-Disposition"] == f'attachment; filename="customer-{ada.pk}.json"'
    told = json.loads(answer.content)
    assert told["profile"]["attributes"]["first_name"] == "Ada"
    assert [event["event"] for event in told["events"] if event["line"] is None] == ["Order Completed"]
    assert told["orders"][0]["revenue"] == 40.5 and "Dear Ada" in told["letters"][0]["content"]
    assert AuditEntry.objects.get().action == "export"


@pytest.mark.django_db(transaction=True)
def test_erasing_asks_for_the_name_and_takes_the_letters_too(settings: LazySettings, tmp_path: Path) -> None:
    settings.OUTBOX = tmp_path
    ada, bo, client = shopper("Ada"), shopper("Bo"), signed_in()
    hers, his = letter_to(ada, tmp_path), letter_to(bo, tmp_path)
    address = f"/customers/{ada.pk}/erase/"
    assert "Type “Ada”" in client.get(address).content.decode()
    wrong = client.post(address, {"name": "Bo"})
    assert wrong.status_code == 422 and "Nothing was erased" in wrong.content.decode() and hers.exists()
    assert client.post(address, {"name": " Ada "})["Location"] == "/customers/"
    assert not Customer.objects.filter(pk=ada.pk).exists() and not Event.objects.filter(customer_id=ada.pk).exists()
    assert (hers.exists(), his.exists()) == (False, True)
    assert AuditEntry.objects.get().object_id == str(ada.pk)


def test_an_attribute_is_changed_where_it_stands() -> None:
    ada, client = shopper("Ada", points=12, tags=["a"]), signed_in()
    text = page(ada)
    assert 'name="key" value="points"><input type="hidden" name="kind" value="number"' in text
    assert '["a"]' in text.replace("&quot;", '"') and 'name="key" value="user_id"' not in text
    client.post(f"/customers/{ada.pk}/attribute/", {"key": "points", "kind": "number", "value": "15"})
    ada.refresh_from_db()
    assert ada.attributes["points"] == 15
    assert 'name="key" value="points"' not in signed_in("analyst").get(f"/customers/{ada.pk}/").content.decode()


def test_the_design_system_is_for_whoever_manages() -> None:
    assert signed_in().get("/design/").status_code == 403
    assert "Fields with faults" in signed_in("admin").get("/design/").content.decode()
