"""What a verb of the campaigns refuses to do, with a code that the API returns unchanged."""

from __future__ import annotations

from collections.abc import Iterable


class CampaignError(Exception):
    """Something that cannot be done as things stand; the message says what to do instead."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.message, self.code = message, code


class StatusError(CampaignError):
    """The journey is not in a state in which this can be done."""


class ForbiddenError(CampaignError):
    """Something that the roles of this person do not allow."""


class FourEyesError(ForbiddenError):
    """Whoever wrote, edited or submitted something cannot be the one who approves it."""


class StaleError(CampaignError):
    """What was looked at is not what is there now."""


class InvalidError(CampaignError):
    """What was written cannot be kept; `faults` are pairs of a JSON pointer and a sentence."""

    def __init__(self, faults: Iterable[tuple[str, str]], *, code: str = "invalid") -> None:
        self.faults = list(faults)
        super().__init__(" ".join(message for _, message in self.faults), code=code)
