"""Stage 3 of 8: evaluate.

Takes: `DirtyCustomer`, claimed oldest first with `FOR UPDATE SKIP LOCKED`.
Leaves: matches, in the transaction, for govern and record; the claim is released with the work.
Safe to repeat because: it only reads, and claim, work and result are one transaction.
Next: govern.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from common.prepared import look_up_by_index
from segmentation.causes import asked_by
from segmentation.claims import claim_dirty, release_dirty
from segmentation.decide import decide, instant_for
from segmentation.portfolio import hold_still, open_book

BATCH = 200


@dataclass(frozen=True)
class Evaluated:
    """What one batch came to."""

    customers: int
    changes: int


@transaction.atomic
def evaluate(*, now: datetime, limit: int = BATCH) -> Evaluated:
    """Bring up to `limit` dirty customers up to date, in every live segment that reads what changed.

    The instant is `now`, or later where a mark, the swept clock or a change already logged is: what was marked counts.
    """
    hold_still()
    look_up_by_index()
    claimed = claim_dirty(limit)
    if not claimed:
        return Evaluated(0, 0)
    book = open_book()
    asked = asked_by(causes={one.customer: one.causes for one in claimed}, book=book)
    marked = max(one.last_marked_at for one in claimed)
    instant = instant_for(customers=[one.customer for one in claimed], now=max(now, marked))
    changes = decide(asked=asked, book=book, now=instant)
    release_dirty(claimed)
    return Evaluated(len(claimed), changes)
