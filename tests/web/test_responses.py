"""The public addresses in messages: openings, links, and the way out as RFC 8058 wants it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.models import Enrolment, Message, Response
from common import clock
from customers.models import Consent, ConsentChange, DirtyCustomer, Event
from tests.stages.campaign import flow, go, mail, reachable, running, view, viewers, wait
from tests.stages.conftest import outbox, own_changes  # noqa: F401
from tests.stages.shop import HOUR, NOON, identify

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_changes", "outbox")]


@pytest.fixture
def message() -> Message:
    """A message that was sent at noon, on a journey that goes on."""
    viewers()
    running(flow("viewers", mail=mail("later"), later=wait("again"), again=mail()))
    reachable("ada", NOON)
    view("ada", NOON)
    go(NOON)
    return Message.objects.get()


@pytest.fixture
def visitor() -> Client:
    return Client(enforce_csrf_checks=True)


def events(name: str) -> list[dict[str, object]]:
    found = Event.objects.filter(name__name=name, customer__user_id="ada").order_by("id")
    return list(found.values_list("properties", flat=True))


def consent() -> str:
    return Consent.objects.get(customer__user_id="ada", channel="email").state


def test_opening_is_counted_and_becomes_an_event_once(message: Message, visitor: Client) -> None:
    for _ in range(2):
        with clock.frozen(NOON + HOUR):
            answer = visitor.get(reverse("campaigns:opened", args=[message.token]))
    assert answer["Content-Type"] == "image/gif" and answer.content[:6] == b"GIF89a" and not answer.cookies
    assert Response.objects.get().count == 2
    (properties,) = events("Email Opened")
    assert properties["campaign_id"] == "hello" and properties["email_id"] == str(message.pk)
    assert DirtyCustomer.objects.filter(customer=message.customer_id).exists(), "rules hear of it"


def test_a_link_leads_where_it_was_written_to_and_nowhere_else(message: Message, visitor: Client) -> None:
    address = reverse("campaigns:clicked", args=[message.token, 0])
    with clock.frozen(NOON + HOUR):
        answer = visitor.get(address, {"url": "https://evil.example", "next": "https://evil.example"})
    assert answer.status_code == 302 and answer["Location"] == "https://shop.example/sale?a=1&b=2"
    assert not answer.cookies and answer["Referrer-Policy"] == "no-referrer"
    (properties,) = events("Email Link Clicked")
    assert properties["link_url"] == "https://shop.example/sale?a=1&b=2"
    assert len(events("Email Opened")) == 1, "who clicks has opened it"
    assert set(Response.objects.values_list("kind", flat=True)) == {"opened", "clicked"}
    for wrong in ([message.token, 1], ["x" * 43, 0]):
        assert visitor.get(reverse("campaigns:clicked", args=wrong)).status_code == 404


def test_head_counts_nothing(message: Message, visitor: Client) -> None:
    assert visitor.head(reverse("campaigns:clicked", args=[message.token, 0])).status_code == 302
    assert visitor.head(reverse("campaigns:opened", args=[message.token])).status_code == 200
    assert not Response.objects.exists()


def test_getting_the_way_out_changes_nothing_and_shows_a_button(message: Message, visitor: Client) -> None:
    address = reverse("campaigns:unsubscribe", args=[message.token])
    answer = visitor.get(address)
    assert answer.status_code == 200 and not answer.cookies
    assert f'action="{address}"'.encode() in answer.content and b"<button" in answer.content
    assert consent() == "subscribed" and not Response.objects.exists() and not events("Unsubscribed")


def test_one_post_unsubscribes_without_redirect_cookie_or_token_of_ours(message: Message, visitor: Client) -> None:
    address = reverse("campaigns:unsubscribe", args=[message.token])
    with clock.frozen(NOON + HOUR):
        answer = visitor.post(address, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200 and not answer.cookies and b"You are unsubscribed" in answer.content
    assert consent() == "unsubscribed"
    assert ConsentChange.objects.latest("pk").at == NOON + HOUR
    (properties,) = events("Unsubscribed")
    assert properties["how"] == "one-click" and properties["channel"] == "email"
    enrolment = Enrolment.objects.get()
    assert (enrolment.state, enrolment.reason) == ("stopped", "unsubscribed")


def test_the_way_out_works_again_after_coming_back(message: Message, visitor: Client) -> None:
    address = reverse("campaigns:unsubscribe", args=[message.token])
    with clock.frozen(NOON + HOUR):
        visitor.post(address, {"from": "page"})
    identify("ada", NOON + 2 * HOUR)
    from tests.stages.campaign import agree

    agree(message.customer_id, NOON + 2 * HOUR)
    assert consent() == "subscribed"
    with clock.frozen(NOON + 3 * HOUR):
        visitor.post(address, {"from": "page"})
    assert consent() == "unsubscribed"


def test_an_unknown_token_is_not_found(visitor: Client, db: None) -> None:
    for name in ("opened", "unsubscribe"):
        assert visitor.get(reverse(f"campaigns:{name}", args=["x" * 43])).status_code == 404
    assert visitor.post(reverse("campaigns:unsubscribe", args=["x" * 43])).status_code == 404
