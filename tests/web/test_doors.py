"""Who may open what: every address of the pages asks who you are, and whoever only reads cannot write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern
from django.views.defaults import server_error

from tests.web.people import PART, signed_in

# Open on purpose: health, login, what customers open from a message, and what programs authenticate with a key.
OPEN = re.compile(r"/\^?(healthz|readyz|metrics|login/|logout/|theme/|m/|v1/|api/|admin/|onsite/)")
# Asks with a POST, since a rule is too long for an address, and writes nothing; and views of a list, which are one's own.
ASKS = re.compile(r"/preview/$|^/views/")
# Where a role decides that a marketer has not, and where only who manages goes.
DECIDES = re.compile(r"/(approve|reject)/$")
MANAGES = re.compile(r"^/sources/")
SAMPLES = {"int": "7", "slug": "x", "str": "x", "path": "x", "uuid": "00000000-0000-0000-0000-000000000000"}


def _addresses(patterns: list[Any], before: str = "/") -> Iterator[str]:
    for pattern in patterns:
        route = before + _route(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES.get(found[1] or "str", "x"), route)


def _route(pattern: Any) -> str:
    """The address of a pattern; of one written as a regular expression the first of what each part may be."""
    if isinstance(pattern, RegexPattern):
        return re.sub(r"\(\?P<\w+>([\w-]+)[^)]*\)", r"\1", str(pattern)).strip("^$")
    return str(pattern)


PAGES = sorted(address for address in set(_addresses(get_resolver().url_patterns)) if not OPEN.match(address))


def test_the_pages_are_found() -> None:
    assert {"/", "/customers/", "/customers/7/", "/events/", "/sources/"} <= set(PAGES)


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_whoever_is_not_signed_in_is_sent_to_the_login(client: Client, address: str) -> None:
    for answer in (client.get(address), client.post(address)):
        asked = answer.status_code == 302 and answer["Location"].startswith("/login/?next=")
        assert asked or answer.status_code == 405, f"{address} answered {answer.status_code}: guard it with allowed()"
    part = client.get(address, headers=PART)
    assert part.status_code == 405 or part["HX-Redirect"].startswith("/login/?next=")


@pytest.mark.django_db
@pytest.mark.parametrize("address", [address for address in PAGES if not ASKS.search(address)])
def test_an_analyst_reads_and_never_writes(address: str) -> None:
    client = signed_in("analyst")
    for write in (client.post, client.put, client.patch, client.delete):
        assert write(address).status_code in (403, 405), f"{address}: an analyst may only read"


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["marketer", "approver", "admin"])
def test_each_role_is_let_in_by_exactly_the_doors_of_its_rights(role: str) -> None:
    client = signed_in(role)
    closed = {address for address in PAGES if client.post(address).status_code == 403}
    wanted = {address for address in PAGES if role != "admin" and MANAGES.search(address)}
    assert closed == wanted | {address for address in PAGES if role == "marketer" and DECIDES.search(address)}


@pytest.mark.django_db
def test_the_login_leads_back_to_what_was_asked_for(client: Client) -> None:
    signed_in("marketer")
    from django.contrib.auth.models import User

    user = User.objects.get(username="marketer")
    user.set_password("tideline")
    user.save()
    asked = client.get("/customers/?kind=known")
    answer = client.post(
        asked["Location"], {"username": "marketer", "password": "tideline", "next": "/customers/?kind=known"}
    )
    assert answer["Location"] == "/customers/?kind=known"
    refused = Client().post("/login/", {"username": "marketer", "password": "no"})
    assert "do not belong together" in refused.content.decode()


@pytest.mark.django_db
def test_logging_out_needs_a_form_and_ends_the_session() -> None:
    client = signed_in()
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"
    assert client.get("/")["Location"].startswith("/login/")


@pytest.mark.django_db
def test_the_theme_is_kept_and_leads_nowhere_else() -> None:
    client = signed_in()
    answer = client.post("/theme/", {"theme": "dark", "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"
    assert 'data-theme="dark"' in client.get("/").content.decode()
    client.post("/theme/", {"theme": '"><script>', "next": "/sources/"})
    assert 'data-theme="dark"' in client.get("/").content.decode()


@pytest.mark.django_db
def test_a_missing_page_and_a_forbidden_one_say_what_to_do() -> None:
    missing = signed_in().get("/no-such-page/")
    assert (missing.status_code, "There is no such page" in missing.content.decode()) == (404, True)
    forbidden = signed_in("analyst").post("/sources/", {"name": "Shop"})
    assert (forbidden.status_code, "Your role does not allow this" in forbidden.content.decode()) == (403, True)


@pytest.mark.django_db
def test_every_place_of_the_rail_can_be_opened_and_is_marked() -> None:
    client = signed_in()
    rail = re.search(r'<nav class="rail".*?</nav>', client.get("/").content.decode(), re.DOTALL)
    assert rail
    places = re.findall(r'<li><a href="([^"]+)"', rail[0])
    assert len(places) >= 10
    for place in places:
        answer = client.get(place)
        assert answer.status_code == 200, place
        assert re.findall(r'<li><a href="([^"]+)" aria-current="page"', answer.content.decode()) == [place]


@pytest.mark.django_db
def test_a_form_from_another_site_is_refused_in_words() -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/theme/", {"theme": "dark"})
    assert (answer.status_code, "This form has expired" in answer.content.decode()) == (403, True)


def test_a_broken_page_needs_neither_database_nor_session_to_say_so() -> None:
    answer = server_error(RequestFactory().get("/"))
    assert (answer.status_code, "Something broke on our side" in answer.content.decode()) == (500, True)
