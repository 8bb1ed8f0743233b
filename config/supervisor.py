"""A tree of processes kept alive: whoever dies is started again, later each time, and nobody outlives the tree.

Each child leads a session of its own, so Ctrl-C in the terminal reaches the supervisor alone and it decides the order; and
each is tied to the supervisor by the kernel, so that even SIGKILL leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.services.tether import tether

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
# A child that lived this long was well: its next death starts the pauses anew.
WELL_AFTER = 60.0
LARGEST_LOG = 20 * 1024 * 1024

Say = Callable[[str], None]


class StoppedError(Exception):
    """Somebody asked the supervisor to stop while it was still starting."""


@dataclass
class Child:
    """One process of the tree: how to start it, and how to end it."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    ends_with: signal.Signals = signal.SIGTERM
    # Others need it, so it ends after them.
    serves: bool = False
    process: subprocess.Popen[bytes] | None = None
    pause: float = FIRST_PAUSE
    started_at: float = 0.0
    start_at: float = 0.0

    def launch(self) -> None:
        """Start the process now."""
        self.process = self.start()
        self.started_at = time.monotonic()

    def died(self) -> int | None:
        """The exit status of a process that ended by itself, once."""
        status = self.process.poll() if self.process else None
        if status is not None:
            self.end_group()
            self.process = None
        return status

    def ask_to_end(self) -> None:
        """Send the signal that ends the process in order."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(self.ends_with)

    def end_group(self) -> None:
        """End by force whatever is left of the child's session."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


def program(name: str, command: Sequence[str], *, log: Path, environment: Mapping[str, str], cwd: Path) -> Child:
    """A child that runs a command and writes to a log file of its own."""

    def start() -> subprocess.Popen[bytes]:
        log.parent.mkdir(parents=True, exist_ok=True)
        grown = log.exists() and log.stat().st_size > LARGEST_LOG
        with log.open("wb" if grown else "ab") as file:
            return subprocess.Popen(
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=cwd,
                env=dict(environment),
                start_new_session=True,
                preexec_fn=tether(),  # noqa: PLW1509  (the supervisor has no threads)
            )

    return Child(name, start)


class Supervisor:
    """Starts children in order, starts the dead again, and ends all in the opposite order."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.children: list[Child] = []
        self.asked_to_stop = False

    def listen(self) -> None:
        """Take Ctrl-C and SIGTERM (and a closed terminal) as the wish to stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: setattr(self, "asked_to_stop", True))

    def add(self, child: Child) -> None:
        """Start a child and look after it from now on."""
        child.launch()
        self.children.append(child)

    def wait_for(self, holds: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Keep the tree alive until a condition holds. Raises TimeoutError, or StoppedError when asked to stop."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} did not come up within {seconds:.0f} s")
            self.turn()

    def run(self) -> None:
        """Look after the children until asked to stop."""
        with contextlib.suppress(StoppedError):
            while True:
                self.turn()

    def turn(self, pause: float = 0.1) -> None:
        """One look at every child. Raises StoppedError when asked to stop."""
        if self.asked_to_stop:
            raise StoppedError
        now = time.monotonic()
        for child in self.children:
            if child.process is None and now >= child.start_at:
                self._start_again(child)
            elif (status := child.died()) is not None:
                self._plan_restart(child, status, now)
        time.sleep(pause)

    def _plan_restart(self, child: Child, status: int, now: float) -> None:
        if now - child.started_at > WELL_AFTER:
            child.pause = FIRST_PAUSE
        child.start_at = now + child.pause
        self.say(f"{child.name} {_how(status)}; it starts again in {child.pause:g} s")
        child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def _start_again(self, child: Child) -> None:
        try:
            child.launch()
        except OSError as error:
            self.say(f"{child.name} could not be started: {error}")
            child.start_at = time.monotonic() + child.pause
            child.pause = min(child.pause * 2, LONGEST_PAUSE)

    def run_once(self, command: Sequence[str], *, environment: Mapping[str, str], cwd: Path) -> int:
        """Run a command to its end in this terminal, looking after the children meanwhile; its exit status."""
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            env=dict(environment),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=tether(),  # noqa: PLW1509  (the supervisor has no threads)
        )
        try:
            while process.poll() is None:
                self.turn()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        return process.returncode

    def stop(self, *, seconds: float = 9.0) -> None:
        """End everything within the time: programs first, the servers they need after them."""
        deadline = time.monotonic() + seconds
        _end([child for child in self.children if not child.serves], until=deadline - seconds / 3)
        _end([child for child in self.children if child.serves], until=deadline)


def _end(children: Sequence[Child], *, until: float) -> None:
    """Ask, wait, and end by force what did not listen."""
    for child in reversed(children):
        child.ask_to_end()
    for child in children:
        if child.process is None:
            continue
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.process.wait(max(until - time.monotonic(), 0.1))
        child.end_group()
        child.process.wait()


def _how(status: int) -> str:
    """How a process ended, in words."""
    if status >= 0:
        return f"ended with status {status}"
    with contextlib.suppress(ValueError):
        return f"was ended by {signal.Signals(-status).name}"
    return f"was ended by signal {-status}"
