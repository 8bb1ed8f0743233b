"""Who uses the embedded servers, and who ends them: the last one out.

Every process that uses them holds a shared lock on one file for as long as it does. A command starts the servers that do not
run yet; a command that leaves and can lock the file for itself alone was the last, and ends them. `manage.py up` holds the
lock as long as it runs, so that commands beside it never end what it supervises.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from config.environment import Environment, environment
from config.services.places import Places
from config.services.postgres import Postgres
from config.services.server import EmbeddedServer, ServiceError
from config.services.valkey import Valkey

# Commands that touch no server, or care for the servers themselves.
WITHOUT_SERVERS = {
    "", "help", "version", "--version", "--help", "-h", "up", "check_production", "collectstatic", "findstatic", "spectacular",
    "makemessages", "compilemessages", "startapp", "test",
}  # fmt: skip


def embedded_servers(given: Environment, *, durable: bool = True) -> list[EmbeddedServer]:
    """The servers that this environment leaves to us: those without an address of their own."""
    places = Places(given.var_dir)
    servers: list[EmbeddedServer] = []
    if not given.database_url:
        servers.append(Postgres(places, durable=durable))
    if not given.redis_url:
        servers.append(Valkey(places, durable=durable))
    return servers


@contextmanager
def services_for_command(arguments: Sequence[str]) -> Iterator[None]:
    """The servers a management command needs, for as long as it runs."""
    command = arguments[0] if arguments else ""
    servers = [] if command in WITHOUT_SERVERS else embedded_servers(environment())
    if not servers:
        yield
        return
    with in_use(servers):
        for server in servers:
            make_run(server)
        yield


@contextmanager
def in_use(servers: Sequence[EmbeddedServer]) -> Iterator[None]:
    """Hold the shared lock; on leaving, end the servers if nobody else uses them."""
    places = servers[0].places
    with lock_file(users_file(places)) as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        try:
            yield
        finally:
            with one_at_a_time(places):
                if only_user(file):
                    end(servers)
                fcntl.flock(file, fcntl.LOCK_UN)


def end(servers: Sequence[EmbeddedServer]) -> None:
    """End servers that nobody uses any more, and remove what they leave."""
    for server in reversed(servers):
        server.stop()
    servers[0].places.remove_sockets()


def only_user(file: int) -> bool:
    """Whether this process could lock the file for itself alone: nobody else uses the servers."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def users_file(places: Places) -> Path:
    """The file whose lock the users of the servers share."""
    return places.var_dir / "services.users"


@contextmanager
def lock_file(path: Path) -> Iterator[int]:
    """A file opened to be locked. The lock is not inherited: it ends with this process."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield file
    finally:
        os.close(file)


@contextmanager
def one_at_a_time(places: Places) -> Iterator[None]:
    """Only one process starts or ends servers at any moment."""
    with lock_file(places.var_dir / "services.lock") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make_run(server: EmbeddedServer, *, tied: bool = False) -> None:
    """Start a server unless it runs already, and wait until it answers."""
    with one_at_a_time(server.places):
        for last in (False, False, True):
            if server.answers() or _comes_up(server, tied=tied, last=last):
                break
        if isinstance(server, Postgres):
            server.make_database()


def _comes_up(server: EmbeddedServer, *, tied: bool, last: bool) -> bool:
    """One attempt to start a server. Children of a killed PostgreSQL hold its memory a moment longer, so one more is made."""
    if server.process_id() is None:
        server.start(tied=tied)
    try:
        server.wait()
    except ServiceError:
        if last:
            raise
        return False
    return True
