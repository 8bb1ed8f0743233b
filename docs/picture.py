"""Takes the pictures of the README and the docs into docs/images/, from the demo shop.

    make pictures                                     starts an installation for it (minutes: it loads the demo shop)
    python docs/picture.py http://localhost:8000      from one that runs

Needs Chromium and Playwright (both are there after `make test`). The pictures are PNG, small enough to be kept.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, expect, sync_playwright

HOME = Path(__file__).resolve().parent.parent
PLACE = HOME / "docs" / "images"
PATIENCE = 120_000
PORT = 8765
# A first start loads the demo shop.
START = 1800.0
SIZE: ViewportSize = {"width": 1280, "height": 800}


def nothing(page: Page) -> None:
    """The page as it comes."""


def counted(page: Page) -> None:
    """The builder with its exact numbers."""
    expect(page.locator("#builder-number")).to_have_text(re.compile(r"\d"), timeout=PATIENCE)
    for filled in ("#builder-funnel dt", "#builder-sample tr"):
        expect(page.locator(filled).first).to_be_visible(timeout=PATIENCE)


def drawn(page: Page) -> None:
    """A chart that Plotly draws."""
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible(timeout=PATIENCE)


def moved(page: Page) -> None:
    """Home with what moved."""
    expect(page.locator("table.list tbody tr").first).to_be_visible(timeout=PATIENCE)


def first_customer(page: Page) -> None:
    """The profile of somebody who is in a segment."""
    page.locator("table.list a.row").first.click()
    expect(page.locator(".timeline .entry").first).to_be_visible(timeout=PATIENCE)


def listed(page: Page) -> None:
    """A list that comes as a part of its own."""
    expect(page.locator("table.list tbody tr").first).to_be_visible(timeout=PATIENCE)


def palette(page: Page) -> None:
    """The palette with a search."""
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Go to").fill("vi")
    expect(page.locator("#palette-answers[value=vi]")).to_have_count(1, timeout=PATIENCE)


@dataclass(frozen=True)
class Picture:
    """One picture: its name, the address, what has to be there before it is taken, and the scheme."""

    name: str
    path: str
    ready: Callable[[Page], None] = nothing
    scheme: str = "light"


PICTURES = (
    Picture("home", "/", moved),
    Picture("builder", "/segments/cart-abandoners/rule/", counted),
    Picture("builder-dark", "/segments/high-value-at-risk/rule/", counted, "dark"),
    Picture("segment", "/segments/high-value-at-risk/", drawn),
    Picture("profile", "/segments/high-value-at-risk/members/", first_customer),
    Picture("customers", "/customers/"),
    Picture("palette", "/segments/", palette, "dark"),
    Picture("governance", "/governance/"),
    Picture("conflicts", "/governance/conflicts/", listed),
    Picture("health", "/governance/health/"),
    Picture("review", "/governance/reviews/vip-retention/", drawn),
    Picture("journey", "/journeys/win-back/"),
    Picture("overlap", "/reports/overlap/"),
)


def take(base: str) -> list[Path]:
    """Every picture, as a marketer sees it."""
    PLACE.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, device_scale_factor=1, reduced_motion="reduce")
        page.goto(f"{base}/login/")
        page.get_by_label("Name").fill("marketer")
        page.get_by_label("Password").fill("tideline")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Hello", timeout=PATIENCE)
        taken = [_take_one(page, base, picture) for picture in PICTURES]
        browser.close()
    return taken


def _take_one(page: Page, base: str, picture: Picture) -> Path:
    page.emulate_media(color_scheme="dark" if picture.scheme == "dark" else "light")
    page.goto(base + picture.path)
    picture.ready(page)
    expect(page.locator(".htmx-request, .htmx-settling")).to_have_count(0, timeout=PATIENCE)
    path = PLACE / f"{picture.name}.png"
    page.screenshot(path=path, animations="disabled")
    return path


@contextmanager
def installation() -> Iterator[str]:
    """An installation of this checkout, started for the pictures and ended with them."""
    base = f"http://localhost:{PORT}"
    process = subprocess.Popen([sys.executable, "manage.py", "up", "--port", str(PORT)], cwd=HOME)
    try:
        deadline = time.monotonic() + START
        while not _ready(base):
            if process.poll() is not None or time.monotonic() > deadline:
                sys.exit("The installation did not start; what it said stands above.")
            time.sleep(2)
        yield base
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()


def _ready(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/readyz", timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def main(arguments: list[str]) -> None:
    """Take the pictures, and say where they are."""
    if arguments:
        taken = take(arguments[0].rstrip("/"))
    else:
        with installation() as base:
            taken = take(base)
    for path in taken:
        print(f"{path.relative_to(HOME)}  {path.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main(sys.argv[1:])
