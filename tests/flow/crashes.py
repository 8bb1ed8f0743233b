"""A worker that dies between two statements: whatever its open transaction did is rolled back, and it does no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection

# How a transaction itself begins and ends: there is no place between these and the work.
FRAMES = ("SAVEPOINT", "RELEASE", "ROLLBACK", "SELECT PG_ADVISORY_UNLOCK")


class Killed(BaseException):
    """Nothing in the program catches it, as nothing catches a SIGKILL."""


class _Killer:
    def __init__(self, before: int) -> None:
        self._left: int | None = before

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if self._left is not None and not str(sql).upper().startswith(FRAMES):
            if self._left == 0:
                self._left = None
                raise Killed
            self._left -= 1
        return execute(sql, params, many, context)


def survives(do: Callable[[], object], *, killed_before: int | None) -> bool:
    """Do something, and die before the so-and-so-many-th of its statements (None: do not); whether it came to its end."""
    if killed_before is None:
        do()
        return True
    try:
        with connection.execute_wrapper(_Killer(killed_before)):
            do()
    except Killed:
        return False
    return True
