"""Parameters of addresses, and what is said of one that cannot be used."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime

from common.problem import Problem, ProblemError


def instant_of(text: str, *, name: str = "at") -> datetime:
    """An ISO 8601 instant; without a zone it is UTC. Raises ProblemError for anything else."""
    # A plus sign that was not escaped in an address arrives as a space.
    try:
        found = parse_datetime(text.strip().replace(" ", "+") if "T" in text else text.strip())
    except ValueError:
        found = None
    if found is None or not 1900 <= found.year <= 9000:
        raise bad_parameter(name, "Give an instant in ISO 8601, such as 2026-03-01T12:00:00Z.")
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def bad_parameter(name: str, message: str) -> ProblemError:
    """The problem of a query parameter."""
    return ProblemError(Problem(f"bad_{name}", "A parameter cannot be used.", 400, [(f"/{name}", message)]))
