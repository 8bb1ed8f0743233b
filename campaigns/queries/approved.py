"""What of a journey somebody approved."""

from __future__ import annotations

from campaigns.models import Journey, JourneyDecision


def last_approval(journey: Journey) -> JourneyDecision | None:
    """The approval that counts, with the version it was given to."""
    return journey.decisions.filter(kind="approved").select_related("version").order_by("-pk").first()
