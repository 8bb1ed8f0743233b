"""A progress bar for long commands: one line on a terminal, a line every tenth elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from django.core.management.base import OutputWrapper

WIDTH = 24


class Bar:
    """Says how far a piece of work is. Use as a context; `say(share, text)` with a share of 0 to 1."""

    def __init__(self, what: str, out: OutputWrapper) -> None:
        self.what, self.out = what, out
        self.started = time.monotonic()
        self.tenth = -1

    def __enter__(self) -> Self:
        self.say(0, "starting")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.say(1, f"done in {time.monotonic() - self.started:.0f} s")
        if self.out.isatty():
            self.out.write("")

    def say(self, share: float, text: str) -> None:
        """Shows the share done and the text."""
        filled = round(min(share, 1) * WIDTH)
        line = f"{self.what} [{'█' * filled}{'·' * (WIDTH - filled)}] {share:4.0%}  {text}"
        if self.out.isatty():
            self.out.write(f"\r\033[K{line}", ending="")
            self.out.flush()
        elif int(share * 10) > self.tenth or share == 1:
            self.tenth = int(share * 10)
            self.out.write(line)
