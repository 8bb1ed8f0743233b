"""Send the weekly digests: at most once a week and account, through the e-mail channel.

Towards the outside as messages go (docs/decisions/0006): the row of the week is taken and committed, the mail handed over,
the result written down. What surely was not handed over is tried again while the day lasts; a row that is still `sending`
after its time is `unknown` and stays so. Whoever has no open finding gets no mail.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction

from campaigns.channels import AwayError, LaterError, RefusedError, Sender, UnsureError, opener_of
from campaigns.channels.email import address_works
from campaigns.digest_letter import digest_letter
from campaigns.models import Digest
from campaigns.queries.digests import Contents, contents_for, readers, settled
from segmentation.findings.told import open_findings

logger = logging.getLogger(__name__)

State = Digest.State
CLAIMED_FOR = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What would go to an account."""

    account: User
    contents: Contents


def prepare_digests(*, now: datetime, week: date, only: Collection[int] | None = None) -> list[Prepared]:
    """The digests of a week that are still to be sent, with what each tells, empty ones too; `only` names accounts."""
    done = settled(week)
    accounts = [one for one in readers() if one.pk not in done and (only is None or one.pk in only)]
    told = open_findings(now=now) if accounts else []
    return [Prepared(one, contents_for(one, told)) for one in accounts if address_works(one.email)]


def send_digests(*, now: datetime, week: date, only: Collection[int] | None = None) -> list[Digest]:
    """Send what is left of a week's digests; the rows that this round settled. Call it outside of any transaction."""
    _expire(week, now)
    prepared = prepare_digests(now=now, week=week, only=only)
    rows = [_take(one, week, State.NOTHING, now) for one in prepared if not len(one.contents)]
    waiting = [one for one in prepared if len(one.contents)]
    if waiting:
        try:
            with opener_of("email")() as sender:
                for one in waiting:
                    row = _send(sender, one, week, now)
                    rows.append(row)
        except AwayError as error:
            logger.warning("digests wait: %s", error)
    return [row for row in rows if row is not None]


def _send(sender: Sender, one: Prepared, week: date, now: datetime) -> Digest | None:
    """Take the row, hand the letter over, note what became of it. Raises AwayError, with the row waiting."""
    letter = digest_letter(account=one.account, contents=one.contents, week=week, now=now)
    row = _take(one, week, State.SENDING, now)
    if row is None:
        return None
    try:
        sender.hand_over(letter)
    except AwayError as error:
        _settle(row, State.WAITING, str(error))
        raise
    except LaterError as error:
        return _settle(row, State.WAITING, str(error))
    except RefusedError as error:
        return _settle(row, State.FAILED, str(error))
    except UnsureError as error:
        return _settle(row, State.UNKNOWN, str(error))
    except Exception as error:
        logger.exception("handing over the digest %s broke", row)
        return _settle(row, State.UNKNOWN, f"broke while handing over: {error}")
    return _settle(row, State.SENT)


@transaction.atomic
def _take(one: Prepared, week: date, state: State, now: datetime) -> Digest | None:
    """The row of the week, taken by whoever comes first; None for everybody else."""
    until = now + CLAIMED_FOR if state == State.SENDING else None
    kept = {"state": state, "claimed_until": until, "at": now, "recipient": one.account.email}
    row, made = Digest.objects.get_or_create(
        account=one.account, week=week, defaults={**kept, "findings": one.contents.keys}
    )
    if made:
        return row
    again = Digest.objects.filter(pk=row.pk, state=State.WAITING)
    if not again.update(**kept, findings=one.contents.keys, reason=""):
        return None
    row.refresh_from_db()
    return row


def _settle(row: Digest, state: State, reason: str = "") -> Digest:
    row.state, row.reason, row.claimed_until = state, reason[:500], None
    row.save(update_fields=["state", "reason", "claimed_until"])
    return row


def _expire(week: date, now: datetime) -> None:
    """Whatever was taken and never written down is unknown; what still waits from an earlier week is given up."""
    lost = Digest.objects.filter(state=State.SENDING, claimed_until__lt=now)
    lost.update(state=State.UNKNOWN, reason="nobody wrote down whether it was handed over", claimed_until=None)
    Digest.objects.filter(state=State.WAITING, week__lt=week).update(state=State.FAILED)
