"""Templates and scripts: no inline code, no address outside, addresses that work without JavaScript, a budget."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import URLResolver, get_resolver, resolve

from common.places import PLACES
from tests.browser.everywhere import NO_PAGES, PAGES
from tests.house.code import HOME

TEMPLATES = sorted((HOME / "templates").rglob("*.html"))
SCRIPTS = sorted((HOME / "static").rglob("*.js"))
BUDGET = 60 * 1024
# Sent by e-mail, never served: mail programs read styles inline only.
LETTERS = ("letters/", "mail/", "emails/")


def _served() -> list[tuple[str, str]]:
    """The templates a browser gets, without their comments, and with their own tags blanked out."""
    found = []
    for path in TEMPLATES:
        name = path.relative_to(HOME / "templates").as_posix()
        if not any(part in name for part in LETTERS):
            text = re.sub(r"{% comment.*?endcomment %}|{#.*?#}|<!--.*?-->", "", path.read_text(), flags=re.DOTALL)
            found.append((name, re.sub(r"{%.*?%}|{{.*?}}", "_", text, flags=re.DOTALL)))
    return found


@pytest.mark.parametrize(
    ("pattern", "advice"),
    [
        (r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>", "Move the code to a module in static/js."),
        (r"<style\b", "Move the styles to static/css."),
        (r"<[a-z][^>]*\sstyle\s*=", "Give it a class, and the style to static/css."),
        (r"<[a-z][^>]*\son[a-z]+\s*=", "Listen in a module in static/js."),
        (r"href\s*=\s*[\"']javascript:", "Listen in a module in static/js."),
        (r"\bhx-on[:=]|\bhx-vals\s*=\s*[\"']js:", "htmx would evaluate it as a script; listen in static/js."),
        (r"<(?:script|link|img|iframe|source|video|audio|use)\b[^>]*(?:src|href)\s*=\s*[\"'](?:https?:)?//", "Serve it from here."),
    ],
    ids=["script", "style element", "style attribute", "handler", "javascript address", "htmx script", "outside"],
)  # fmt: skip
def test_no_template_needs_what_the_policy_forbids(pattern: str, advice: str) -> None:
    found = [name for name, text in _served() if re.search(pattern, text, re.IGNORECASE | re.DOTALL)]
    assert not found, f"{advice} {found}"


@pytest.mark.parametrize(("tag", "plain"), [("a", "href"), ("form", "action")])
def test_every_part_has_an_address_that_works_without_javascript(tag: str, plain: str) -> None:
    """A link repeats its address in `href`, a form in `action`. A control inside a form leans on the form's own address;
    a part that loads itself (`hx-trigger` with load, revealed, every, or an event of another element) has no click to lose."""
    found = [
        f"{name}: {element[:80]}"
        for name, text in _served()
        for element in re.findall(rf"<{tag}\b[^>]*>", text)
        if re.search(r"\bhx-(get|post|put|patch|delete)=", element) and not re.search(rf"\b{plain}=", element)
    ]
    assert not found, f"Repeat the address in {plain}: {found}"


def test_our_own_javascript_stays_within_its_budget() -> None:
    sizes = {path.name: len(gzip.compress(path.read_bytes(), 9, mtime=0)) for path in SCRIPTS}
    assert sum(sizes.values()) <= BUDGET, f"{sum(sizes.values())} bytes of {BUDGET} (docs/decisions/0010): {sizes}"


def test_no_script_evaluates_text_or_leaves_the_installation() -> None:
    patterns = (r"\beval\(", r"new Function\(", r"import\s*\(?\s*[\"']https?:", r"fetch\(\s*[\"'`]https?:")
    found = [path.name for path in SCRIPTS if any(re.search(pattern, path.read_text()) for pattern in patterns)]
    assert not found, f"The policy forbids it: {found}"


def test_no_stylesheet_loads_from_outside() -> None:
    sheets = sorted((HOME / "static").rglob("*.css"))
    found = [
        path.name for path in sheets if re.search(r"url\(\s*[\"']?https?:|@import\s+[\"']https?:", path.read_text())
    ]
    assert not found, f"Serve it from static/: {found}"


def test_whatever_the_rail_leads_to_is_found_by_the_search() -> None:
    rail = (HOME / "templates/components/rail.html").read_text()
    shown = set(re.findall(r'{% place "([^"]+)" "([^"]+)"', rail))
    known = {(place.address, place.name) for place in PLACES}
    assert shown and shown <= known, f"Add it to common/places.py: {sorted(shown - known)}"
    keys = [place.key for place in PLACES if place.key]
    assert len(keys) == len(set(keys)), "Two places have the same letter."


def test_every_page_is_looked_at_in_the_browser() -> None:
    """An address that answers a GET is a page that test_everywhere.py opens, or is said to be none."""
    opened = {
        resolve(re.sub(r"{\w+}", "7", path).partition("?")[0]).view_name for paths in PAGES.values() for path in paths
    }
    there = {
        name for name, callback, arguments in _addresses(get_resolver().url_patterns) if _reads(callback, arguments)
    }
    missing = there - opened - NO_PAGES
    assert not missing, f"Add them to PAGES or NO_PAGES of tests/browser/everywhere.py: {sorted(missing)}"


def _addresses(patterns: list[Any], space: str = "") -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """The named addresses of the apps with their views and sample arguments; what others bring (the admin) is left out."""
    for one in patterns:
        if isinstance(one, URLResolver):
            inner = f"{one.namespace}:" if one.namespace else space
            if one.app_name in {"campaigns", "customers", "segmentation"}:
                yield from _addresses(one.url_patterns, inner)
        elif one.name and space:
            named = {
                key: 7 if kind == "int" else "x" for kind, key in re.findall(r"<(?:(\w+):)?(\w+)>", str(one.pattern))
            }
            yield space + one.name, one.callback, named


def _reads(callback: Any, arguments: dict[str, Any]) -> bool:
    """Whether a view takes a GET from somebody who is not signed in (they are sent to the login), without a database."""
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    try:
        return bool(callback(request, **arguments).status_code != 405)
    except Exception:
        return True
