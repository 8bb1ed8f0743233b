"""A whole installation in a folder of its own, for tests that kill parts of it and for benchmarks that measure it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

HOME = Path(__file__).resolve().parent.parent.parent
# Far more than any step needs, even on a machine that does ten other things.
PATIENCE = 180.0
OWN_VARIABLES = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "DEBUG",
    "ALLOWED_HOSTS",
    "BASE_URL",
    "EMAIL_URL",
    "SMS_URL",
)


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_until(holds: Callable[[], object], *, seconds: float = PATIENCE, what: str = "the condition") -> None:
    """Ask again until it holds. Raises TimeoutError with what was waited for."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not hold within {seconds:.0f} s")
        time.sleep(0.05)


@contextmanager
def open_folder(name: str) -> Iterator[Path]:
    """A folder that every user may pass through, gone afterwards. Not one of pytest's: another run closes those to other
    users, and the embedded PostgreSQL runs as a user of its own."""
    made = Path(tempfile.mkdtemp(prefix=f"{name} "))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


class Installation:
    """`manage.py up --no-demo` with embedded servers of its own, on a free port.

    Use it as a context manager; `variables` are added to its environment. `folder` keeps the data when given, otherwise it
    is a temporary one that is removed at the end.
    """

    def __init__(self, *, folder: Path | None = None, variables: Mapping[str, str] | None = None) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="tideline-installation-"))
        self.folder.chmod(0o711)
        self._temporary = folder is None
        self.port = free_port()
        kept = {key: value for key, value in os.environ.items() if key not in OWN_VARIABLES}
        self.environment = kept | {"VAR_DIR": str(self.folder / "var")} | dict(variables or {})
        self.said = self.folder / "up.log"
        self._said_before = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of its web server."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Start it and wait until it is ready for work. A port taken meanwhile by somebody else is left to them."""
        for _ in range(3):
            self.process = self._launch()
            wait_until(lambda: self.is_ready() or self._ended(), what=f"{self.url}/readyz\n{self.words()}")
            if self.process.poll() is None:
                return self
            if "cannot be used" not in self.words()[self._said_before :]:
                break
            self.port = free_port()
        raise RuntimeError(f"the installation did not start:\n{self.words()}")

    def _launch(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "manage.py", "up", "--no-demo", "--port", str(self.port)]
        self._said_before = len(self.words())
        with self.said.open("ab") as log:
            return subprocess.Popen(
                command, cwd=HOME, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def _ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def is_ready(self) -> bool:
        """Whether every part is well and the last child has been started."""
        said = self.words()[self._said_before :]
        return "Ctrl-C stops everything" in said and self.answers("/readyz")

    def answers(self, path: str) -> bool:
        """Whether an address answers 200."""
        try:
            return httpx.get(self.url + path, timeout=10).status_code == 200
        except httpx.HTTPError:
            return False

    def words(self) -> str:
        """What `up` said so far."""
        return self.said.read_text(errors="replace") if self.said.exists() else ""

    def manage(self, *arguments: str, given: str | None = None) -> str:
        """Run a management command beside it; what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(
            command, cwd=HOME, env=self.environment, input=given, capture_output=True, text=True, timeout=PATIENCE
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def children(self) -> dict[str, int]:
        """The processes of its tree, by the names `up` gives them."""
        assert self.process is not None
        found = {}
        for number, parent, command in processes():
            if parent == self.process.pid:
                found[_name(command)] = number
        return found

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to one process of the tree (`web`, `worker-live`, `scheduler`, `PostgreSQL` …); its id."""
        wait_until(lambda: name in self.children(), what=f"a process named {name}")
        target = self.children()[name]
        os.kill(target, number)
        return target

    def tree(self) -> set[int]:
        """Every process below `up`, however deep."""
        assert self.process is not None
        parents = {number: parent for number, parent, _ in processes()}
        found, new = set(), {self.process.pid}
        while new:
            new = {number for number, parent in parents.items() if parent in new}
            found |= new
        return found

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to stop, and wait until it has."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(PATIENCE)

    def close(self) -> None:
        """Stop it and remove its folder."""
        self.stop()
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            return self.start()
        except BaseException:
            self.close()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def processes() -> Iterator[tuple[int, int, Sequence[str]]]:
    """Every process that runs: its id, its parent's, its command."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            state, parent = (folder / "stat").read_text().rsplit(")", 1)[1].split()[:2]
            command = (folder / "cmdline").read_bytes().decode(errors="replace").rstrip("\0").split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state not in {"Z", "X"}:
            yield int(folder.name), int(parent), command


def runs(number: int) -> bool:
    """Whether a process still runs."""
    return any(number == found for found, _, _ in processes())


def _name(command: Sequence[str]) -> str:
    """The name of a child of `up`, from its command."""
    text = " ".join(command)
    if "worker" in command:
        return f"worker-{command[command.index('-n') + 1].split('@')[0]}"
    marks = {
        "granian": "web",
        " beat ": "scheduler",
        "live_shop": "live-shop",
        "valkey-server": "Valkey",
        "postgres": "PostgreSQL",
    }
    return next((name for mark, name in marks.items() if mark in text), text)
