"""Whether somebody gets the weekly digest: their own choice, kept until they make another."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User

from campaigns.models import DigestChoice


def choose_digest(*, account: User, wanted: bool, now: datetime) -> None:
    """Keep whether an account wants the weekly digest."""
    DigestChoice.objects.update_or_create(account=account, defaults={"wanted": wanted, "at": now})
