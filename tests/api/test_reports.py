"""The reports over REST."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from common import clock
from tests.stages.shop import DAY, HOUR, did, live, rule, track

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> None:
    now = clock.now()
    for who, names in (("ada", ["A", "B"]), ("ben", ["A"]), ("cleo", ["B"])):
        for name in names:
            track(who, name, now - 2 * HOUR)
    live("a", rule(did("A")), now - HOUR)
    live("b", rule(did("B")), now - HOUR)


def test_overlap_has_sizes_pairs_and_intersections_before_and_after_governance(shop: None, api: APIClient) -> None:
    api.post("/api/governance/exclusion-groups/", {"name": "One voice", "segments": ["a", "b"]}, format="json")
    found = api.get("/api/reports/overlap/").json()
    assert found["segments"] == [{"slug": "a", "qualified": 2, "active": 2}, {"slug": "b", "qualified": 2, "active": 1}]
    (pair,) = found["pairs"]
    assert (pair["a"], pair["b"], pair["both"], pair["share_of_a"]) == ("a", "b", 1, 0.5)
    assert pair["jaccard"] == pytest.approx(1 / 3)
    assert found["intersections"] == [{"segments": ["a", "b"], "count": 1}]
    assert found["governed"]["pairs"][0]["both"] == 0 and found["governed"]["intersections"] == []
    assert api.get("/api/reports/overlap/?folder=none").json()["segments"] == []
    behind = "/api/reports/overlap/customers/?segments="
    named = [[row["customer"]["user_id"] for row in api.get(behind + end).json()["results"]] for end in ("a", "a,b")]
    assert named == [["ben"], ["ada"]]
    active = api.get(f"{behind}a&state=active").json()["results"]
    assert {row["customer"]["user_id"] for row in active} == {"ada", "ben"}
    api.post("/api/segments/b/pause/")
    assert [one["slug"] for one in api.get("/api/reports/overlap/?status=paused").json()["segments"]] == ["b"]
    assert len(api.get("/api/reports/overlap/?status=both").json()["pairs"]) == 1
    for wrong in ("overlap/?status=x", "overlap/customers/", "overlap/customers/?segments=a,a"):
        assert api.get(f"/api/reports/{wrong}").status_code == 400
    assert APIClient().get("/api/reports/overlap/").status_code == 401


def test_stability_has_days_stays_and_what_is_left(shop: None, api: APIClient) -> None:
    found = api.get("/api/reports/stability/?segment=a").json()
    assert found["segment"] == "a" and len(found["days"]) == 31 and found["bouncers"] == 0
    assert (sum(day["entered"] for day in found["days"]), found["days"][-1]["size"]) == (2, 2)
    assert found["median_stay_seconds"] is None and found["advice"] is None
    assert found["retained_7_days"] is None
    since = (clock.now() - 2 * DAY).isoformat().replace("+00:00", "Z")
    assert len(api.get(f"/api/reports/stability/?segment=a&from={since}").json()["days"]) == 3


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("segment=nobody", 404),
        ("segment=a%00", 404),
        ("segment=a&from=yesterday", 400),
        ("segment=a&from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", 400),
        ("segment=a&from=1990-01-01", 400),
    ],
)
def test_a_report_that_cannot_be_made_says_what_is_wrong(shop: None, api: APIClient, query: str, status: int) -> None:
    answer = api.get(f"/api/reports/stability/?{query}")
    assert answer.status_code == status and answer["Content-Type"].startswith("application/problem+json")


def test_migration_and_coverage_have_their_numbers(shop: None, api: APIClient) -> None:
    found = api.get("/api/reports/migration/?segments=a,b").json()
    assert found["segments"] == ["a", "b"] and (found["up"], found["share_up"]) == (0, None)
    assert found["moves"] == [
        {"was": None, "now": "a", "customers": 2},
        {"was": None, "now": "b", "customers": 1},
    ]
    covered = api.get("/api/reports/coverage/").json()
    assert covered["everybody"] == {"customers": 3, "qualified": 3, "active": 3, "share": 1.0, "share_active": 1.0}
    assert covered["by_number"] == [{"segments": 1, "customers": 2}, {"segments": 2, "customers": 1}]
    for query in ("", "?segments=a", "?segments=a,a", "?segments=a,b&to=never"):
        assert api.get(f"/api/reports/migration/{query}").status_code == 400
    assert api.get("/api/reports/migration/?segments=a,nobody").status_code == 404
