"""The partitions that random histories need, made once a test and not once an example."""

from __future__ import annotations

from datetime import timedelta

import pytest

from customers.partitions import ensure_months, month_of
from tests.reference import strategies

AN_HOUR = timedelta(hours=1)
# Every month that a random event may lie in (`strategies.moments`).
BACK = (timedelta(0), *(length.length for length in strategies.LENGTHS))
MONTHS = {month_of(now - back + nudge) for now in strategies.NOWS for back in BACK for nudge in (AN_HOUR, -AN_HOUR)}


@pytest.fixture
def months(db: None) -> None:
    """Made once and not for each history."""
    ensure_months(MONTHS)
