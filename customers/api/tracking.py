"""The tracking API: `/v1/track` and its siblings. A plain view, since every event of the shop comes through it."""

from __future__ import annotations

import base64
import binascii
import logging
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from common import clock
from customers import keys, rate
from customers.ingest import Ingested, ingest
from customers.models import WriteKey
from customers.store import RaceError
from customers.tracking.calls import Unreadable
from customers.tracking.values import RejectedError, decode

logger = logging.getLogger(__name__)

LARGEST_EVENT = 32 * 1024
LARGEST_BATCH = 500 * 1024
MOST_EVENTS = 2_500
RETRY_SECONDS = 5

_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding",
    "Access-Control-Max-Age": "86400",
}


class _Envelope(msgspec.Struct):
    """A batch, its calls still text, so that one that cannot be read does not sink the others."""

    batch: list[msgspec.Raw]
    sent_at: Any = msgspec.field(name="sentAt", default=None)
    write_key: Any = msgspec.field(name="writeKey", default=None)
    context: Any = None


_CODES = {400: "invalid", 401: "wrong_key", 413: "too_large", 429: "too_many", 503: "unavailable"}
_envelopes = msgspec.json.Decoder(_Envelope)


class RefusedError(Exception):
    """A request that is not taken as a whole."""

    def __init__(self, status: int, reason: str, retry_after: int = 0) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.retry_after = retry_after


@method_decorator(csrf_exempt, name="dispatch")
class TrackingView(View):
    """One address of the tracking spec; `kind` is the call's type, or `batch`."""

    http_method_names = ["post", "options"]
    kind = "batch"

    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What a browser asks before it sends from another site."""
        return HttpResponse(status=204, headers=_CORS)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take one call or a batch; the answer comes after the commit."""
        received_at = clock.now()
        try:
            taken = self._take(request, received_at)
        except RefusedError as error:
            return _refusal(error)
        except (OperationalError, InterfaceError, IntegrityError, RaceError) as error:
            logger.warning("Events were turned away: %s", error)
            return _refusal(RefusedError(503, "The database cannot be reached. Send again later.", RETRY_SECONDS))
        return self._answer(taken)

    def _take(self, request: HttpRequest, received_at: datetime) -> Ingested:
        key = _key_in_header(request)
        body = _body(request)
        try:
            calls, in_body = _read_batch(body) if self.kind == "batch" else _read_single(body, self.kind)
        except RefusedError as error:
            if key is not None:
                unread = Unreadable(error.reason, body[:LARGEST_BATCH].decode(errors="replace"))
                ingest(source=key.source, calls=[unread], received_at=received_at)
            raise
        key = key or _key_in_body(in_body)
        wait = rate.seconds_to_wait(key=key, events=len(calls), now=received_at)
        if wait:
            raise RefusedError(429, "This write key sent as many events as it may in a minute.", wait)
        return ingest(source=key.source, calls=calls, received_at=received_at)

    def _answer(self, taken: Ingested) -> HttpResponse:
        if self.kind != "batch" and taken.rejected:
            return _refusal(RefusedError(400, taken.rejected[0].reason))
        answer: dict[str, Any] = {"success": True}
        if taken.rejected:
            answer["rejected"] = [{"index": one.index, "reason": one.reason} for one in taken.rejected]
        return _json(answer, 200)


def _body(request: HttpRequest) -> bytes:
    """The body, unpacked; never more of it than a batch may have."""
    stated = request.META.get("CONTENT_LENGTH") or "0"
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("gzip", "identity", ""):
        raise RefusedError(400, f"Content-Encoding: {encoding} is not understood; send gzip or nothing.")
    if stated.isdigit() and int(stated) > LARGEST_BATCH:
        raise RefusedError(413, "A request has at most 500 KB.")
    raw = request.read(LARGEST_BATCH + 1)
    body = _unzip(raw) if encoding == "gzip" else raw
    if len(body) > LARGEST_BATCH:
        raise RefusedError(413, "A request has at most 500 KB.")
    return body


def _unzip(raw: bytes) -> bytes:
    unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        body = unpack.decompress(raw, LARGEST_BATCH + 1)
    except zlib.error as error:
        raise RefusedError(400, "The body is not gzip, though Content-Encoding says so.") from error
    if not unpack.eof and len(body) <= LARGEST_BATCH:
        raise RefusedError(400, "The gzip body is cut off.")
    return body


def _read_single(body: bytes, kind: str) -> tuple[list[Any], Any]:
    if len(body) > LARGEST_EVENT:
        raise RefusedError(413, "An event has at most 32 KB.")
    try:
        call = decode(body)
    except RejectedError as error:
        raise RefusedError(400, str(error)) from error
    if not isinstance(call, dict):
        raise RefusedError(400, "The body must be a JSON object.")
    return [call | {"type": kind}], call.get("writeKey")


def _read_batch(body: bytes) -> tuple[list[Any], Any]:
    try:
        envelope = _envelopes.decode(body)
    except msgspec.ValidationError as error:
        raise RefusedError(400, f"The body must be a JSON object with a list `batch`: {error}.") from error
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise RefusedError(400, f"The body is not JSON: {error}.") from error
    if len(envelope.batch) > MOST_EVENTS:
        raise RefusedError(413, "A batch has at most 2,500 events.")
    shared = {"sentAt": envelope.sent_at, "context": envelope.context}
    shared = {key: value for key, value in shared.items() if value is not None}
    return [_read_one(bytes(raw), shared) for raw in envelope.batch], envelope.write_key


def _read_one(raw: bytes, shared: Mapping[str, Any]) -> Any:
    """One call of a batch, with the batch's own `sentAt` and `context` where it brings none."""
    if len(raw) > LARGEST_EVENT:
        return Unreadable("An event has at most 32 KB.", raw.decode(errors="replace"))
    try:
        call = decode(raw)
    except RejectedError as error:
        return Unreadable(str(error), raw.decode(errors="replace"))
    return {**shared, **call} if shared and isinstance(call, dict) else call


def _key_in_header(request: HttpRequest) -> WriteKey | None:
    """The key that HTTP Basic names, None without one; a wrong one is refused before the body is read."""
    given = _basic_user(request.headers.get("Authorization", ""))
    return _checked(keys.write_key_of(given)) if given else None


def _key_in_body(given: Any) -> WriteKey:
    return _checked(keys.write_key_of(given) if isinstance(given, str) else None)


def _checked(key: WriteKey | None) -> WriteKey:
    if key is None:
        raise RefusedError(401, "The write key is wrong. Give it as the user name of HTTP Basic, or as `writeKey`.")
    return key


def _basic_user(header: str) -> str:
    scheme, _, packed = header.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(packed.strip(), validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _refusal(error: RefusedError) -> HttpResponse:
    """The answer of a refusal; `code` and `message` are what client libraries look for."""
    code = _CODES.get(error.status, "refused")
    body = {"success": False, "error": error.reason, "code": code, "message": error.reason}
    answer = _json(body, error.status)
    if error.retry_after:
        answer["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        answer["WWW-Authenticate"] = 'Basic realm="tracking"'
    return answer


def _json(body: Mapping[str, Any], status: int) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), status=status, content_type="application/json", headers=_CORS)
