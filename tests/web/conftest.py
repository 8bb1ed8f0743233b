"""What the tests of pages share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from common import clock
from tests.stages.shop import NOON


@pytest.fixture
def noon() -> Iterator[None]:
    """The clock stands at the noon of the shop of the stages."""
    with clock.frozen(NOON):
        yield
