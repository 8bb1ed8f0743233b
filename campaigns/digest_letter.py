"""A digest as the letter that leaves: text and HTML from templates/mail, with the way out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import css_inline
from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.template.loader import render_to_string

from campaigns.channels import Letter
from campaigns.queries.digests import MOST, Contents
from customers.roles import Right, may

SALT = "digest"
_inliner = css_inline.CSSInliner(load_remote_stylesheets=False)


def digest_letter(*, account: User, contents: Contents, week: date, now: datetime) -> Letter:
    """The letter. Its key is the same at every try."""
    everything = may(account, Right.MANAGE)
    new, known = contents.new[:MOST], contents.open[: max(MOST - len(contents.new), 0)]
    values: dict[str, Any] = {
        "name": account.get_full_name() or account.get_username(),
        "new": new,
        "open": known,
        "more": len(contents) - len(new) - len(known),
        "many": len(contents),
        "base": settings.BASE_URL,
        "about": "the segments" if everything else "your segments",
        "health": f"{settings.BASE_URL}/governance/health/{'' if everything else '?owner=me'}",
        "off": off_url(account),
        "now": now,
    }
    return Letter(
        key=f"digest.{week.isoformat()}.{account.pk}",
        recipient=account.email,
        subject=_subject(contents),
        html=_inliner.inline(render_to_string("mail/digest.html", values)),
        text=render_to_string("mail/digest.txt", values),
        at=now,
        unsubscribe_url=values["off"],
    )


def _subject(contents: Contents) -> str:
    many = "1 finding" if len(contents) == 1 else f"{len(contents)} findings"
    return f"Segments this week: {many}" + (f", {len(contents.new)} new" if contents.new else "")


def off_path(account: User) -> str:
    """Where an account switches its digest off and on without signing in; nobody can make one for another account."""
    return f"/m/d/{signing.dumps(account.pk, salt=SALT)}"


def off_url(account: User) -> str:
    """The same as a whole address, for the mail."""
    return settings.BASE_URL + off_path(account)


def account_of(token: str) -> User | None:
    """Whose address it is; None where the token is none of ours, or the account is gone."""
    try:
        return User.objects.filter(pk=signing.loads(token, salt=SALT)).first()
    except signing.BadSignature:
        return None
