"""`manage.py up`: a whole installation as one tree of processes, from the embedded servers to the demo's trickle."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from config import schedules
from config.celery import QUEUES
from config.demo import switch
from config.environment import HOME, environment
from config.services.hold import embedded_servers, end, lock_file, only_user, users_file
from config.services.places import Places
from config.services.postgres import Postgres
from config.services.server import EmbeddedServer
from config.supervisor import Child, StoppedError, Supervisor, program
from customers.models import Customer

# Any number, the same for everyone who migrates this database.
MIGRATION_LOCK = 7_203_318
LOGINS = ("marketer", "approver", "analyst", "admin")


@dataclass(frozen=True)
class Wishes:
    """What the command line asks for."""

    host: str
    port: int
    demo: bool
    live: bool

    @property
    def address(self) -> str:
        """Where a browser on this machine finds the app."""
        host = "localhost" if self.host in {"127.0.0.1", "0.0.0.0"} else self.host
        return f"http://{host}:{self.port}"


class Installation:
    """The processes of one VAR_DIR."""

    def __init__(self, wishes: Wishes, say: Callable[[str], None]) -> None:
        self.wishes = wishes
        self.say = say
        self.given = environment()
        self.supervisor = Supervisor(say)
        self.child_environment = {"BASE_URL": wishes.address, **os.environ, "PYTHONUNBUFFERED": "1"}

    def run(self) -> None:
        """Start everything, look after it until asked to stop, end everything."""
        refuse_taken_port(self.wishes.host, self.wishes.port)
        started = time.monotonic()
        with self._alone(), self._servers_for_us() as servers:
            self.supervisor.listen()
            try:
                self._start(servers, started)
                self.supervisor.run()
            except StoppedError:
                pass
            except TimeoutError as error:
                raise CommandError(f"{error}. Its log is in {self.given.var_dir / 'log'}.") from error
            finally:
                self.say("Stopping …")
                self.supervisor.stop()
                self.say("Stopped. Nothing is left behind; the data stays.")

    def _start(self, servers: list[EmbeddedServer], started: float) -> None:
        for server in servers:
            self._start_server(server)
        self._forget_half_a_demo(servers)
        migrate(self.say)
        if self.wishes.demo and not switch.is_loaded():
            self._load_demo()
        schedules.install()
        connections.close_all()
        self.supervisor.add(self._web())
        self.supervisor.wait_for(self._web_answers, seconds=120, what="The web server")
        for child in self._others():
            self.supervisor.add(child)
        self._welcome(time.monotonic() - started)

    def _start_server(self, server: EmbeddedServer) -> None:
        def start() -> subprocess.Popen[bytes]:
            return server.start(tied=True)

        self.supervisor.add(Child(server.name, start, server.ends_with, serves=True))
        self.supervisor.wait_for(server.answers, seconds=120, what=server.name)
        if isinstance(server, Postgres):
            server.make_database()

    @property
    def _loading(self) -> Path:
        """The mark of a load that has begun and not ended."""
        return self.given.var_dir / "demo-loading"

    def _forget_half_a_demo(self, servers: list[EmbeddedServer]) -> None:
        """A load that was interrupted left half a shop: begin with an empty database, if it is one of ours."""
        if not self._loading.exists():
            return
        ours = [server for server in servers if isinstance(server, Postgres)]
        if not ours:
            raise CommandError(
                "Loading the demo was interrupted. Empty the database DATABASE_URL names, remove "
                f"{self._loading}, and start again."
            )
        self.say("Loading the demo was interrupted; it starts anew.")
        connections.close_all()
        ours[0].empty_database()
        switch.forget()
        self._loading.unlink()

    def _load_demo(self) -> None:
        if Customer.objects.exists():
            self.say("This installation has customers of its own, so the demo shop is left out.")
            return
        self.say("Loading the demo shop (once; a minute or two) …")
        self._loading.touch()
        command = [sys.executable, "manage.py", "load_demo"]
        status = self.supervisor.run_once(command, environment=self.child_environment, cwd=HOME)
        if status:
            raise CommandError(f"The demo could not be loaded (status {status}). `up --no-demo` starts without it.")
        self._loading.unlink()

    def _program(self, name: str, *command: str) -> Child:
        log = self.given.var_dir / "log" / f"{name}.log"
        return program(name, [sys.executable, *command], log=log, environment=self.child_environment, cwd=HOME)

    def _web(self) -> Child:
        """Several processes with a few threads each: one slow page must not hold up the tracking API."""
        processes = min(max(os.cpu_count() or 2, 2), 4)
        return self._program(
            "web", "-m", "granian", "config.web:application", "--interface", "wsgi", "--no-ws",
            "--host", self.wishes.host, "--port", str(self.wishes.port),
            "--workers", str(processes), "--blocking-threads", "6", "--backlog", "1024",
            "--respawn-failed-workers", "--workers-kill-timeout", "4", "--log-level", "warning",
        )  # fmt: skip

    def _web_answers(self) -> bool:
        host = "127.0.0.1" if self.wishes.host == "0.0.0.0" else self.wishes.host
        request = urllib.request.Request(f"http://{host}:{self.wishes.port}/healthz", headers={"Host": "localhost"})
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _others(self) -> Iterator[Child]:
        """The workers, one process a queue and a second for live events where there are cores; the scheduler; the demo."""
        celery = ("-m", "celery", "-A", "config.celery")
        quiet = ("--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "warning")
        second = ["live"] if (os.cpu_count() or 1) >= 4 else []
        for number, queue in enumerate([*QUEUES, *second]):
            name = queue if number < len(QUEUES) else f"{queue}-2"
            # One task at a time in the supervised process itself: no pool of children that could be left behind.
            yield self._program(
                f"worker-{name}", *celery, "worker", "-Q", queue, "-n", f"{name}@tideline", "--pool", "solo", *quiet
            )
        yield self._program("scheduler", *celery, "beat", "--pidfile", "", "--loglevel", "warning")
        if self.wishes.demo and self.wishes.live and switch.is_loaded():
            yield self._program("live-shop", "manage.py", "live_shop", "--url", f"http://127.0.0.1:{self.wishes.port}")

    def _welcome(self, seconds: float) -> None:
        self.say(
            f"\nTideline runs at {self.wishes.address} (up in {seconds:.1f} s; logs in {self.given.var_dir / 'log'})"
        )
        if switch.is_loaded():
            self.say(f"Log in as {', '.join(LOGINS[:-1])} or {LOGINS[-1]}; the password is: tideline")
        else:
            self.say("Make the first login with: python manage.py createsuperuser")
        self.say("Ctrl-C stops everything.")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Only one `up` a VAR_DIR."""
        with lock_file(self.given.var_dir / "up.lock") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CommandError(
                    f"Tideline already runs from {self.given.var_dir}. Stop it first, or set VAR_DIR to another folder."
                ) from None
            yield

    @contextmanager
    def _servers_for_us(self) -> Iterator[list[EmbeddedServer]]:
        """The embedded servers, none of them running: what a killed `up` or command left behind is ended first."""
        servers = embedded_servers(self.given)
        if not servers:
            yield []
            return
        with lock_file(users_file(Places(self.given.var_dir))) as file:
            deadline, said = time.monotonic() + 60, False
            while not only_user(file):
                if not said:
                    self.say("Waiting for another command that uses the embedded servers …")
                if time.monotonic() > deadline:
                    raise CommandError("Another command still uses the embedded servers: let it end, and try again.")
                said = True
                time.sleep(0.2)
            end(servers)
            fcntl.flock(file, fcntl.LOCK_SH)
            try:
                yield servers
            finally:
                if only_user(file):
                    end(servers)


def refuse_taken_port(host: str, port: int) -> None:
    """Raise CommandError when somebody else listens there, before anything is started."""
    with socket.socket() as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}). Stop the program that has it, or choose another one: "
                f"python manage.py up --port {port + 1}"
            ) from error


def migrate(say: Callable[[str], None]) -> None:
    """Bring the tables up to date; two that start at once take turns."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                say("Preparing the database …")
                call_command("migrate", interactive=False, verbosity=0)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
