"""Who belongs where, and why."""

from segmentation.models.approval import PublishComment, PublishRequest
from segmentation.models.finding import Dismissal, Finding, HealthLook
from segmentation.models.governance import Exclusion, ExclusionGroup, GovernanceChange
from segmentation.models.membership import DueLook, Membership, MembershipChange
from segmentation.models.review import Review
from segmentation.models.segment import Segment, SegmentDependency, SegmentVersion
from segmentation.models.size import SizeChange
from segmentation.models.work import AuditFinding, AuditRun, EngineRun, Job, LookedAt, PercentileThreshold, Sweep

__all__ = [
    "AuditFinding",
    "AuditRun",
    "Dismissal",
    "DueLook",
    "EngineRun",
    "Exclusion",
    "ExclusionGroup",
    "Finding",
    "GovernanceChange",
    "HealthLook",
    "Job",
    "LookedAt",
    "Membership",
    "MembershipChange",
    "PercentileThreshold",
    "PublishComment",
    "PublishRequest",
    "Review",
    "Segment",
    "SegmentDependency",
    "SegmentVersion",
    "SizeChange",
    "Sweep",
]
