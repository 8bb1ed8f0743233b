"""What the tests of the verbs share: the change log of their own transaction, an outbox of their own, a mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from campaigns.queries import changes
from common import clock
from tests.stages.mailbox import Mailbox, mailbox
from tests.stages.shop import NOON


@pytest.fixture
def noon() -> Iterator[None]:
    """The clock stands at the noon of the shop."""
    with clock.frozen(NOON):
        yield


@pytest.fixture
def own_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test in one transaction reads the changes of that transaction. Real commits have a test of their own."""
    monkeypatch.setattr(changes, "LOWEST_OPEN", str(2**63 - 1))


@pytest.fixture
def outbox(settings: Any, tmp_path: Path) -> Path:
    """E-mail becomes files here."""
    settings.EMAIL_URL, settings.OUTBOX = "", tmp_path / "outbox"
    return tmp_path / "outbox"


@pytest.fixture
def box(settings: Any) -> Iterator[Mailbox]:
    """E-mail goes to a real SMTP server."""
    with mailbox() as opened:
        settings.EMAIL_URL = opened.url
        yield opened
