"""Problem details (RFC 9457): the one shape of an error that leaves the API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import JsonResponse

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Problem:
    """What went wrong, for programs (`code`, `status`, pointers) and for people (`title`, messages).

    `faults` are pairs of a JSON pointer into the request's body and a sentence.
    """

    code: str
    title: str
    status: int
    faults: Sequence[tuple[str, str]] = ()
    detail: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The members of the answer's body."""
        body: dict[str, Any] = {"type": f"/problems/{self.code}", "title": self.title, "status": self.status}
        body["code"] = self.code
        if self.detail:
            body["detail"] = self.detail
        if self.faults:
            body["errors"] = [{"pointer": pointer, "message": message} for pointer, message in self.faults]
        return body


class ProblemError(Exception):
    """Raised anywhere below a door; the door answers with its problem unchanged."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail or problem.title)
        self.problem = problem


def problem_response(problem: Problem) -> JsonResponse:
    """The HTTP answer of a problem."""
    return JsonResponse(
        problem.as_json(), status=problem.status, content_type=CONTENT_TYPE, headers=problem.headers or None
    )
