"""What the verbs of campaigns refuse, as problem details."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from campaigns.errors import CampaignError, ForbiddenError, FourEyesError, InvalidError
from campaigns.models import Journey, Template
from common.problem import Problem, ProblemError


@contextmanager
def refusals() -> Iterator[None]:
    """400 with pointers for what is wrong with the request, 403 for four eyes, 409 for what is taken or out of turn."""
    try:
        yield
    except InvalidError as error:
        status = 409 if error.code == "slug_taken" else 400
        raise ProblemError(Problem(error.code, "Some values cannot be used.", status, error.faults)) from error
    except ForbiddenError as error:
        title = "Somebody else has to approve it." if isinstance(error, FourEyesError) else "This is not allowed."
        raise ProblemError(Problem(error.code, title, 403, detail=error.message)) from error
    except CampaignError as error:
        raise ProblemError(Problem(error.code, error.message, 409, detail=error.message)) from error


def journey_at(slug: str) -> Journey:
    """The journey that an address names. Raises ProblemError (404)."""
    found = Journey.objects.select_related("live_version", "edited_by", "submitted_by").filter(slug=slug).first()
    if found is None:
        raise ProblemError(Problem("no_such_journey", "There is no such journey.", 404, detail=slug))
    return found


def template_at(slug: str) -> Template:
    """The template that an address names. Raises ProblemError (404)."""
    found = Template.objects.filter(slug=slug).select_related("edited_by").first()
    if found is None:
        raise ProblemError(Problem("no_such_template", "There is no such template.", 404, detail=slug))
    return found
