"""What the two embedded servers have in common: prepared, started, found, asked, stopped."""

from __future__ import annotations

import abc
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from config.services.places import Places


class ServiceError(RuntimeError):
    """An embedded server did not do what was asked; the message says where to look."""


class EmbeddedServer(abc.ABC):
    """One server whose files live in a VAR_DIR."""

    name: str
    # The signal that ends the server in order, at once, whatever clients are still connected.
    ends_with: signal.Signals

    def __init__(self, places: Places, *, durable: bool = True) -> None:
        self.places = places
        self.durable = durable
        self.process: subprocess.Popen[bytes] | None = None

    @property
    @abc.abstractmethod
    def log(self) -> Path:
        """Where the server writes what it has to say."""

    @abc.abstractmethod
    def prepare(self) -> None:
        """Make what the server needs before its first start. Repeating it changes nothing."""

    def start(self, *, tied: bool) -> subprocess.Popen[bytes]:
        """Start the server's process; `tied` ends it with this process, however that ends."""
        self.prepare()
        if self.process is not None:
            self.process.poll()
        self.process = self.launch(tied=tied)
        return self.process

    @abc.abstractmethod
    def launch(self, *, tied: bool) -> subprocess.Popen[bytes]:
        """Make the process."""

    @abc.abstractmethod
    def answers(self) -> bool:
        """Whether the server takes requests."""

    @abc.abstractmethod
    def process_id(self) -> int | None:
        """The server's process, if one runs on these files, whoever started it."""

    def wait(self, *, seconds: float = 60) -> None:
        """Wait until the server answers. Raises ServiceError with the end of its log."""
        if not _until(self.answers, seconds, gone=lambda: self.process is not None and self.process.poll() is not None):
            raise ServiceError(f"{self.name} did not start. The end of {self.log}:\n{self.last_words()}")

    def stop(self, *, seconds: float = 20) -> None:
        """End the server, if it runs; by force when it does not end in time."""
        number = self.process_id()
        if number is not None:
            _send(number, self.ends_with)
            if not _until(lambda: not _lives(number), seconds):
                _send(number, signal.SIGKILL)
                _until(lambda: not _lives(number), 5)
        if self.process is not None:
            self.process.poll()

    def last_words(self, lines: int = 15) -> str:
        """The end of the server's log."""
        if not self.log.exists():
            return "(it wrote nothing)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def _until(holds: Callable[[], bool], seconds: float, *, gone: Callable[[], bool] = lambda: False) -> bool:
    """Wait for a condition; False when the time is over or there is nothing left to wait for."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline or gone():
            return False
        time.sleep(0.02)
    return True


def _send(number: int, what: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(number, what)


def runs_as(number: int, program: str) -> bool:
    """Whether a process runs, and is the program it should be: numbers are used again, and files outlive processes."""
    try:
        name = Path(f"/proc/{number}/comm").read_text().strip()
    except OSError:
        return False
    return name.startswith(program) and _lives(number)


def _lives(number: int) -> bool:
    """Whether a process runs; one that ended and waits for its parent (a zombie) does not."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(number, os.WNOHANG)
    try:
        state = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return not Path("/proc/self").exists() and _answers_signal(number)
    return state not in {"Z", "X"}


def _answers_signal(number: int) -> bool:
    """The portable question, for systems without /proc."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True
