"""`manage.py up`: everything runs, the dead come back, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from config.services.places import Places
from tests.ground.processes import HOME, PATIENCE, Installation, free_port, open_folder, runs, wait_until

pytestmark = pytest.mark.installation


PARTS = {"PostgreSQL", "Valkey", "web", "worker-live", "worker-journeys", "worker-batch", "scheduler"}
KEEP = "from django.contrib.auth.models import Group; Group.objects.create(name='kept')"
COUNT = "from django.contrib.auth.models import Group; print(Group.objects.filter(name='kept').count())"


def test_the_dead_come_back_and_nothing_outlives_it() -> None:
    """One story, since a whole installation is slow to start: in a folder with spaces and a name too long for a socket."""
    name = "a folder with spaces and a name too long for a socket " + "x" * 40
    with open_folder(name) as folder, Installation(folder=folder) as running:
        assert set(running.children()) == PARTS
        _a_killed_process_is_started_again(running)
        _a_command_beside_it_leaves_the_servers_running(running)
        _a_second_one_in_the_same_folder_is_refused(running)
        _nothing_is_left_behind(running, signal.SIGKILL)
        running.start()
        assert running.manage("shell", "-c", COUNT).split()[-1] == "1"
        _nothing_is_left_behind(running, signal.SIGINT)
        assert "Stopped." in running.words()
        assert not Places(folder / "var").sockets.exists()


def _a_killed_process_is_started_again(running: Installation) -> None:
    for name in ("web", "worker-live", "scheduler", "Valkey", "PostgreSQL"):
        killed = running.kill(name)
        wait_until(lambda n=name, k=killed: running.children().get(n, k) != k, what=f"a new {name}")
        wait_until(lambda n=name: f"{n} was ended by SIGKILL" in running.words(), what="word of it")
    wait_until(lambda: running.answers("/readyz"), what="readiness after the restarts")
    restarted = time.monotonic()
    wait_until(lambda: _sweep_age(running) < time.monotonic() - restarted, what="a sweep after the restarts")


def _a_command_beside_it_leaves_the_servers_running(running: Installation) -> None:
    servers = {name: running.children()[name] for name in ("PostgreSQL", "Valkey")}
    running.manage("shell", "-c", KEEP)
    assert {name: running.children()[name] for name in servers} == servers


def _a_second_one_in_the_same_folder_is_refused(running: Installation) -> None:
    refused = _up(running.environment, free_port())
    assert refused.returncode == 1
    assert "already runs" in refused.stderr


def _nothing_is_left_behind(running: Installation, number: signal.Signals) -> None:
    tree = running.tree()
    assert len(tree) > len(PARTS)
    running.stop(number)
    wait_until(lambda: not any(runs(process) for process in tree), what="the end of every process")


def test_a_taken_port_is_refused_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        refused = _up({**os.environ, "VAR_DIR": str(tmp_path)}, port)
    assert refused.returncode == 1
    assert f"Port {port} cannot be used" in refused.stderr
    assert "--port" in refused.stderr
    assert not (tmp_path / "postgres").exists()


def _sweep_age(installation: Installation) -> float:
    """Seconds since the clock was swept: scheduler, broker, worker and database all worked then."""
    lines = httpx.get(f"{installation.url}/metrics", timeout=30).text.splitlines()
    found = [line.split()[1] for line in lines if line.startswith("tideline_sweep_age_seconds ")]
    return float(found[0]) if found else float("inf")


def _up(environment: dict[str, str], port: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "up", "--no-demo", "--port", str(port)]
    return subprocess.run(
        command, cwd=HOME, env=environment, capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL
    )
