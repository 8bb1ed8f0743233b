"""The pages of journeys, words and messages through the client: drawing, approving, reading."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from campaigns.models import Journey, Message, Response, Template
from tests.stages.campaign import approver, author, flow, go, mail, reachable, running, template, view, viewers, wait
from tests.stages.conftest import outbox, own_changes  # noqa: F401
from tests.stages.shop import DAY, NOON, did, live, rule

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "own_changes", "outbox")]
PART = {"HX-Request": "true"}


@pytest.fixture
def marketer() -> Client:
    return signed_in(author())


@pytest.fixture
def decider() -> Client:
    return signed_in(approver())


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def at(name: str, *arguments: Any) -> str:
    return reverse(f"campaigns:{name}", args=arguments)


def told(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def fields_of(html: str) -> dict[str, Any]:
    """The fields of the editor as a browser would send them, without a button."""
    form = html[html.index('id="journey-form"') :]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] != "csrfmiddlewaretoken":
            found.setdefault(name[1], []).append(value[1] if value else "")
    for name, inner in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        options = re.findall(r'<option(?: value="([^"]*)")?([^>]*)>([^<]*)', inner)
        chosen = next((one for one in options if "selected" in one[1]), options[0] if options else ("", "", ""))
        found[name] = [chosen[0] if "value=" in inner else chosen[2]]
    return found


def test_a_journey_is_drawn_step_by_step_without_a_script_and_saved(marketer: Client) -> None:
    viewers()
    template()
    answer = marketer.post(at("journey_new"), {"name": "Hello there", "segment": "viewers"})
    assert answer["Location"] == at("journey_edit", "hello-there")
    address = at("journey_edit", "hello-there")
    fields = fields_of(marketer.get(address).content.decode())
    for deed in ("insert|send||", "insert|wait|mail1|next", "insert|branch|wait1|next", "insert|send|ask1|no"):
        fields = fields_of(marketer.post(address, {**fields, "do": deed}).content.decode())
    fields |= {
        "mail1:template": ["welcome"],
        "mail2:template": ["welcome"],
        "ask1:event": ["Email Opened"],
        "ask1:days": ["2"],
        "goal": ["Order Completed"],
    }
    answer = marketer.post(address, {**fields, "do": "save"})
    assert answer.status_code == 302, answer.content.decode()
    journey = Journey.objects.get()
    nodes = journey.document["nodes"]
    assert (journey.document["first"], nodes["mail1"]["next"], nodes["wait1"]["next"]) == ("mail1", "wait1", "ask1")
    assert (nodes["ask1"]["yes"], nodes["ask1"]["no"], nodes["mail2"]["next"]) == ("end", "mail2", "end")
    (condition,) = nodes["ask1"]["rule"]["include"]["conditions"]
    assert condition["event"] == "Email Opened" and condition["window"] == {"last": {"amount": 2, "unit": "days"}}
    assert journey.document["goal"] == {"event": "Order Completed"} and journey.revision == 2
    page = marketer.get(at("journey", "hello-there")).content.decode()
    assert "Send for approval" in page and "welcome" in page


def test_what_is_wrong_stands_beside_its_step_and_nothing_is_kept(marketer: Client) -> None:
    viewers()
    marketer.post(at("journey_new"), {"name": "Hello", "segment": "viewers"})
    address = at("journey_edit", "hello")
    fields = fields_of(
        marketer.post(
            address, {**fields_of(marketer.get(address).content.decode()), "do": "insert|wait||"}
        ).content.decode()
    )
    answer = marketer.post(address, {**fields, "wait1:amount": "soon", "name": "", "do": "save"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Give a name" in page and "The amount is a whole number" in page
    assert Journey.objects.get().revision == 1
    part = marketer.post(address, {**fields, "do": "remove|wait1"}, headers=PART).content.decode()
    assert "<html" not in part and "wait1" not in part and 'data-changed="yes"' in part


def test_the_author_sends_it_and_somebody_else_reads_and_approves(marketer: Client, decider: Client) -> None:
    viewers()
    reachable("ada", NOON - DAY)
    view("ada", NOON - DAY)
    template()
    marketer.post(at("journey_new"), {"name": "Hello", "segment": "viewers"})
    Journey.objects.update(document=flow("viewers"))
    marketer.post(at("journey_submit", "hello"))
    own = marketer.get(at("journey", "hello")).content.decode()
    assert "Waits for approval" in own and "Approve and start" not in own
    assert marketer.post(at("journey_approve", "hello")).status_code == 403
    page = decider.get(at("journey", "hello")).content.decode()
    assert "Approve and start" in page and '<p class="subject">Hi Ada</p>' in page
    digest = re.search(r'name="digest" value="(\w+)"', page)
    assert digest
    answer = decider.post(at("journey_reject", "hello"), {"reason": ""})
    assert told(answer) == ["Say why, so that the author knows what to change."]
    answer = decider.post(at("journey_approve", "hello"), {"digest": digest[1], "reason": "Fine"})
    assert told(answer)[-1] == "Approved. It is live."
    page = decider.get(at("journey", "hello")).content.decode()
    assert "“Fine”" in page and "approved it" in page and "asked for approval" in page


def test_an_approver_who_wrote_the_words_is_told_that_somebody_else_decides(decider: Client, marketer: Client) -> None:
    viewers()
    template()
    marketer.post(at("journey_new"), {"name": "Hello", "segment": "viewers"})
    Journey.objects.update(document=flow("viewers"))
    words = {"name": "Welcome", "channel": "email", "subject": "Dear all", "body": "<p>Hello</p>"}
    assert decider.post(at("template", "welcome"), words).status_code == 302
    marketer.post(at("journey_submit", "hello"))
    page = decider.get(at("journey", "hello")).content.decode()
    assert "somebody else has to approve it" in page
    assert re.search(r'<button class="btn first" disabled[^>]*>(?:(?!</button>).)*Approve and start', page, re.DOTALL)
    answer = decider.post(at("journey_approve", "hello"))
    assert "somebody else has to approve it" in told(answer)[0] and Journey.objects.get().status == "in_review"


def test_the_page_of_a_live_journey_shows_its_numbers_and_its_conflicts(marketer: Client) -> None:
    viewers()
    live("buyers", rule(did("Product Viewed")))
    journey = running(flow("viewers", mail=mail("later"), later=wait("again"), again=mail()))
    running(flow("buyers"), slug="thanks")
    for user in ("ada", "ben"):
        reachable(user, NOON)
        view(user, NOON)
    go(NOON)
    Response.objects.create(message=Message.objects.filter(journey=journey)[0], kind="opened", first_at=NOON)
    part = marketer.get(at("journey", "hello"), headers=PART).content.decode()
    assert "<html" not in part
    assert re.search(r"sent</dt><dd>2<", part) and re.search(r"opened</dt><dd>1<", part)
    page = marketer.get(at("journey", "hello")).content.decode()
    assert "2 customers in both" in page and "2 customers hear from both by e-mail within 48 hours." in page
    listed = marketer.get(at("journeys")).content.decode()
    assert "Hello" in listed and "Thanks" in listed
    assert "Hello" not in marketer.get(at("journeys"), {"q": "thank"}, headers=PART).content.decode()


def test_pausing_resuming_and_ending_are_one_button_each(marketer: Client) -> None:
    viewers()
    journey = running(flow("viewers"))
    for step, status in (("pause", "paused"), ("resume", "live"), ("end", "ended")):
        assert marketer.post(at(f"journey_{step}", "hello")).status_code == 302
        journey.refresh_from_db()
        assert journey.status == status
    assert marketer.get(at("journey_pause", "hello")).status_code == 405


def test_a_reader_may_look_and_change_nothing() -> None:
    viewers()
    running(flow("viewers"))
    from tests.stages.campaign import person

    reader = signed_in(person("lena", "analyst"))
    for name, arguments in (
        ("journeys", ()),
        ("journey", ("hello",)),
        ("templates", ()),
        ("template", ("welcome",)),
        ("messages", ()),
    ):
        assert reader.get(at(name, *arguments)).status_code == 200
    for name, arguments in (
        ("journey_new", ()),
        ("journey_edit", ("hello",)),
        ("journey_pause", ("hello",)),
        ("journey_approve", ("hello",)),
        ("template_new", ()),
        ("template_delete", ("welcome",)),
    ):
        assert reader.post(at(name, *arguments)).status_code == 403
    assert Client().get(at("journeys")).status_code == 302


def test_words_are_written_previewed_as_a_customer_and_refused_with_the_line(marketer: Client) -> None:
    number = reachable("ada", NOON)
    words = {
        "name": "Spring",
        "channel": "email",
        "subject": "Hi {{ first_name }}",
        "body": "<p>Dear {{ first_name }}</p>",
    }
    answer = marketer.post(at("template_preview"), {**words, "as": str(number)})
    assert "Dear Ada" in answer.content.decode() and "Unsubscribe" in answer.content.decode()
    assert "sandbox" in answer["Content-Security-Policy"] and "default-src 'none'" in answer["Content-Security-Policy"]
    assert "There is no customer" in marketer.post(at("template_preview"), {**words, "as": "0"}).content.decode()
    answer = marketer.post(at("template_new"), {**words, "body": "<p>\n{% if %}</p>"})
    assert answer.status_code == 200 and "body, line 2" in answer.content.decode()
    answer = marketer.post(at("template_new"), words)
    assert answer["Location"] == at("template", "spring")
    assert "Spring" in marketer.get(at("templates")).content.decode()
    marketer.post(at("template_delete", "spring"))
    assert not Template.objects.exists()


def test_a_message_is_shown_as_it_was_sent_and_looking_counts_nothing(marketer: Client) -> None:
    viewers()
    running(flow("viewers"))
    number = reachable("ada", NOON)
    view("ada", NOON)
    go(NOON)
    message = Message.objects.get()
    listed = marketer.get(at("messages"), {"state": "sent", "journey": "hello"}).content.decode()
    assert "Hi Ada" in listed and "ada@shop.example" in listed
    assert "Hi Ada" not in marketer.get(at("messages"), {"state": "withheld"}, headers=PART).content.decode()
    page = marketer.get(at("message", message.pk)).content.decode()
    assert at("message_body", message.pk) in page and "https://shop.example/sale" in page and message.token not in page
    body = marketer.get(at("message_body", message.pk))
    assert "Hello Ada!" in body.content.decode() and "/m/o/" not in body.content.decode()
    assert "sandbox" in body["Content-Security-Policy"] and not Response.objects.exists()
    assert str(number) in page
