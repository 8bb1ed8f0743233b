"""Where the embedded servers of one VAR_DIR keep their files and sockets."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

# A socket's path may have about 100 bytes (sun_path), and `.s.PGSQL.5432` is added to the folder's. Addresses carry the
# path as well, and not every client unescapes one, so a folder with a space in it is left too.
LONGEST_FOLDER = 75
PLAIN = re.compile(r"[A-Za-z0-9/._-]+")


@dataclass(frozen=True)
class Places:
    """The paths below one VAR_DIR, and the addresses that follow from them."""

    var_dir: Path

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data."""
        return self.var_dir / "postgres"

    @property
    def postgres_log(self) -> Path:
        """What PostgreSQL says."""
        return self.var_dir / "postgres.log"

    @property
    def valkey(self) -> Path:
        """Valkey's working folder."""
        return self.var_dir / "valkey"

    @property
    def valkey_log(self) -> Path:
        """What Valkey says."""
        return self.var_dir / "valkey.log"

    @cached_property
    def sockets(self) -> Path:
        """The folder of both sockets: in VAR_DIR, or a short one beside when its path is too long or has odd letters."""
        inside = self.var_dir / "run"
        if len(os.fsencode(inside)) <= LONGEST_FOLDER and PLAIN.fullmatch(str(inside)):
            return inside
        mark = hashlib.sha256(os.fsencode(self.var_dir)).hexdigest()[:16]
        folder = Path(tempfile.gettempdir())
        if len(os.fsencode(folder)) > LONGEST_FOLDER - 30 or not PLAIN.fullmatch(str(folder)):
            folder = Path("/tmp")
        return folder / f"tideline-{os.getuid()}-{mark}"

    def remove_sockets(self) -> None:
        """Remove the folder of the sockets, once no server runs: nothing stays in a shared /tmp."""
        shutil.rmtree(self.sockets, ignore_errors=True)

    @property
    def postgres_sockets(self) -> Path:
        """The folder of PostgreSQL's socket: its own, since as root the server runs as another user."""
        return self.sockets / "pg"

    @property
    def valkey_socket(self) -> Path:
        """Valkey's socket."""
        return self.sockets / "valkey"

    @property
    def postgres_url(self) -> str:
        """The embedded database's address."""
        return f"postgres://postgres@/tideline?host={quote(str(self.postgres_sockets))}"

    @property
    def valkey_url(self) -> str:
        """The embedded broker's address."""
        return f"unix://{self.valkey_socket}?db=0"
