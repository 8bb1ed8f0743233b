"""One pair of embedded servers for a whole test run."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from config.environment import environment
from config.services.hold import embedded_servers
from config.services.postgres import Postgres
from config.services.server import EmbeddedServer

_started: list[EmbeddedServer] = []
_folder: list[Path] = []


def open_for_run() -> None:
    """Give this process a VAR_DIR of its own and, unless the environment names them, a database and a broker."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker:
        _open()
        return
    own = Path(os.environ["VAR_DIR"]) / worker
    own.mkdir(exist_ok=True)
    os.environ["VAR_DIR"] = str(own)
    if "TIDELINE_TEST_BROKER" in os.environ:
        # Each worker has a numbered database of the broker to itself; 0 is the controller's.
        number = int(worker.removeprefix("gw")) + 1
        os.environ["REDIS_URL"] = os.environ["TIDELINE_TEST_BROKER"].replace("db=0", f"db={number}")


def _open() -> None:
    folder = Path(tempfile.mkdtemp(prefix="tideline-tests-"))
    folder.chmod(0o711)
    _folder.append(folder)
    os.environ["VAR_DIR"] = str(folder)
    # The tests' own settings: what a developer has in their shell must not decide.
    for name in (
        "DEBUG",
        "SECRET_KEY",
        "ALLOWED_HOSTS",
        "BASE_URL",
        "EMAIL_URL",
        "SMS_URL",
        "PUSH_VAPID_KEY",
        "TIME_ZONE",
    ):
        os.environ.pop(name, None)
    atexit.register(close)
    for server in embedded_servers(environment(), durable=False):
        server.start(tied=True)
        _started.append(server)
        server.wait(seconds=120)
        if isinstance(server, Postgres):
            server.make_database()
            os.environ["DATABASE_URL"] = server.places.postgres_url
        else:
            os.environ["REDIS_URL"] = os.environ["TIDELINE_TEST_BROKER"] = server.places.valkey_url


def close() -> None:
    """End the servers this process started, and remove its folder. Safe to repeat."""
    while _started:
        server = _started.pop()
        server.stop()
        if not _started:
            server.places.remove_sockets()
    while _folder:
        shutil.rmtree(_folder.pop(), ignore_errors=True)
