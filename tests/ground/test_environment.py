"""The environment as typed values: what is refused, what is understood."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.environment import Environment, SettingError, broker_from_url, database_from_url
from config.services.places import LONGEST_FOLDER, Places
from tests.ground.processes import HOME, PATIENCE


def test_with_debug_0_and_no_secret_nothing_starts_and_the_message_says_why(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DEBUG": "0",
        "ALLOWED_HOSTS": "tideline.example",
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    command = [sys.executable, "manage.py", "check"]
    done = subprocess.run(command, cwd=HOME, env=environment, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode != 0
    assert "SECRET_KEY is missing" in done.stderr
    assert not (tmp_path / "secret_key").exists()


def test_the_production_settings_pass_djangos_deployment_checks() -> None:
    command = [sys.executable, "manage.py", "check_production"]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("secret", ["", "short", "x" * 31])
def test_a_production_secret_has_32_characters_at_least(secret: str) -> None:
    with pytest.raises(SettingError, match="SECRET_KEY"):
        Environment({"DEBUG": "0", "SECRET_KEY": secret}).secret_key()


def test_a_local_secret_is_made_once_and_kept_to_oneself(tmp_path: Path) -> None:
    given = {"VAR_DIR": str(tmp_path / "new")}
    first = Environment(given).secret_key()
    assert Environment(given).secret_key() == first
    assert len(first) >= 32
    assert (tmp_path / "new/secret_key").stat().st_mode & 0o077 == 0
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["secret_key"]


def test_a_given_secret_is_used_as_it_is(tmp_path: Path) -> None:
    assert Environment({"SECRET_KEY": "given", "VAR_DIR": str(tmp_path)}).secret_key() == "given"
    assert not (tmp_path / "secret_key").exists()


@pytest.mark.parametrize(("text", "debug"), [("", None), ("0", False), ("false", False), ("1", True), ("True", True)])
def test_debug_has_three_states(text: str, debug: bool | None) -> None:
    given = Environment({"DEBUG": text})
    assert given.debug is debug
    assert given.production is (debug is False)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"DEBUG": "perhaps"}, "debug"),
        ({"DEBUG": "0"}, "allowed_hosts"),
        ({"BASE_URL": "shop.example.com"}, "base_url"),
        ({"BASE_URL": "ftp://shop.example.com"}, "base_url"),
        ({"TIME_ZONE": "Europe/Nowhere"}, "time_zone"),
    ],
    ids=str,
)
def test_what_cannot_be_used_is_refused_by_its_name(given: dict[str, str], name: str) -> None:
    with pytest.raises(SettingError, match=name.upper() if name != "debug" else "DEBUG"):
        getattr(Environment(given), name)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://u:p%40ss@db.example:5433/shop", ("shop", "u", "p@ss", "db.example", "5433", {})),
        ("postgresql://u@/shop?host=/a/b", ("shop", "u", "", "/a/b", "", {})),
        ("postgres://u@/shop?host=%2Fa%20b", ("shop", "u", "", "/a b", "", {})),
        ("postgres://u@h/shop?sslmode=require", ("shop", "u", "", "h", "", {"sslmode": "require"})),
        ("postgres:///shop", ("shop", "", "", "", "", {})),
    ],
)
def test_database_addresses(url: str, expected: tuple[object, ...]) -> None:
    found = database_from_url(url)
    assert tuple(found[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")) == expected


@pytest.mark.parametrize("url", ["mysql://u@h/shop", "postgres://u@h", "shop"])
def test_other_databases_are_refused(url: str) -> None:
    with pytest.raises(SettingError, match="DATABASE_URL"):
        database_from_url(url)


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        ("redis://h:6379/2", "redis://h:6379/2"),
        ("rediss://h/0", "rediss://h/0"),
        ("unix:///tmp/v?db=3", "redis+socket:///tmp/v?virtual_host=3"),
        ("unix:///tmp/v", "redis+socket:///tmp/v?virtual_host=0"),
    ],
)
def test_broker_addresses_in_celerys_spelling(url: str, broker: str) -> None:
    assert broker_from_url(url) == broker


@pytest.mark.parametrize("name", ["short", "with a space", "l" * 120, "żółty"])
def test_sockets_fit_whatever_the_folder_is_called(tmp_path: Path, name: str) -> None:
    places = Places(tmp_path / name)
    assert len(os.fsencode(places.sockets)) <= LONGEST_FOLDER
    assert str(places.sockets).isascii()
    assert " " not in str(places.sockets)
    assert places.sockets == Places(tmp_path / name).sockets
    assert places.sockets != Places(tmp_path / f"{name}2").sockets
