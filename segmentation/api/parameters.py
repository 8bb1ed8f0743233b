"""Parameters of addresses, and what is said of one that cannot be used."""

from __future__ import annotations

from datetime import datetime

from common.asked import instant_in
from common.problem import Problem, ProblemError


def instant_of(text: str, *, name: str = "at") -> datetime:
    """An ISO 8601 instant; without a zone it is UTC. Raises ProblemError for anything else."""
    found = instant_in(text)
    if found is None:
        raise bad_parameter(name, "Give an instant in ISO 8601, such as 2026-03-01T12:00:00Z.")
    return found


def bad_parameter(name: str, message: str) -> ProblemError:
    """The problem of a query parameter."""
    return ProblemError(Problem(f"bad_{name}", "A parameter cannot be used.", 400, [(f"/{name}", message)]))
