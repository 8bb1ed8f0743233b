"""A write with an `Idempotency-Key` is done once: sent again, it gets the answer of the first time."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from common.problem import CONTENT_TYPE, Problem, ProblemError
from customers.models import ApiKey, IdempotentAnswer

LONGEST_KEY = 255
KEPT = timedelta(hours=24)
# A write whose answer never came (its process was killed) may be tried again after this.
UNDER_WAY = timedelta(minutes=1)


class AnsweredError(Exception):
    """This write was done before; carries the answer it got."""

    def __init__(self, answer: IdempotentAnswer) -> None:
        super().__init__(answer.key)
        self.answer = answer

    def response(self) -> Response:
        """The answer again."""
        status = self.answer.status or 200
        kind = CONTENT_TYPE if status >= 400 else None
        return Response(self.answer.body, status=status, content_type=kind, headers={"Idempotent-Replayed": "true"})


def reserve(request: Request, *, key: ApiKey, now: datetime) -> IdempotentAnswer | None:
    """Take an `Idempotency-Key` for this write; None where there is none.

    Raises AnsweredError if it was answered, ProblemError if it is under way or came with another request.
    """
    name = request.headers.get("Idempotency-Key", "").strip()
    if not name or request.method in SAFE_METHODS:
        return None
    if len(name) > LONGEST_KEY:
        raise ProblemError(Problem("bad_idempotency_key", "The Idempotency-Key has at most 255 characters.", 400))
    fingerprint = _fingerprint(request)
    IdempotentAnswer.objects.filter(api_key=key, key=name, at__lt=now - KEPT).delete()
    IdempotentAnswer.objects.filter(api_key=key, key=name, status=None, at__lt=now - UNDER_WAY).delete()
    try:
        with transaction.atomic():
            return IdempotentAnswer.objects.create(api_key=key, key=name, fingerprint=fingerprint, at=now)
    except IntegrityError:
        _answer_again(IdempotentAnswer.objects.filter(api_key=key, key=name).first(), fingerprint)
        raise


def _answer_again(found: IdempotentAnswer | None, fingerprint: str) -> None:
    """Raise what the second sending of a key deserves."""
    if found is not None and found.fingerprint != fingerprint:
        title = "This Idempotency-Key came with another request before."
        raise ProblemError(Problem("idempotency_key_reused", title, 422))
    if found is None or found.status is None:
        title = "The request with this Idempotency-Key is under way."
        raise ProblemError(Problem("idempotency_under_way", title, 409, headers={"Retry-After": "1"}))
    raise AnsweredError(found)


def keep(reserved: IdempotentAnswer, response: Response) -> None:
    """Keep the answer of a write. One that failed on our side is forgotten, so that it can be tried again."""
    if response.status_code >= 500:
        forget(reserved)
        return
    rendered = response.render().content if not response.is_rendered else response.content
    body = json.loads(rendered) if rendered else None
    IdempotentAnswer.objects.filter(pk=reserved.pk).update(status=response.status_code, body=body)


def forget(reserved: IdempotentAnswer) -> None:
    """Let the key be used again."""
    IdempotentAnswer.objects.filter(pk=reserved.pk).delete()


def _fingerprint(request: Request) -> str:
    """The same for the same request: method, address, body."""
    content = json.dumps(request.data, sort_keys=True, default=str)
    return hashlib.sha256(f"{request.method} {request.get_full_path()} {content}".encode()).hexdigest()
