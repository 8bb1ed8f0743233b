"""The audit log on its page, as a file and over REST."""

from __future__ import annotations

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from common import clock
from customers import audit
from customers.keys import create_api_key
from customers.models import AuditEntry
from customers.queries.audit_log import Line, lines_of
from tests.stages.shop import DAY, NOON
from tests.web.people import PART, signed_in

pytestmark = pytest.mark.django_db
PAGE, FILE = reverse("customers:audit"), reverse("customers:audit_csv")


@pytest.fixture(autouse=True)
def entries() -> None:
    before = {"name": "VIP", "rule": {"include": [{"event": "A"}]}}
    after = {"name": "VIP", "rule": {"include": [{"event": "<B>"}]}}
    audit.note(actor="mara", action="edit", object=("segment", "vip"), before=before, after=after, now=NOON)
    audit.note(
        actor="anna", action="journey approved", object=("journey", "hello"), after={"v": 1}, note="=go", now=NOON + DAY
    )


def test_before_and_after_stand_side_by_side_with_what_differs_marked() -> None:
    found = lines_of({"a": 1, "b": {"c": None}, "d": ["x"]}, {"a": 2, "b": {"c": None}, "e": [{"f": True}]})
    assert found == [
        Line("a", "1", "2"),
        Line("b.c", "null", "null"),
        Line("d", '["x"]', None),
        Line("e.1.f", None, "true"),
    ]
    assert [line.differs for line in found] == [True, False, True, True]
    assert lines_of(None, "text") == [Line("", None, "text")] and lines_of(None, None) == []
    text = signed_in("analyst").get(PAGE).content.decode()
    assert "<del>A</del>" in text and "<ins>&lt;B&gt;</ins>" in text and "<del>VIP</del>" not in text
    assert 'href="/segments/vip/"' in text and text.index("anna") < text.index("mara")


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("who=MAR", ["mara"]),
        ("action=approved", ["anna"]),
        ("type=segment", ["mara"]),
        ("object=hel", ["anna"]),
        ("from=2026-05-02", ["anna"]),
        ("to=2026-05-01", ["mara"]),
        ("to=2026-05-01T11:00:00Z", []),
        ("who=mara&action=approved", []),
    ],
)
def test_the_log_is_narrowed_alike_on_the_page_in_the_file_and_over_rest(query: str, fits: list[str]) -> None:
    analyst = signed_in("analyst")
    part = analyst.get(f"{PAGE}?{query}", headers=PART).content.decode()
    assert "<html" not in part
    assert [who for who in ("anna", "mara") if f"<td>{who}</td>" in part] == fits
    assert ("Nothing fits" in part) == (not fits)
    lines = b"".join(analyst.get(f"{FILE}?{query}").streaming_content).decode().splitlines()[1:]  # type: ignore[attr-defined]
    assert [line.split(",")[2] for line in lines] == fits
    assert [one["who"] for one in analyst.get(f"/api/audit/?{query}").json()["results"]] == fits


def test_a_date_that_is_none_is_said_and_left_out_on_the_page_and_refused_over_rest() -> None:
    analyst = signed_in("analyst")
    text = analyst.get(f"{PAGE}?from=soon&who=mara").content.decode()
    assert "“soon” is no date" in text and "<td>mara</td>" in text and "<td>anna</td>" not in text
    refused = analyst.get("/api/audit/?to=2026-13-45")
    assert refused.status_code == 400 and refused.json()["errors"][0]["pointer"] == "/to"


def test_rest_pages_by_cursor_and_only_reads() -> None:
    client = APIClient()
    assert client.get("/api/audit/").status_code == 401
    with clock.frozen(NOON + 2 * DAY):
        key = create_api_key(name="t", scopes=["read", "write", "admin"], now=NOON - DAY)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    first = client.get("/api/audit/?limit=1").json()
    assert (first["results"][0]["note"], first["previous"]) == ("=go", None)
    second = client.get(first["next"]).json()["results"][0]
    assert (second["object"], second["before"]["rule"]) == ("vip", {"include": [{"event": "A"}]})
    entry = AuditEntry.objects.latest("pk").pk
    assert (
        client.post("/api/audit/", {}).status_code == 405 and client.delete(f"/api/audit/{entry}/").status_code == 404
    )


def test_a_cell_of_the_file_is_never_a_formula() -> None:
    assert "'=go" in b"".join(signed_in("analyst").get(FILE).streaming_content).decode()  # type: ignore[attr-defined]
