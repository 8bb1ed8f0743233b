"""Clock, pages of a list, problem details, and a page or a part of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.template import engines
from django.test import RequestFactory
from django_htmx.middleware import HtmxMiddleware

from common import clock, htmx
from common.pagination import LARGEST_LIMIT, Order, Page, envelope, limit_of, page_of
from common.problem import Problem, ProblemError, problem_response

BY_NAME = Order(("name", "id"))
NEWEST = Order(("id",), descending=True)


def test_the_clock_stands_where_it_is_stopped_and_goes_on_afterwards() -> None:
    at = datetime(2020, 2, 29, 12, tzinfo=UTC)
    with clock.frozen(at):
        assert clock.now() == at
        with clock.frozen(at + timedelta(days=1)):
            assert clock.now() == at + timedelta(days=1)
        assert clock.now() == at
    assert clock.now() > at
    with pytest.raises(ValueError, match="time zone"), clock.frozen(datetime(2020, 1, 1)):
        pass


@pytest.fixture
def names(db: None) -> list[str]:
    """Twenty-five groups whose names sort as their numbers do."""
    chosen = [f"g{number:02}" for number in range(25)]
    Group.objects.bulk_create(Group(name=name) for name in chosen)
    return chosen


@pytest.mark.parametrize("order", [BY_NAME, NEWEST], ids=["ascending", "descending"])
def test_pages_forth_and_back_show_every_row_once(names: list[str], order: Order) -> None:
    rows = Group.objects.filter(name__in=names)
    forth, cursor = [], ""
    while True:
        page = page_of(rows, order, cursor=cursor, limit=10)
        forth.append([group.name for group in page.rows])
        if not page.next:
            break
        cursor = page.next
    assert [len(part) for part in forth] == [10, 10, 5]
    assert sorted(name for part in forth for name in part) == names
    back = []
    while page.previous:
        page = page_of(rows, order, cursor=page.previous, limit=10)
        back.append([group.name for group in page.rows])
    assert back == [forth[1], forth[0]]
    assert page.next


def test_rows_that_come_or_go_meanwhile_shift_nothing(names: list[str]) -> None:
    rows = Group.objects.filter(name__startswith="g")
    first = page_of(rows, BY_NAME, limit=10)
    Group.objects.filter(name__in=["g03", "g09"]).delete()
    Group.objects.create(name="g00a")
    assert [group.name for group in page_of(rows, BY_NAME, cursor=first.next, limit=2).rows] == ["g10", "g11"]


@pytest.mark.parametrize(
    "cursor", ["x", "!!!", "W10", "WzEsMl0", "W2ZhbHNlLFsxLDIsM11d", "W2ZhbHNlLFt7fV1d", "ÿ", "WyJhIl0", "MQ"]
)
def test_a_cursor_that_is_none_is_refused_with_a_pointer(names: list[str], cursor: str) -> None:
    with pytest.raises(ProblemError) as caught:
        page_of(Group.objects.all(), NEWEST, cursor=cursor)
    assert caught.value.problem.status == 400
    assert caught.value.problem.faults[0][0] == "/cursor"


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "ten", "1.5", "²", " 1"])
def test_a_page_size_out_of_bounds_is_refused(limit: str) -> None:
    with pytest.raises(ProblemError):
        limit_of({"limit": limit})
    assert limit_of({"limit": str(LARGEST_LIMIT)}) == LARGEST_LIMIT


def test_addresses_of_neighbours_keep_the_other_parameters() -> None:
    page: Page[Group] = Page(rows=[], next="n", previous="")
    answer = envelope("http://h/api/x/?state=all&cursor=old&limit=5", page, [1])
    assert answer == {"results": [1], "next": "http://h/api/x/?state=all&limit=5&cursor=n", "previous": None}


def test_a_problem_says_its_code_its_status_and_each_fault() -> None:
    problem = Problem("bad_rule", "The rule has a fault.", 422, [("/include/op", "Use all, any or none.")])
    answer = problem_response(problem)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert problem.as_json()["errors"] == [{"pointer": "/include/op", "message": "Use all, any or none."}]


@pytest.mark.parametrize(
    ("headers", "part_only"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-Boosted": "true"}, False),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ],
    ids=["whole page", "part", "boosted", "history restore"],
)
def test_only_a_plain_htmx_request_gets_the_part(
    headers: dict[str, str], part_only: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = engines["django"].from_string("<html>{% block list %}<p>{{ word }}</p>{% endblock %}</html>")
    monkeypatch.setattr(htmx.loader, "get_template", lambda name, using=None: template)
    request = RequestFactory().get("/", headers=headers)
    HtmxMiddleware(lambda _: HttpResponse())(request)
    answer = htmx.render(request, "any.html", {"word": "<b>"}, part="list")
    inside = "<p>&lt;b&gt;</p>"
    assert answer.content.decode() == (inside if part_only else f"<html>{inside}</html>")
    assert "HX-Request" in answer["Vary"]
