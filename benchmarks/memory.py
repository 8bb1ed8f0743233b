"""How much memory each process of a whole installation takes while everything that it does goes on at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx

from benchmarks.outside import BATCH, NAMES, VIEWED, Shop, opened, track
from tests.ground.processes import Installation, processes, wait_until

SEGMENTS = 20
OURS = ("web", "worker", "scheduler")
PAGES = ("/segments/", "/customers/", "/events/", "/engine/", "/segments/viewed/", "/segments/viewed/members/")
NAME, PASSWORD = "bench", "a long tide of numbers"


def memory(*, tries: int) -> dict[str, Any]:
    """The peak of web, each worker and the scheduler in megabytes, each with its children, while batches of events come
    in, customers are evaluated, a segment is rebuilt and pages are read. `tries` is batches of events.

    Pages that processes share are split between them (PSS); where the system does not tell that, they count for each.
    """
    with opened(DJANGO_SUPERUSER_PASSWORD=PASSWORD) as shop:
        shop.publish()
        for number in range(1, SEGMENTS):
            _publish(shop, f"more-{number}", number)
        with _watched(shop.running) as peaks, _read_pages(shop):
            for number in range(tries):
                people = [f"u-{number * BATCH + place}" for place in range(BATCH)]
                shop.send([track(one, NAMES[place % len(NAMES)], price=12.5) for place, one in enumerate(people)])
            for number in range(SEGMENTS):
                _publish(shop, f"again-{number}", SEGMENTS + number)
            wait_until(lambda: _is_quiet(shop, f"again-{SEGMENTS - 1}"), what="the last rebuild")
        ours = {name: round(peak / 1024) for name, peak in sorted(peaks.items()) if name.startswith(OURS)}
    return {"megabytes": ours, "largest": max(ours.values()), "events": tries * BATCH, "segments": 2 * SEGMENTS}


def _publish(shop: Shop, slug: str, days: int) -> None:
    rule: dict[str, Any] = deepcopy(VIEWED)
    rule["include"]["conditions"][0]["window"] = {"last": {"amount": days, "unit": "days"}}
    shop.call("POST", "/api/segments/", {"slug": slug, "name": slug, "rule": rule})
    shop.call("POST", f"/api/segments/{slug}/publish/", {})


def _is_quiet(shop: Shop, slug: str) -> bool:
    """Whether a segment has members: its rebuild, the last of all, is over."""
    return bool(shop.call("GET", f"/api/segments/{slug}/members/")["results"])


@contextmanager
def _watched(running: Installation) -> Iterator[dict[str, int]]:
    """The peaks so far in kilobytes, by process of the installation; looked at several times a second."""
    peaks: dict[str, int] = {}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            for name, size in _sizes(running).items():
                peaks[name] = max(peaks.get(name, 0), size)

    with _beside(watch, over):
        yield peaks


@contextmanager
def _read_pages(shop: Shop) -> Iterator[None]:
    """Somebody who opens one page after the other."""
    shop.running.manage("createsuperuser", "--noinput", "--username", NAME, "--email", "bench@shop.example")
    over = threading.Event()

    def read() -> None:
        with httpx.Client(base_url=shop.running.url, timeout=60, follow_redirects=True) as client:
            client.get("/login/")
            form = {"username": NAME, "password": PASSWORD, "csrfmiddlewaretoken": client.cookies["csrftoken"]}
            client.post("/login/", data=form, headers={"Referer": shop.running.url}).raise_for_status()
            while not over.is_set():
                for page in PAGES:
                    client.get(page).raise_for_status()
                time.sleep(0.1)

    with _beside(read, over):
        yield


@contextmanager
def _beside(work: Any, over: threading.Event) -> Iterator[None]:
    """Run something in a thread until the end of the block; what went wrong in it goes wrong here."""
    failed: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    if failed:
        raise failed[0]


def _sizes(running: Installation) -> dict[str, int]:
    """Kilobytes by the name of the process that `up` started, its children with it."""
    children: dict[int, list[int]] = {}
    for number, parent, _ in processes():
        children.setdefault(parent, []).append(number)
    sizes = {}
    for name, number in running.children().items():
        tree = [number]
        for one in tree:
            tree.extend(children.get(one, ()))
        sizes[name] = sum(_kilobytes(one) for one in tree)
    return sizes


def _kilobytes(process: int) -> int:
    """The memory of one process: its share (PSS) where the system tells it, else all that it has in memory."""
    for file, field in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        try:
            lines = Path(f"/proc/{process}/{file}").read_text().splitlines()
        except OSError:
            continue
        return next((int(line.split()[1]) for line in lines if line.startswith(field)), 0)
    return 0
