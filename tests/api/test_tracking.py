"""The tracking API at its door: the payloads, limits and answers of docs/tracking.md."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import redis
from django.db import OperationalError
from django.test import Client

from common import clock
from customers import rate
from customers.models import Event, Identity, RejectedInput, WriteKey

pytestmark = pytest.mark.django_db

CALLS = {
    "track": {"event": "Product Viewed", "properties": {"price": 0.1}},
    "identify": {"traits": {"email": "a@example.com"}},
    "page": {"name": "Home"},
    "screen": {"name": "Start"},
    "alias": {"previousId": "old"},
    "group": {"groupId": "acme"},
}


def post(address: str, body: Any, key: str = "", **headers: str) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    if key:
        headers["authorization"] = "Basic " + base64.b64encode(f"{key}:".encode()).decode()
    return Client().post(f"/v1/{address}", data, content_type="application/json", headers=headers)


def track(number: int, **call: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "u1", "event": "A", "messageId": f"m{number}", **call}


@pytest.mark.parametrize("kind", CALLS)
def test_each_call_is_taken_with_the_key_as_user_name_or_in_the_body(kind: str, write_key: str) -> None:
    for answer in (
        post(kind, {"userId": "u1", **CALLS[kind]}, write_key),
        post(kind, {"userId": "u2", "writeKey": write_key, **CALLS[kind]}),
    ):
        assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert {"u1", "u2"} <= set(Identity.objects.filter(kind="user_id").values_list("value", flat=True))


@pytest.mark.parametrize("address", ["batch", "import", "batch/"])
def test_a_batch_is_taken_and_names_what_it_refuses(address: str, write_key: str) -> None:
    body = {"batch": [track(1), {"type": "track", "userId": "u1"}, track(2)], "sentAt": "2026-03-01T12:00:00Z"}
    answer = post(address, body, write_key)
    assert answer.status_code == 200
    assert answer.json() == {
        "success": True,
        "rejected": [{"index": 1, "reason": "event: give the event's name as text."}],
    }
    assert Event.objects.filter(customer__user_id="u1").count() == 2


def test_batches_may_be_packed(write_key: str) -> None:
    packed = gzip.compress(json.dumps({"batch": [track(1)], "writeKey": write_key}).encode())
    assert post("batch", packed, **{"content-encoding": "gzip"}).json() == {"success": True}
    assert post("batch", b"no gzip", write_key, **{"content-encoding": "gzip"}).status_code == 400
    assert post("batch", packed[:-9], write_key, **{"content-encoding": "gzip"}).status_code == 400
    assert post("batch", b"{}", write_key, **{"content-encoding": "br"}).status_code == 400


def test_a_packed_bomb_is_refused(write_key: str) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < 100_000
    assert post("batch", bomb, write_key, **{"content-encoding": "gzip"}).status_code == 413


def test_the_limits_are_500_kb_and_2500_events_a_batch_and_32_kb_an_event(write_key: str) -> None:
    fits = track(1, properties={"x": "y" * 32_000})
    large = track(2, properties={"x": "y" * 33_000})
    assert post("track", fits, write_key).status_code == 200
    assert post("track", large, write_key).status_code == 413
    taken = post("batch", {"batch": [large, track(3)]}, write_key)
    assert taken.json()["rejected"] == [{"index": 0, "reason": "An event has at most 32 KB."}]
    assert {len(kept.body) > 33_000 for kept in RejectedInput.objects.all()} == {True}
    assert post("batch", {"batch": [track(number) for number in range(2_501)]}, write_key).status_code == 413
    assert post("batch", {"batch": [track(4)], "pad": "x" * 512_000}, write_key).status_code == 413
    assert Event.objects.filter(customer__user_id="u1").count() == 2


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "not JSON"),
        (b"", "not JSON"),
        (b"[]", "list `batch`"),
        (b'{"batch": {}}', "list `batch`"),
        (b'{"events": []}', "list `batch`"),
        (b'{"batch": [NaN]}', "not JSON"),
        (b"[" * 5_000, "JSON"),
    ],
)
def test_what_is_no_batch_is_answered_400_with_the_fault_and_kept(body: bytes, says: str, write_key: str) -> None:
    answer = post("batch", body, write_key)
    assert answer.status_code == 400
    assert says in answer.json()["error"]
    assert RejectedInput.objects.get().body == body.decode()


def test_a_single_call_that_cannot_be_taken_is_answered_400(write_key: str) -> None:
    answer = post("track", {"userId": "u1", "event": ""}, write_key)
    assert (answer.status_code, answer.json()["error"]) == (400, "event: give the event's name as text.")
    assert post("track", [], write_key).status_code == 400
    assert RejectedInput.objects.count() == 2


def test_one_call_of_a_batch_that_cannot_be_decoded_does_not_sink_the_others(write_key: str) -> None:
    lone = json.dumps(track(1)).encode()
    body = b'{"batch": [' + lone + b', {"type": "track", "userId": "\xff"}, {"x": 1e99999999999999999999}]}'
    answer = post("batch", body, write_key)
    assert answer.status_code == 200
    assert [one["index"] for one in answer.json()["rejected"]] == [1, 2]
    assert Event.objects.filter(customer__user_id="u1").count() == 1


def test_a_wrong_or_revoked_key_is_answered_401(write_key: str) -> None:
    assert post("track", track(1), "wk_wrong").status_code == 401
    assert post("track", track(1)).status_code == 401
    assert post("track", track(1) | {"writeKey": 5}).status_code == 401
    assert post("track", track(1), authorization="Basic !!!").status_code == 401
    WriteKey.objects.update(revoked_at="2026-01-02T00:00:00Z")
    assert post("track", track(1), write_key).status_code == 401
    assert not RejectedInput.objects.exists()


def test_a_key_over_its_rate_is_told_to_wait(write_key: str, counters: None) -> None:
    WriteKey.objects.update(events_per_minute=2)
    with clock.frozen(datetime(2026, 3, 1, 12, 0, 20, tzinfo=UTC)):
        assert post("batch", {"batch": [track(1), track(2), track(3)]}, write_key).status_code == 200
        answer = post("track", track(4), write_key)
    assert (answer.status_code, answer["Retry-After"]) == (429, "40")
    with clock.frozen(datetime(2026, 3, 1, 12, 1, tzinfo=UTC)):
        assert post("track", track(4), write_key).status_code == 200


def test_without_valkey_no_event_is_turned_away(write_key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    WriteKey.objects.update(events_per_minute=1)
    away = redis.Redis.from_url("redis://127.0.0.1:1/0")
    monkeypatch.setattr(rate, "client", lambda: away)
    assert [post("track", track(number), write_key).status_code for number in (1, 2)] == [200, 200]


def test_without_the_database_clients_are_told_to_come_back(write_key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(**_: Any) -> None:
        raise OperationalError("the connection is gone")

    monkeypatch.setattr("customers.api.tracking.ingest", away)
    answer = post("track", track(1), write_key)
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0


def test_browsers_of_other_sites_may_send(write_key: str) -> None:
    asked = Client().options("/v1/track", headers={"origin": "https://shop.example"})
    assert asked.status_code == 204
    assert "Authorization" in asked["Access-Control-Allow-Headers"]
    for answer in (asked, post("track", track(1), write_key), post("track", track(1), "wk_wrong")):
        assert answer["Access-Control-Allow-Origin"] == "*"


def test_a_browser_may_send_as_plain_text(write_key: str) -> None:
    body = json.dumps(track(1) | {"writeKey": write_key})
    assert Client(enforce_csrf_checks=True).post("/v1/track", body, content_type="text/plain").status_code == 200


def test_the_clock_is_corrected_by_the_batch_s_own_sent_at(write_key: str) -> None:
    late = track(1, timestamp="2026-03-01T11:00:00Z")
    own = track(2, timestamp="2026-03-01T11:00:00Z", sentAt="2026-03-01T11:30:00Z")
    post("batch", {"batch": [late, own], "sentAt": "2026-03-01T12:00:00Z"}, write_key)
    first, second = Event.objects.filter(message_id__in=["m1", "m2"]).order_by("message_id")
    assert abs((first.received_at - first.time).total_seconds() - 3600) < 0.001
    assert abs((second.received_at - second.time).total_seconds() - 1800) < 0.001


def test_only_post_is_taken(write_key: str) -> None:
    assert Client().get("/v1/track").status_code == 405
    assert Client().post("/v1/unheard").status_code == 404
