"""Whom the weekly digest goes to, when, and what it tells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Q

from campaigns.models import Digest, DigestChoice
from customers.roles import Right, may
from segmentation.findings.told import Told
from segmentation.models import Segment
from segmentation.models.segment import Status

# From seven on Monday, in the installation's time zone, and for a day: a machine that was down catches up.
AT = time(7)
FOR = timedelta(days=1)
# So many findings are read in a mail; the rest is on the page that it leads to.
MOST = 20
State = Digest.State


def week_of(now: datetime) -> date:
    """The Monday of the week, in the installation's time zone."""
    here = now.astimezone(_zone()).date()
    return here - timedelta(days=here.weekday())


def week_due(now: datetime) -> date | None:
    """The week whose digests go out now: from seven on Monday for a day."""
    week = week_of(now)
    begins = datetime.combine(week, AT, tzinfo=_zone())
    return week if begins <= now < begins + FOR else None


def _zone() -> ZoneInfo:
    return ZoneInfo(str(settings.STORE_TIME_ZONE))


def readers() -> list[User]:
    """Who gets a digest if there is something to tell: active people with an address who own live segments or manage the
    installation, and did not switch it off. A key of the API is nobody."""
    owners = Segment.objects.filter(status=Status.LIVE, owner__isnull=False).values("owner")
    people = User.objects.filter(is_active=True, api_key__isnull=True).exclude(email="")
    people = people.exclude(digest_choice__wanted=False).order_by("pk")
    owning = set(people.filter(pk__in=owners).values_list("pk", flat=True))
    return [one for one in people if one.pk in owning or may(one, Right.MANAGE)]


def settled(week: date) -> set[int]:
    """The accounts whose digest of a week is under way or done with."""
    rows = Digest.objects.filter(~Q(state=State.WAITING), week=week)
    return set(rows.values_list("account", flat=True))


@dataclass(frozen=True)
class Contents:
    """What a digest tells: first what the last one did not, then what is still open."""

    new: Sequence[Told]
    open: Sequence[Told]

    def __len__(self) -> int:
        return len(self.new) + len(self.open)

    @property
    def keys(self) -> list[str]:
        """What the reader knows then, by keys that the next digest compares with: what the mail has no room for stays new."""
        return [key_of(one) for one in (*self.new[:MOST], *self.open)]


def contents_for(account: User, told: Iterable[Told]) -> Contents:
    """The findings that are an account's: those of its segments; all of them, and the portfolio's, for whoever manages."""
    everything = may(account, Right.MANAGE)
    theirs = [one for one in told if everything or account.pk in _owners(one)]
    known = _told_last(account)
    new = [one for one in theirs if key_of(one) not in known]
    return Contents(new, [one for one in theirs if key_of(one) in known])


def _owners(told: Told) -> Collection[int | None]:
    return {one.owner_id for one in told.found.about}


def _told_last(account: User) -> set[str]:
    last = Digest.objects.filter(account=account, state__in=(State.SENT, State.UNKNOWN)).order_by("-week").first()
    return set(last.findings) if last else set()


def sent_to(account: User) -> list[Digest]:
    """The digests of an account, the newest first, of the last quarter at most."""
    return list(Digest.objects.filter(account=account).order_by("-week")[:13])


def wants_digest(account: User) -> bool:
    """Whether an account has not switched its digest off."""
    return not DigestChoice.objects.filter(account=account, wanted=False).exists()


def key_of(told: Told) -> str:
    """The key of a finding as text."""
    code, segments = told.key
    return ":".join([code, *map(str, sorted(segments))])
