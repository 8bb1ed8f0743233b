"""What the verbs refuse, as problem details with pointers into the request's body."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from common.problem import Problem, ProblemError
from segmentation.errors import ForbiddenError, GovernanceError, SegmentError
from segmentation.models import Segment
from segmentation.rules.faults import RuleError

# Refusals that are about the request itself; every other one is about the state of the segment.
_OF_THE_REQUEST = {
    "invalid",
    "missing",
    "unknown_field",
    "no_rule",
    "uncompilable",
    "cycle",
    "unknown_segment",
    "reason_missing",
}
# Those of governance that are about the state.
_OF_THE_STATE = {"changed_meanwhile", "changed_since", "segment_gone", "name_taken"}


@contextmanager
def refusals(*, rule_at: str = "/rule") -> Iterator[None]:
    """Turns what a verb refuses into a problem: 400 for the request's faults, 403 for what takes somebody else, 409 for what
    the state forbids."""
    try:
        yield
    except RuleError as error:
        raise invalid_rule(error, rule_at=rule_at) from error
    except ForbiddenError as error:
        title = "Somebody else has to approve it." if error.code == "four_eyes" else "This is not allowed."
        raise ProblemError(Problem(error.code, title, 403, detail=error.message)) from error
    except SegmentError as error:
        faulty = error.code in _OF_THE_REQUEST or isinstance(error, GovernanceError)
        faulty = faulty and error.code not in _OF_THE_STATE
        faults = [(error.pointer, error.message)] if faulty or error.pointer else []
        status = 400 if faulty else 409
        raise ProblemError(Problem(error.code, error.message, status, faults, detail=error.message)) from error


def invalid_rule(error: RuleError, *, rule_at: str = "/rule") -> ProblemError:
    """The problem of a document that is no rule."""
    faults = [(f"{rule_at}{fault.pointer}", fault.message) for fault in error.faults]
    return ProblemError(Problem("invalid_rule", "The rule cannot be used.", 400, faults))


def segment_at(slug: str) -> Segment:
    """The segment that an address names. Raises ProblemError (404) where there is none."""
    rows = Segment.objects.select_related("owner", "live_version")
    try:
        # What PostgreSQL takes as no text is no slug either.
        return rows.get(slug=slug.replace("\0", " "))
    except Segment.DoesNotExist as error:
        raise ProblemError(Problem("no_such_segment", "There is no such segment.", 404, detail=slug)) from error
