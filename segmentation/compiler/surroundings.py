"""What a statement is bound to, and the error of a rule for which that is gone."""

from __future__ import annotations

from segmentation.rules.surroundings import Surroundings

__all__ = ["Surroundings", "UncompilableError"]


class UncompilableError(Exception):
    """A rule that cannot be evaluated any more: what it reads is gone. It must stop, never widen."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
