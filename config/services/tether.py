"""A child that ends with its parent, however the parent ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
# Loaded once and before any fork: a child between fork and exec must not load libraries.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(number: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel to send this process a signal once its parent is gone. Only Linux can; elsewhere nothing happens."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)


def tether(number: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """A `preexec_fn` that ties a child to this process.

    The parent may die between the fork and the request; then the signal would never come, so the child looks once more.
    """
    parent = os.getpid()

    def tie() -> None:
        die_with_parent(number)
        if os.getppid() != parent:
            os._exit(1)

    return tie
