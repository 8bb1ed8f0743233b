"""What is said to customers, and whether it helped."""

from campaigns.models.journey import Cursor, Enrolment, Journey, JourneyDecision, JourneyVersion
from campaigns.models.message import Message, Outcome, Response, Template, TrackedLink

__all__ = [
    "Cursor",
    "Enrolment",
    "Journey",
    "JourneyDecision",
    "JourneyVersion",
    "Message",
    "Outcome",
    "Response",
    "Template",
    "TrackedLink",
]
