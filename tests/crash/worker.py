"""A worker process that stops dead at a named place, for a test to kill: `python -m tests.crash.worker DO AT NTH`.

`DO` is what it does, `AT` the function (`module:name`) before whose NTH call it says `here` and waits to be killed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django


def stop_before(place: str, nth: int) -> None:
    """Put something in the place of a function that lets no caller past."""
    module_name, name = place.split(":")
    module = import_module(module_name)
    real: Callable[..., Any] = getattr(module, name)
    calls = 0

    def stopping(*args: Any, **keywords: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth:
            print("here", flush=True)
            time.sleep(600)
        return real(*args, **keywords)

    setattr(module, name, stopping)


def work(what: str) -> None:
    from tests.stages.shop import NOON

    if what == "evaluate":
        from segmentation.evaluate import evaluate

        evaluate(now=NOON)
    elif what == "sweep":
        from segmentation.sweep import sweep
        from tests.stages.shop import DAY

        sweep(now=NOON + 3 * DAY)
    elif what == "advance":
        from campaigns.advance import advance

        # Until the log can be read to its end: a transaction that is just ending hides it for a moment.
        while not advance(now=NOON).read:
            time.sleep(0.05)
    elif what == "send":
        from campaigns.send import send

        send(now=NOON)
    else:
        from segmentation import rebuild
        from segmentation.work import work as do_jobs

        rebuild.CHUNK = 2
        do_jobs(now=NOON)


if __name__ == "__main__":
    django.setup()
    stop_before(sys.argv[2], int(sys.argv[3]))
    work(sys.argv[1])
