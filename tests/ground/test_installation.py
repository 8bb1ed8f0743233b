"""`manage.py up`: everything runs, the dead come back, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ground.processes import HOME, PATIENCE, Installation, free_port, runs, wait_until

pytestmark = pytest.mark.installation


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One installation for the tests that leave it well, in a folder whose name has spaces and is long."""
    folder = tmp_path_factory.mktemp("a folder with spaces and a name too long for a socket " + "x" * 40)
    for parent in [folder, *folder.parents[:2]]:
        parent.chmod(0o755)
    with Installation(folder=folder) as running:
        yield running


def test_everything_runs_and_every_part_is_named(installation: Installation) -> None:
    assert set(installation.children()) >= {
        "PostgreSQL", "Valkey", "web", "worker-live", "worker-journeys", "worker-batch", "scheduler"
    }  # fmt: skip
    assert installation.answers("/healthz")


@pytest.mark.parametrize("name", ["web", "worker-live", "scheduler", "Valkey", "PostgreSQL"])
def test_a_killed_process_is_started_again(installation: Installation, name: str) -> None:
    killed = installation.kill(name)
    wait_until(lambda: installation.children().get(name, killed) != killed, what=f"a new {name}")
    wait_until(lambda: installation.answers("/readyz"), what="readiness after the restart")
    assert f"{name} was ended by SIGKILL" in installation.words()


def test_a_command_beside_it_leaves_the_servers_running(installation: Installation) -> None:
    servers = {name: installation.children()[name] for name in ("PostgreSQL", "Valkey")}
    installation.manage("check", "--database", "default")
    assert {name: installation.children()[name] for name in servers} == servers


def test_a_second_one_in_the_same_folder_is_refused(installation: Installation) -> None:
    refused = _up(installation.environment, free_port())
    assert refused.returncode == 1
    assert "already runs" in refused.stderr


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "SIGKILL"])
def test_nothing_is_left_behind_and_the_data_stays(
    tmp_path_factory: pytest.TempPathFactory, number: signal.Signals
) -> None:
    folder = tmp_path_factory.mktemp("left")
    for parent in [folder, *folder.parents[:2]]:
        parent.chmod(0o755)
    with Installation(folder=folder) as running:
        running.manage("shell", "-c", "from django.contrib.auth.models import Group; Group.objects.create(name='kept')")
        tree = running.tree()
        assert len(tree) > 7
        running.stop(number)
        wait_until(lambda: not any(runs(process) for process in tree), what="the end of every process")
    with Installation(folder=folder) as again:
        found = again.manage(
            "shell",
            "-c",
            "from django.contrib.auth.models import Group; print(Group.objects.filter(name='kept').count())",
        )
        assert found.split()[-1] == "1"


def _up(environment: dict[str, str], port: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "up", "--no-demo", "--port", str(port)]
    return subprocess.run(
        command, cwd=HOME, env=environment, capture_output=True, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL
    )
