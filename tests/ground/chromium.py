"""A real Chromium for the tests under tests/browser and tests/flow: `visit` opens a page as somebody, and whatever the page did wrong fails the test.

    def test_the_list_shows_everyone(visit: Visit) -> None:
        page = visit("/customers/", as_="analyst")
        expect(page.get_by_role("heading", name="Customers")).to_be_visible()

A test gets contexts of its own. At its end they are closed, the server is waited for, and only then is the database
emptied. Console errors, script errors and requests to anywhere but the server fail it; a test that provokes one on
purpose takes it out of `troubles`.

Without a Chromium the tests are skipped, and say so; with REQUIRE_BROWSER=1 (as in CI) its absence is a failure.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.ground.server import Server

# A page answers within a second; a busy machine may take a minute, and no test waits longer than it has to.
PATIENCE = 60_000
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Every rule of WCAG 2.2 A and AA that can be checked by a program.
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

GIVEN_UP = ("htmx:sendAbort", "htmx:sendError", "htmx:afterRequest")

expect.set_options(timeout=PATIENCE)


def find() -> str | None:
    """The path of a Chromium: the system's, or the one Playwright installed."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    downloads = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache/ms-playwright"))
    return next((str(path) for path in sorted(downloads.glob("chromium-*/chrome-linux*/chrome"))), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for the tests of a module.

    Playwright keeps an event loop running in this thread as long as it lives: Django would refuse to query beside it, and
    keeps connections of its own for it. Both end here with it, so that no other test notices.
    """
    path = find()
    if path is None:
        message = "no Chromium was found: install the package chromium, or run `playwright install chromium`"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(f"REQUIRE_BROWSER=1, and {message}", pytrace=False)
        pytest.skip(message)
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        # Root may not use the sandbox, and /dev/shm is small in a container.
        options = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        launched = playwright.chromium.launch(executable_path=path, args=options, timeout=2 * PATIENCE)
        yield launched
        launched.close()
        connections.close_all()


@pytest.fixture(scope="module")
def server(django_db_setup: None, django_db_blocker: Any) -> Iterator[Server]:
    """One server for the tests of a module."""
    with django_db_blocker.unblock():
        started = Server()
        yield started
        started.stop()


@pytest.fixture
def troubles() -> list[str]:
    """What went wrong in the browser so far."""
    return []


class Visit:
    """Opens pages: one window for each person, scheme and width, kept for the rest of the test."""

    def __init__(self, browser: Browser, server: Server, troubles: list[str]) -> None:
        self._browser, self._troubles = browser, troubles
        self.server = server
        self._windows: dict[tuple[str, str, int, bool], Page] = {}

    def __call__(
        self, path: str, *, as_: str = "marketer", scheme: str = "light", width: int = 1440, scripts: bool = True
    ) -> Page:
        """Open a page as somebody with this role (an empty name: not signed in) and wait until it has loaded; without
        `scripts` as a browser does that runs none."""
        key = (as_, scheme, width, scripts)
        page = self._windows.get(key) or self._open(*key)
        self._windows[key] = page
        page.goto(self.server.address + path)
        return page

    def _open(self, as_: str, scheme: Any, width: int, scripts: bool) -> Page:
        context = self._browser.new_context(
            java_script_enabled=scripts,
            base_url=self.server.address,
            color_scheme=scheme,
            reduced_motion="reduce",
            locale="en-GB",
            timezone_id="Europe/Berlin",
            viewport={"width": width, "height": 900},
        )
        context.set_default_timeout(PATIENCE)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        self._refuse_others(context)
        if as_:
            context.add_cookies(
                [{"name": settings.SESSION_COOKIE_NAME, "value": session(as_), "url": self.server.address}]
            )
        page = context.new_page()
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self._troubles.append(f"script error: {error}"))
        return page

    def _listen(self, message: ConsoleMessage) -> None:
        """Note an error. Giving up a request for a newer one, or by leaving the page, is none, though htmx calls it so."""
        if message.type == "error" and not message.text.startswith(GIVEN_UP):
            self._troubles.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _refuse_others(self, context: BrowserContext) -> None:
        """Refuse and note every request that would leave the installation."""
        outside = re.compile(rf"^(?!{re.escape(self.server.address)}/|data:|blob:|about:)")

        def refuse(route: Any) -> None:
            self._troubles.append(f"request outside: {route.request.url}")
            route.abort()

        context.route(outside, refuse)

    def close(self) -> None:
        """Close every window and wait until the server has answered what they asked for."""
        for page in self._windows.values():
            page.context.close()
        self.server.wait_until_idle()


@pytest.fixture
def visit(browser: Browser, server: Server, transactional_db: None, troubles: list[str]) -> Iterator[Visit]:
    """Open pages in a real browser; see Visit."""
    visitor = Visit(browser, server, troubles)
    try:
        yield visitor
    finally:
        visitor.close()
    assert not troubles, "The page went wrong:\n" + "\n".join(troubles)


def account(role: str) -> User:
    """The account with the name of a role (marketer, approver, analyst, admin), made when it is first needed."""
    user, made = User.objects.get_or_create(username=role)
    if made:
        user.set_password("tideline")
        user.save()
        user.groups.add(Group.objects.get_or_create(name=role)[0])
    return user


def session(role: str) -> str:
    """The value of a session cookie of somebody with a role."""
    client = Client()
    client.force_login(account(role))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Check a page as it stands with axe: `accessible(page)` fails naming each element and what is wrong with it."""

    def check(page: Page) -> None:
        stop_renewing(page)
        words = faults(page)
        assert not words, "\n\n".join(words)

    return check


def faults(page: Page, *, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds on a page as it stands, every rule of LEVELS or these; each with the page and its element."""
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": LEVELS}
    options = {"runOnly": only, "resultTypes": ["violations"]}
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("async (options) => (await axe.run(document, options)).violations", options)
    return [
        f"{page.url} {one['id']} ({one['impact']}): {node['html']} {node['failureSummary']}"
        for one in found
        for node in one["nodes"]
    ]


def settle(page: Page) -> None:
    """Wait until no part of the page is being loaded."""
    page.wait_for_load_state("load")
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)


def stop_renewing(page: Page) -> None:
    """Keep the live parts of a page as they are, so that nothing is exchanged under whoever looks at it."""
    for _ in range(2):
        page.evaluate("for (const part of document.querySelectorAll('[data-live]')) part.dataset.live = 'paused'")
        settle(page)
