"""PostgreSQL refuses to run as root: then it runs as a system user of its own, which must reach its folders."""

from __future__ import annotations

import contextlib
import os
import pwd
import stat
import subprocess
import sys
from pathlib import Path

NAME = "tideline"
STAND_INS = ("postgres", "nobody")


class AccountError(RuntimeError):
    """No user to run PostgreSQL as; the message says what to do."""


def server_account() -> pwd.struct_passwd | None:
    """The user PostgreSQL runs as when this process is root; None when it is not and runs it itself."""
    if os.geteuid() != 0:
        return None
    if found := _find(NAME):
        return found
    command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME]
    # Two commands may try at once, or the system has no useradd: any unprivileged user will do.
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        subprocess.run(command, check=True, capture_output=True)
    for name in (NAME, *STAND_INS):
        if found := _find(name):
            return found
    raise AccountError(
        "PostgreSQL does not run as root, and no user could be made for it. Start Tideline as a plain user, or set "
        "DATABASE_URL to a server of yours."
    )


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def open_the_way(path: Path, account: pwd.struct_passwd) -> None:
    """Let the server's user pass through every folder above a path.

    Where a folder keeps others out, they get the right to pass through it (not to list it), and that is said.
    """
    for folder in reversed(path.resolve().parents):
        state = folder.stat()
        if _may_pass(state, account):
            continue
        folder.chmod(stat.S_IMODE(state.st_mode) | stat.S_IXOTH)
        print(f"Let other users pass through {folder}: PostgreSQL runs as {account.pw_name}.", file=sys.stderr)


def _may_pass(state: os.stat_result, account: pwd.struct_passwd) -> bool:
    if state.st_uid == account.pw_uid:
        return bool(state.st_mode & stat.S_IXUSR)
    if state.st_gid == account.pw_gid:
        return bool(state.st_mode & stat.S_IXGRP)
    return bool(state.st_mode & stat.S_IXOTH)
