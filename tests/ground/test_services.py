"""The embedded servers: started once, shared, ended by the last one out."""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from config.environment import Environment
from config.services.hold import embedded_servers, in_use, make_run
from config.services.postgres import Postgres
from config.services.server import EmbeddedServer
from config.services.tuning import MEGABYTE, parameters
from config.services.valkey import Valkey
from tests.ground.processes import HOME, PATIENCE, open_folder, runs, wait_until


@pytest.fixture
def servers() -> Iterator[list[EmbeddedServer]]:
    """A pair of servers of their own that do not run yet, in a folder with spaces."""
    with open_folder("a pair") as folder:
        pair = embedded_servers(Environment({"VAR_DIR": str(folder / "v a r")}), durable=False)
        yield pair
        for server in reversed(pair):
            server.stop()


def test_an_address_of_your_own_leaves_nothing_to_embed() -> None:
    given = {"DATABASE_URL": "postgres://u@h/d", "REDIS_URL": "redis://h/0"}
    assert embedded_servers(Environment(given)) == []
    assert [type(server) for server in embedded_servers(Environment({}))] == [Postgres, Valkey]


def test_the_last_one_out_ends_the_servers(servers: list[EmbeddedServer]) -> None:
    with in_use(servers):
        for server in servers:
            make_run(server)
        first = [server.process_id() for server in servers]
        with in_use(servers):
            for server in servers:
                make_run(server)
            assert [server.process_id() for server in servers] == first
        assert all(server.answers() for server in servers)
    assert [server.process_id() for server in servers] == [None, None]
    assert not any(runs(number) for number in first if number)
    assert not servers[0].places.sockets.exists()


def test_the_database_lower_cases_by_unicode_and_keeps_its_data(servers: list[EmbeddedServer]) -> None:
    postgres = servers[0]
    for value in (None, "kept"):
        with in_use([postgres]):
            make_run(postgres)
            with psycopg.connect(
                host=str(postgres.places.postgres_sockets), user="postgres", dbname="tideline"
            ) as found:
                row = found.execute("SELECT lower('ŻÓŁTY' COLLATE pg_unicode_fast), current_setting('jit')").fetchone()
                assert row == ("żółty", "off")
                found.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
                stored = found.execute("SELECT max(word) FROM kept").fetchone()
                assert stored == (value,)
                found.execute("INSERT INTO kept VALUES ('kept')")


def test_a_killed_server_is_started_again_by_the_next_command(servers: list[EmbeddedServer]) -> None:
    with in_use(servers):
        for server in servers:
            make_run(server)
            killed = server.process_id()
            assert killed
            os.kill(killed, 9)
            wait_until(lambda gone=killed: not _lives(gone), what="the end of the server")
            make_run(server)
            assert server.answers()
            assert server.process_id() != killed


@pytest.fixture
def folder() -> Iterator[Path]:
    with open_folder("plain user") as made:
        yield made


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_plain_user_runs_them_too(folder: Path) -> None:
    someone = pwd.getpwnam("nobody")
    os.chown(folder, someone.pw_uid, someone.pw_gid)
    if not _can_reach(someone, [Path(sys.executable).resolve(), HOME / "manage.py"]):
        pytest.skip("this machine keeps other users away from Python or from the project")
    environment = {"PATH": os.environ["PATH"], "VAR_DIR": str(folder / "var"), "HOME": str(folder)}
    command = [
        sys.executable,
        "-B",
        "manage.py",
        "shell",
        "-c",
        "from django.db import connection as c; c.ensure_connection(); print('connected')",
    ]
    done = subprocess.run(
        command, cwd=HOME, env=environment, capture_output=True, text=True, timeout=PATIENCE,
        user=someone.pw_uid, group=someone.pw_gid, extra_groups=[],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "connected" in done.stdout
    assert (folder / "var/postgres").stat().st_uid == someone.pw_uid
    assert not embedded_servers(Environment({"VAR_DIR": str(folder / "var")}))[0].process_id()


def test_every_parameter_has_one_value_and_a_reason() -> None:
    small = parameters(memory=512 * MEGABYTE, cores=1, shared_memory=64 * MEGABYTE)
    large = parameters(memory=256 * 1024 * MEGABYTE, cores=64, shared_memory=1024 * MEGABYTE)
    for chosen in (small, large):
        assert len({row.name for row in chosen}) == len(chosen)
        assert all(row.reason for row in chosen)
    assert {row.name: row.value for row in small}["shared_buffers"] == "128MB"
    assert {row.name: row.value for row in large}["shared_buffers"] == "2048MB"
    assert "dynamic_shared_memory_type" in {row.name for row in small}
    assert "dynamic_shared_memory_type" not in {row.name for row in large}


def _lives(number: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(number, os.WNOHANG)
    return runs(number)


def _can_reach(someone: pwd.struct_passwd, paths: list[Path]) -> bool:
    """Whether a user may pass through every folder above some files and read them."""
    check = ["test", "-r", str(paths[0]), "-a", "-r", str(paths[1])]
    done = subprocess.run(check, user=someone.pw_uid, group=someone.pw_gid, extra_groups=[], check=False)
    return done.returncode == 0
