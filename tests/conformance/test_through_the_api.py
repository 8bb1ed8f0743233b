"""The cases of rules.json from outside: histories sent to the tracking API, members asked of the REST API."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from customers.keys import create_api_key, create_write_key
from tests.reference.conformance import FILE, cases

MADE = datetime(2026, 1, 1, tzinfo=UTC)
AT_ONCE = 500


def calls_of(person: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What a shop would send about one person: traits, then events in the order they are listed."""
    user = person["id"]
    yield {"type": "identify", "userId": user, "messageId": f"{user}-traits", "traits": person["attributes"]}
    for number, event in enumerate(person["events"]):
        yield {
            "type": "track",
            "userId": user,
            "messageId": f"{user}-{number}",
            "event": event["name"],
            "timestamp": event["time"],
            "properties": event["properties"],
        }


@pytest.mark.django_db
@pytest.mark.parametrize("population", ["hand", "random"])
def test_every_case_has_its_members_from_data_that_came_in_through_the_api(population: str) -> None:
    client, key = Client(), create_write_key(source="shop", now=MADE)
    people = json.loads(FILE.read_text(encoding="utf-8"))["populations"][population]
    calls = [call for person in people for call in calls_of(person)]
    for start in range(0, len(calls), AT_ONCE):
        body = json.dumps({"batch": calls[start : start + AT_ONCE], "writeKey": key})
        answer = client.post("/v1/batch", body, content_type="application/json")
        assert (answer.status_code, answer.json()) == (200, {"success": True})
    bearer = {"authorization": f"Bearer {create_api_key(name='cases', scopes=['write'], now=MADE)}"}
    wrong = []
    for case in (case for case in cases() if case.population == population):
        asked = {"rule": case.document, "at": case.at.isoformat(), "sample": 1000, "funnel": False}
        answer = client.post("/api/segments/preview/", asked, content_type="application/json", headers=bearer)
        assert answer.status_code == 200, answer.content
        found = answer.json()
        members = {row["user_id"] for row in found["sample"]}
        if members != set(case.members) or found["count"] != len(members):
            wrong.append(f"case {case.number}: {sorted(members ^ set(case.members))}: {case.document}")
    assert not wrong, "\n".join(wrong)
