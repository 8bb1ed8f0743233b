"""The list of customers and the profile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from common import clock
from customers.consent import set_consent
from customers.merge import merge
from customers.models import AuditEntry, Customer, Merge
from customers.queries.people import PAGE, Wanted, customers_wanted, page_of_customers
from tests.web.people import NOW, PART, did, send, shopper, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def stopped() -> Iterator[None]:
    """The clock stands at the instant that the little shop is about."""
    with clock.frozen(NOW):
        yield


def _names(query: str = "") -> list[str]:
    """The names in the list, in their order."""
    return re.findall(r'class="row" href="[^"]+">([^<]+)<', signed_in().get(f"/customers/{query}").content.decode())


def _never_seen(number: int) -> None:
    Customer.objects.create(email=f"silent{number}@example.com", updated_at=NOW)


def test_the_list_shows_who_was_seen_last_first_and_the_never_seen_last() -> None:
    shopper("Ada", minutes_ago=9)
    shopper("Bo", minutes_ago=2)
    _never_seen(1)
    assert _names() == ["Bo", "Ada", "silent1@example.com"]
    assert _names("?sort=-seen") == ["silent1@example.com", "Ada", "Bo"]
    assert _names("?sort=new") == ["Bo", "Ada", "silent1@example.com"]
    assert _names("?sort=-new") == ["silent1@example.com", "Ada", "Bo"]
    assert _names("?sort=nonsense&cursor=broken&kind=none") == ["Bo", "Ada", "silent1@example.com"]


@pytest.mark.parametrize("sort", ["seen", "-seen", "new", "-new"])
def test_pages_forwards_and_back_show_everyone_once(sort: str) -> None:
    ties = NOW - timedelta(days=1)
    rows = [
        Customer(last_seen_at=None if n % 5 == 0 else ties - timedelta(hours=n % 3), updated_at=NOW) for n in range(23)
    ]
    Customer.objects.bulk_create(rows)
    wanted, seen, cursor, pages = Wanted(sort=sort), [], "", []
    while True:
        page = page_of_customers(wanted, cursor=cursor, limit=4)
        pages.append([row.pk for row in page.rows])
        seen += pages[-1]
        if not page.next:
            break
        cursor = page.next
    assert (len(seen), len(set(seen))) == (23, 23)
    back = []
    while page.previous:
        page = page_of_customers(wanted, cursor=page.previous, limit=4)
        back.append([row.pk for row in page.rows])
    assert back == pages[-2::-1]


def test_filters_narrow_by_kind_and_consent() -> None:
    ada, bo = shopper("Ada"), shopper("Bo")
    send(
        {
            "type": "track",
            "messageId": "v",
            "anonymousId": "anon-1",
            "event": "Page Viewed",
            "timestamp": NOW.isoformat(),
        }
    )
    set_consent(customer=ada, channel="email", state="subscribed", at=NOW, proof={}, now=NOW)
    set_consent(customer=bo, channel="email", state="unsubscribed", at=NOW, proof={}, now=NOW)
    assert set(_names("?kind=known")) == {"Ada", "Bo"}
    assert len(_names("?kind=anonymous")) == 1
    assert _names("?consent=email:subscribed") == ["Ada"]
    assert _names("?consent=email:unsubscribed") == ["Bo"]
    assert _names("?consent=email:never&kind=known") == []
    assert len(_names("?consent=email:never")) == 1


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("ada", {"Ada Öztürk"}),
        ("ADA ÖZT", {"Ada Öztürk"}),
        ("öz", {"Ada Öztürk"}),
        ("u-a", {"Ada Öztürk"}),
        ("ada@ex", {"Ada Öztürk"}),
        ("ürk", set()),
        ("a_a@", set()),
        ("%", set()),
        ("' | 'x':* &", set()),
        ("\\", set()),
    ],
)
def test_a_search_finds_by_the_beginning_of_a_name_or_an_id(search: str, found: set[str]) -> None:
    shopper("Ada", lastName="Öztürk", email="ada@example.com")
    shopper("Bo", lastName="Berg", email="bo@example.com")
    assert {str(customer) for customer in customers_wanted(Wanted(search=search))} == found


def test_our_own_number_finds_the_customer() -> None:
    ada = shopper("Ada")
    shopper("Bo")
    assert [row.pk for row in customers_wanted(Wanted(search=f"#{ada.pk}"))] == [ada.pk]


def test_the_count_is_exact_and_a_long_list_has_a_next_page() -> None:
    Customer.objects.bulk_create([Customer(updated_at=NOW, last_seen_at=NOW) for _ in range(PAGE + 1)])
    assert f'<b class="amount">{PAGE + 1}</b> customers, as of' in signed_in().get("/customers/count/").content.decode()
    assert 'rel="next"' in signed_in().get("/customers/").content.decode()


def test_the_profile_shows_what_is_known_and_what_happened_in_one_line_of_time() -> None:
    ada = shopper("Ada", email="ada@example.com", shoe_size=38)
    did(ada, "Product Viewed", minutes_ago=4, name="Shirt")
    did(ada, "Order Completed", minutes_ago=2, order_id="O-1", revenue=64.2)
    set_consent(
        customer=ada,
        channel="email",
        state="subscribed",
        at=NOW - timedelta(minutes=3),
        proof={"form": "footer"},
        now=NOW,
    )
    text = signed_in().get(f"/customers/{ada.pk}/").content.decode()
    line = text[text.index('class="timeline"') :]
    assert line.index("Order Completed") < line.index("<b>Subscribed</b>") < line.index("Product Viewed")
    assert "shoe_size" in text
    assert "64.20" in text
    assert "form footer" in text
    assert "Never in a segment" in signed_in().get(f"/customers/{ada.pk}/?show=segments").content.decode()


def test_older_lines_follow_by_the_cursor_without_gap_or_repeat() -> None:
    ada = shopper("Ada")
    for number in range(130):
        did(ada, "Product Viewed", minutes_ago=3 + number // 5, number=number)
    seen: list[str] = []
    address = f"/customers/{ada.pk}/"
    while address:
        text = signed_in().get(address).content.decode()
        seen += re.findall(r'id="event-(\d+)"', text)
        older = re.search(r'href="(\?show=all&amp;cursor=[^"]+)"', text)
        address = f"/customers/{ada.pk}/{older[1].replace('&amp;', '&')}" if older else ""
    assert len(seen) == len(set(seen)) == 130


def test_a_poll_gets_nothing_until_something_happened() -> None:
    ada = shopper("Ada")
    did(ada, "Product Viewed")
    client = signed_in()
    text = client.get(f"/customers/{ada.pk}/").content.decode()
    poll = re.search(r'hx-get="([^"]+seen=[^"]+)"', text)
    assert poll
    address = poll[1].replace("&amp;", "&")
    assert client.get(address, headers=PART).status_code == 204
    did(ada, "Wish Made", minutes_ago=1)
    assert "Wish Made" in client.get(address, headers=PART).content.decode()


def test_a_merged_customer_leads_to_the_one_that_was_kept_and_can_be_taken_back() -> None:
    ada, bo = shopper("Ada"), shopper("Bo")
    merge(kept=ada.pk, gone=bo.pk, reason="same phone", now=NOW)
    client = signed_in()
    assert client.get(f"/customers/{bo.pk}/")["Location"] == f"/customers/{ada.pk}/"
    assert "same phone" in client.get(f"/customers/{ada.pk}/").content.decode()
    answer = client.post(f"/customers/{ada.pk}/unmerge/{Merge.objects.get().pk}/")
    assert answer["Location"] == f"/customers/{bo.pk}/"
    assert client.get("/customers/999999/").status_code == 404


@pytest.mark.parametrize(
    ("kind", "text", "stored"),
    [
        ("text", "blue", "blue"),
        ("text", "12", "12"),
        ("number", "12.5", 12.5),
        ("boolean", "yes", True),
        ("boolean", "no", False),
        ("json", "[1, 2]", [1, 2]),
    ],
)
def test_an_attribute_is_stored_as_the_kind_that_was_chosen(kind: str, text: str, stored: object) -> None:
    ada = shopper("Ada")
    answer = signed_in().post(f"/customers/{ada.pk}/attribute/", {"key": "favourite", "kind": kind, "value": text})
    assert answer["Location"] == f"/customers/{ada.pk}/"
    ada.refresh_from_db()
    assert ada.attributes["favourite"] == stored
    assert AuditEntry.objects.get().actor == "marketer"


@pytest.mark.parametrize(
    ("key", "kind", "text", "words"),
    [
        ("n", "number", "NaN", "This is no number"),
        ("n", "number", "many", "This is no number"),
        ("n", "boolean", "perhaps", "Write yes or no"),
        ("n", "date", "yesterday", "Write a date as"),
        ("n", "json", "{", "This is no JSON"),
        ("orders_ever", "number", "3", "computes"),
    ],
)
def test_a_wrong_value_comes_back_with_its_fault_and_changes_nothing(
    key: str, kind: str, text: str, words: str
) -> None:
    ada = shopper("Ada")
    before = ada.attributes
    answer = signed_in().post(
        f"/customers/{ada.pk}/attribute/", {"key": key, "kind": kind, "value": text}, headers=PART
    )
    assert answer.status_code == 422
    assert words in answer.content.decode()
    ada.refresh_from_db()
    assert ada.attributes == before


def test_messages_are_paused_and_resumed_once_each() -> None:
    ada, client = shopper("Ada"), signed_in()
    for _ in range(2):
        client.post(f"/customers/{ada.pk}/pause/", {"paused": "yes"})
    ada.refresh_from_db()
    assert ada.paused_at is not None
    assert "Messages paused" in client.get(f"/customers/{ada.pk}/").content.decode()
    client.post(f"/customers/{ada.pk}/pause/", {"paused": "no"})
    assert list(AuditEntry.objects.order_by("id").values_list("action", flat=True)) == [
        "pause messages",
        "resume messages",
    ]
