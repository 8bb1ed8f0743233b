"""What a segment refuses, with a code that the API returns unchanged and a sentence that says what to do."""

from __future__ import annotations


class SegmentError(Exception):
    """A request that a segment cannot follow. `code` is stable; the message is for people; `pointer` leads to the
    place in the request (or the rule) that is at fault, where there is one."""

    def __init__(self, code: str, message: str, *, pointer: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.pointer = pointer


class ForbiddenError(SegmentError):
    """Something that this person may not do to this segment: another may (`four_eyes`), or another role (`forbidden`)."""


class GovernanceError(SegmentError):
    """A setting that would contradict the order of the portfolio."""
