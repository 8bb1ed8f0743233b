"""What is said to customers, and whether it helped."""

from campaigns.models.digest import Digest, DigestChoice
from campaigns.models.journey import Cursor, Enrolment, Journey, JourneyComment, JourneyDecision, JourneyVersion
from campaigns.models.message import Message, Outcome, Response, Template, TrackedLink

__all__ = [
    "Cursor",
    "Digest",
    "DigestChoice",
    "Enrolment",
    "Journey",
    "JourneyComment",
    "JourneyDecision",
    "JourneyVersion",
    "Message",
    "Outcome",
    "Response",
    "Template",
    "TrackedLink",
]
