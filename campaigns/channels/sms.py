"""Text messages: posted as JSON to a gateway (`SMS_URL`), or as `.txt` files in the outbox where none is set.

The gateway gets `POST {"to", "text", "id"}` with the message's key as `Idempotency-Key`, user and password of the address
as HTTP Basic. 2xx means taken; 429 and 503 mean later; other 4xx mean refused; anything else means that nobody can know.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from django.conf import settings

from campaigns.channels import AwayError, LaterError, Letter, RefusedError, Sender, UnsureError

SECONDS = 20
BUSY = {408, 425, 429, 503}


@contextmanager
def opened() -> Iterator[Sender]:
    """The gateway that SMS_URL names, for a batch."""
    if not settings.SMS_URL:
        yield Outbox(Path(settings.OUTBOX))
        return
    url = httpx.URL(settings.SMS_URL)
    auth = httpx.BasicAuth(url.username, url.password) if url.username else None
    with httpx.Client(auth=auth, timeout=SECONDS, follow_redirects=False) as client:
        yield Gateway(client, url.copy_with(username=None, password=None))


class Outbox:
    """A folder in which each text message becomes a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def hand_over(self, letter: Letter) -> str:
        path = self.folder / f"{letter.key}.txt"
        draft = path.with_suffix(f".{os.getpid()}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            draft.write_text(f"To: {letter.recipient}\n\n{letter.text}\n", encoding="utf-8")
            draft.replace(path)
        except OSError as error:
            raise AwayError(f"The outbox cannot be written: {error.strerror or error}") from error
        return path.name


class Gateway:
    """A provider that takes text messages over HTTP."""

    def __init__(self, client: httpx.Client, url: httpx.URL) -> None:
        self.client, self.url = client, url

    def hand_over(self, letter: Letter) -> str:
        body = {"to": letter.recipient, "text": letter.text, "id": letter.key}
        try:
            answer = self.client.post(self.url, json=body, headers={"Idempotency-Key": letter.key})
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise AwayError(f"The gateway cannot be reached: {error}") from error
        except httpx.HTTPError as error:
            raise UnsureError(f"The gateway did not answer: {error or type(error).__name__}") from error
        if answer.is_success:
            return letter.key
        said = f"{answer.status_code} {answer.text[:200]}".strip()
        if answer.status_code in BUSY:
            raise LaterError(said)
        if answer.is_client_error:
            raise RefusedError(said)
        raise UnsureError(said)
