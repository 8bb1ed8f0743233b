"""Cursors of the pages' own lists: the key of the row at the edge and the direction, in URL-safe base64.

A page never fails over a cursor that somebody shortened in a mail: it shows the first page.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any


def write_cursor(key: list[Any], *, backwards: bool) -> str:
    """The cursor of a key: instants as ISO text, numbers, None."""
    text = json.dumps([backwards, key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str, length: int) -> tuple[list[Any], bool]:
    """The key and the direction; no key for the first page or a broken cursor. The first part is an instant or None."""
    try:
        backwards, key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        whole = isinstance(backwards, bool) and isinstance(key, list) and len(key) == length
        numbers = whole and all(type(part) is int and abs(part) < 2**63 for part in key[1:])
        if not numbers or (key[0] is not None and datetime.fromisoformat(key[0]).tzinfo is None):
            return [], False
    except (ValueError, TypeError):
        return [], False
    return key, backwards
