"""What an address that leads nowhere, or a fault that nobody foresaw, answers: a page for people, JSON for programs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from common.problem import Problem, problem_response


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404 in the language of the door that was knocked at."""
    return _for_programs(request, 404, "not_found", "There is nothing at this address.") or defaults.page_not_found(
        request, exception
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 likewise; what happened is in the log, not in the answer."""
    return _for_programs(request, 500, "error", "Something failed here. It was logged.") or defaults.server_error(
        request
    )


def _for_programs(request: HttpRequest, status: int, code: str, title: str) -> HttpResponse | None:
    if request.path.startswith("/api/"):
        return problem_response(Problem(code, title, status))
    if request.path.startswith("/v1/"):
        return JsonResponse({"success": False, "error": title, "code": code, "message": title}, status=status)
    return None
