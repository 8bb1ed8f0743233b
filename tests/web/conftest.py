"""What the tests of pages share."""

from __future__ import annotations

from tests.stages.conftest import noon  # noqa: F401
