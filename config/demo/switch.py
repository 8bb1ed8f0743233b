"""Whether the demo's trickle runs, and the key it sends with: two small files in the folder of all state."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings


class NoDemoError(RuntimeError):
    """There is no demo shop in this installation."""


def _folder() -> Path:
    return Path(settings.VAR_DIR)


def is_on() -> bool:
    return not (_folder() / "live-shop.off").exists()


def turn(*, on: bool) -> None:
    switch = _folder() / "live-shop.off"
    if on:
        switch.unlink(missing_ok=True)
    else:
        switch.touch()


def keep_write_key(key: str) -> None:
    place = _folder() / "demo-write-key"
    place.touch(mode=0o600)
    place.write_text(key)


def is_loaded() -> bool:
    return (_folder() / "demo-write-key").exists()


def write_key() -> str:
    """The write key of the demo shop. Raises NoDemoError where none was loaded."""
    if not is_loaded():
        raise NoDemoError("there is no demo shop here: run `python manage.py load_demo` first")
    return (_folder() / "demo-write-key").read_text().strip()


def forget() -> None:
    """There is no demo shop any more."""
    (_folder() / "demo-write-key").unlink(missing_ok=True)
