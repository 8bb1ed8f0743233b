"""Whatever JSON comes in, the answer is one of the documented ones, and what was taken can be read back."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from customers.models import Event
from tests.stages.arrivals import identify, owner, send

pytestmark = pytest.mark.django_db

fuzzed = settings(
    max_examples=80, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        ["", "\x00", "é" * 600, "1e999", "2026-02-30", "2026-02-01T00:00:00Z", 10**40, 1e300, "u1", "email"]
    )
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
KEYS = ["userId", "anonymousId", "previousId", "groupId", "event", "messageId", "timestamp", "sentAt", "name"]
OBJECTS = ["properties", "traits", "context"]
INNER = [
    "email",
    "phone",
    "createdAt",
    "timezone",
    "products",
    "order_id",
    "revenue",
    "total",
    "channel",
    "consent",
    "x",
]
objects = st.dictionaries(st.sampled_from(INNER), anything, max_size=4) | anything
calls = st.fixed_dictionaries(
    {"type": st.sampled_from(["track", "identify", "page", "screen", "alias", "group", "other"])},
    optional={key: st.sampled_from(["u1", "u2", "Order Completed", "Unsubscribed"]) | anything for key in KEYS}
    | dict.fromkeys(OBJECTS, objects),
)


@fuzzed
@given(batch=st.lists(calls | anything, max_size=4))
def test_any_batch_is_taken_or_refused_call_by_call(write_key: str, batch: list[Any]) -> None:
    header = {"authorization": "Basic " + base64.b64encode(f"{write_key}:".encode()).decode()}
    body = json.dumps({"batch": batch})
    answer = Client().post("/v1/batch", body, content_type="application/json", headers=header)
    assert answer.status_code == 200, (answer.content, body)
    assert all(one["reason"] for one in answer.json().get("rejected", []))
    for event in Event.objects.filter(customer__user_id="u1")[:5]:
        assert isinstance(event.properties, dict)


@fuzzed
@given(
    body=st.fixed_dictionaries({}, optional={"attributes": objects, "consents": objects, "other": anything}) | anything
)
def test_any_edit_is_done_or_refused_with_pointers(api: APIClient, body: Any) -> None:
    send(identify({"plan": "pro"}, messageId="once"))
    answer = api.patch(f"/api/customers/{owner('u1').pk}/", body, format="json")
    assert answer.status_code in (200, 400), (answer.content, body)
    if answer.status_code == 400:
        assert answer.json()["errors"], answer.json()
    assert api.get("/api/customers/user_id:u1/").status_code == 200
