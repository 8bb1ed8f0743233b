"""What holds for every REST address: keys, scopes, problem details, writes that are done once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from common import clock
from customers.keys import KeyScopeError, create_api_key
from customers.models import ApiKey, AuditEntry, IdempotentAnswer
from customers.tasks import tidy
from tests.api.conftest import MADE
from tests.stages.arrivals import identify, owner, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def address() -> str:
    send(identify({"plan": "pro"}))
    return f"/api/customers/{owner('u1').pk}/"


def test_without_a_valid_key_the_answer_is_401(address: str, api: APIClient) -> None:
    for header in ({}, {"HTTP_AUTHORIZATION": "Bearer wrong"}, {"HTTP_AUTHORIZATION": "Basic eDp5"}):
        answer = APIClient().get(address, **header)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"] == "Bearer"
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "unauthenticated"
    ApiKey.objects.update(revoked_at=MADE)
    assert api.get(address).status_code == 401


def test_scopes_say_what_a_key_may_do(address: str, api_with: Callable[..., APIClient]) -> None:
    reader, writer, admin = api_with("read"), api_with("write"), api_with("admin")
    assert [client.get(address).status_code for client in (reader, writer, admin)] == [200, 200, 200]
    answers = [client.patch(address, {"attributes": {"x": 1}}) for client in (reader, writer, admin)]
    assert [answer.status_code for answer in answers] == [403, 200, 200]
    assert "write" in answers[0].json()["detail"]
    with pytest.raises(KeyScopeError):
        create_api_key(name="x", scopes=["everything"], now=MADE)


def test_a_signed_in_person_may_read_but_not_write_without_a_key(address: str, client: Client) -> None:
    client.force_login(User.objects.create_user("ann"))
    assert client.get(address).status_code == 200
    assert client.patch(address, b"{}", content_type="application/json").status_code == 401


def test_each_key_acts_as_an_account_of_its_own(address: str, api_with: Callable[..., APIClient]) -> None:
    for number, client in enumerate((api_with("write"), api_with("write"))):
        client.patch(address, {"attributes": {"number": number}})
    first, second = AuditEntry.objects.filter(action="edit").values_list("actor", flat=True)
    assert first != second
    accounts = User.objects.filter(username__in=[first, second])
    assert [account.has_usable_password() for account in accounts] == [False, False]


@pytest.mark.parametrize(
    ("method", "body", "kind", "status", "code"),
    [
        ("patch", b"{", "application/json", 400, "not_json"),
        ("patch", b"[]", "application/json", 400, "not_an_object"),
        ("patch", b"a=b", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        ("put", b"{}", "application/json", 405, "method_not_allowed"),
    ],
)
def test_errors_are_problem_details(
    api: APIClient, address: str, method: str, body: bytes, kind: str, status: int, code: str
) -> None:
    answer = api.generic(method.upper(), address, body, content_type=kind)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert {"type", "title", "status"} <= answer.json().keys()


def test_a_write_sent_again_with_its_key_is_done_once(api: APIClient, address: str) -> None:
    once = {"HTTP_IDEMPOTENCY_KEY": "k1"}
    first = api.patch(address, {"attributes": {"x": 1}}, **once)
    again = api.patch(address, {"attributes": {"x": 1}}, **once)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again["Idempotent-Replayed"] == "true"
    assert AuditEntry.objects.filter(action="edit").count() == 1
    other = api.patch(address, {"attributes": {"x": 2}}, **once)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert api.patch(address, {"attributes": {"x": 2}}, HTTP_IDEMPOTENCY_KEY="k2").status_code == 200


def test_a_refused_write_is_refused_the_same_again(api: APIClient, address: str) -> None:
    once = {"HTTP_IDEMPOTENCY_KEY": "k1"}
    first = api.patch(address, {"nonsense": 1}, **once)
    again = api.patch(address, {"nonsense": 1}, **once)
    assert first.status_code == again.status_code == 400
    assert again["Content-Type"] == "application/problem+json"
    assert again["Idempotent-Replayed"] == "true"


def test_a_write_under_way_is_a_conflict_until_it_is_given_up(api: APIClient, address: str) -> None:
    once = {"HTTP_IDEMPOTENCY_KEY": "k1"}
    with clock.frozen(datetime(2026, 1, 1, 12, tzinfo=UTC)):
        assert api.patch(address, {"attributes": {"x": 1}}, **once).status_code == 200
        IdempotentAnswer.objects.update(status=None, body=None)
        assert api.patch(address, {"attributes": {"x": 1}}, **once).status_code == 409
    with clock.frozen(datetime(2026, 1, 1, 12, 2, tzinfo=UTC)):
        assert api.patch(address, {"attributes": {"x": 1}}, **once).status_code == 200
    with clock.frozen(datetime(2026, 1, 3, tzinfo=UTC)):
        assert tidy() == 1


def test_the_api_describes_itself(client: Client) -> None:
    schema = SchemaGenerator().get_schema(public=True)
    assert schema["openapi"] == "3.1.0"
    assert {"/api/customers/", "/api/customers/{reference}/", "/api/customers/{reference}/events/"} <= schema[
        "paths"
    ].keys()
    assert client.get("/api/schema/").status_code == 200


def test_the_docs_can_be_browsed_without_a_key_and_load_nothing_from_outside(client: Client) -> None:
    answer = client.get("/api/docs/")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "/api/customers/{reference}/" in page
    assert "Set attributes and consents" in page
    assert "//cdn" not in page


def test_the_description_has_no_gaps(capsys: pytest.CaptureFixture[str]) -> None:
    GENERATOR_STATS.reset()
    SchemaGenerator().get_schema(public=True)
    assert capsys.readouterr().err == "", "`python manage.py spectacular` names what cannot be described"


def test_an_address_that_leads_nowhere_answers_programs_in_json_and_people_with_a_page(client: Client) -> None:
    for path in ("/api/nothing/", "/api/customers/no-such-shape/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
        assert answer.json()["code"] == "not_found"
    answer = client.post("/v1/nothing", b"{}", content_type="application/json")
    assert (answer.status_code, answer.json()["success"]) == (404, False)
    assert client.get("/nothing/")["Content-Type"].startswith("text/html")


def test_a_body_that_cannot_be_kept_or_said_again_is_refused(address: str, api: APIClient) -> None:
    deep = api.post("/api/segments/preview/", "[" * 100_000, content_type="application/json")
    assert (deep.status_code, deep.json()["code"]) == (400, "not_json")
    body = r'{"rule": {"version": 1, "include": {"op": "all", "conditions": [{"type": "\ud800", "a/\ud800": 1}]}}}'
    for path in ("preview", "validate"):
        half = api.post(f"/api/segments/{path}/", body, content_type="application/json")
        assert half.status_code == 400
        pointers = [fault["pointer"] for fault in half.json()["errors"]]
        assert pointers == ["/rule/include/conditions/0/type", "/rule/include/conditions/0"]
    assert api.patch(address, r'{"attributes": {"x": "\ud800"}}', content_type="application/json").status_code == 400


def test_a_state_that_no_message_has_is_refused_and_a_nul_is_no_segment(api: APIClient) -> None:
    for state in ("%00", "lost"):
        assert api.get(f"/api/messages/?state={state}").json()["errors"][0]["pointer"] == "/state"
    entry = {"on": "enter", "segment": "\x00"}
    flow = {"slug": "j", "name": "J", "entry": entry, "first": "end", "nodes": {"end": {"type": "exit"}}}
    answer = api.post("/api/journeys/", flow, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/entry/segment")
