"""Find verdicts again after a change of governance: nobody enters or leaves, some are suppressed or released.

Customers that hold the same segments in the same states get the same verdict, so the question is put once for each
such combination, and the answer is applied to all of its customers in one statement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from segmentation.causes import Cause
from segmentation.decide import instant_for
from segmentation.govern import Portfolio, govern
from segmentation.models import GovernanceChange, Segment
from segmentation.portfolio import open_book
from segmentation.verdicts import STORED, turned


@dataclass(frozen=True)
class Moved:
    """One segment and how many of its memberships a change suppresses and releases."""

    segment: int
    suppressed: int
    released: int

    @property
    def counts(self) -> dict[str, int]:
        return {"suppressed": self.suppressed, "released": self.released}


@dataclass(frozen=True)
class Effect:
    """How many memberships a change suppresses and releases, in all and by segment. `suppressing` selects the pairs that
    would be suppressed, `(segment_id, customer_id)`, for whoever counts what else that would stop; it holds until the
    change is made. `stops` has those counts, `looked_at` how many customers wait for a setting and are looked at again;
    `change` is the stored change, where there was one."""

    suppressed: int = 0
    released: int = 0
    suppressing: tuple[str, Mapping[str, Any]] = field(default=("", {}), repr=False)
    segments: tuple[Moved, ...] = ()
    stops: Mapping[str, int] = field(default_factory=dict)
    looked_at: int = 0
    change: GovernanceChange | None = None


@dataclass(frozen=True)
class Ruling:
    """What becomes of one segment for the customers of one combination."""

    segments: str
    states: str
    customers: int
    segment: int
    kind: str
    suppressed_by: int | None


# Each customer with the segments they hold and the states of these.
_EACH = f"""
    SELECT customer_id,
           array_agg(segment_id ORDER BY segment_id)::text AS segments,
           array_agg({STORED} ORDER BY segment_id)::text AS states
    FROM segmentation_membership
    WHERE segment_id = ANY(%(ranked)s)"""

# The customers concerned; found once, whatever is joined to them.
_HELD = f"""
held AS MATERIALIZED ({_EACH} AND customer_id IN (
        SELECT customer_id FROM segmentation_membership WHERE segment_id = ANY(%(concerned)s)
        GROUP BY customer_id HAVING count(*) >= %(least)s)
    GROUP BY customer_id
)"""

# The same in one pass, which is half the work where most of the segments looked at are concerned.
_HELD_AT_ONCE = f"""
held AS MATERIALIZED ({_EACH}
    GROUP BY customer_id
    HAVING count(*) FILTER (WHERE segment_id = ANY(%(concerned)s)) >= %(least)s
)"""

_RULINGS = """
ruling AS (
    SELECT * FROM unnest(%(segments)s::text[], %(states)s::text[], %(segment)s::bigint[], %(kind)s::text[],
                         %(suppressed_by)s::bigint[], %(version)s::int[])
        AS t(segments, states, segment_id, kind, suppressed_by_id, version)
)"""

_COMBINATIONS = "WITH {held} SELECT segments, states, count(*) FROM held GROUP BY segments, states"

_SUPPRESSING = f"""
WITH {{held}}, {_RULINGS}
SELECT ruling.segment_id, held.customer_id FROM held JOIN ruling USING (segments, states)
WHERE ruling.kind = 'suppressed'"""

_APPLY = f"""
WITH {{held}}, {_RULINGS}, turned AS (
    UPDATE segmentation_membership m
    SET state = CASE WHEN r.suppressed_by_id IS NULL THEN 'active' ELSE 'suppressed' END,
        suppressed_by_id = r.suppressed_by_id,
        state_since = CASE r.kind WHEN 'reassigned' THEN m.state_since ELSE %(now)s END
    FROM held h JOIN ruling r USING (segments, states)
    WHERE m.customer_id = h.customer_id AND m.segment_id = r.segment_id
    RETURNING m.segment_id, m.customer_id, r.kind, m.state, m.suppressed_by_id, r.version
)
INSERT INTO segmentation_membershipchange
    (segment_id, customer_id, kind, state, at, version, cause_kind, cause_id, cause_detail, caused_at,
     suppressed_by_id, silent)
SELECT segment_id, customer_id, kind, state, %(now)s, version, %(cause_kind)s, %(cause_id)s, %(cause_detail)s,
       %(caused_at)s, suppressed_by_id, false
FROM turned JOIN customers_customer c ON c.id = turned.customer_id
WHERE kind <> 'reassigned' ORDER BY customer_id, kind DESC, segment_id FOR KEY SHARE OF c"""


def regovern(
    *,
    portfolio: Portfolio,
    versions: Mapping[int, int],
    concerned: Collection[int],
    least: int,
    cause: Cause,
    now: datetime,
    dry_run: bool = False,
) -> Effect:
    """Find the verdicts of all customers that hold at least `least` of the `concerned` segments again.

    The caller holds the portfolio alone (who only tries: still). `versions` are the live versions to log changes with.
    """
    effect = would_turn(portfolio=portfolio, versions=versions, concerned=concerned, least=least)
    if not dry_run:
        turn(effect=effect, cause=cause, now=now)
    return effect


def would_turn(
    *,
    portfolio: Portfolio,
    versions: Mapping[int, int],
    concerned: Collection[int],
    least: int,
    before: Portfolio | None = None,
) -> Effect:
    """What the settings as they stand in `portfolio` do to these customers. With the portfolio as it was `before`, only
    segments that can be reached from the concerned ones are looked at: no other verdict can differ."""
    ranked = _with_a_say(portfolio) if before is None else _reached(concerned, before, portfolio)
    if least > 1:
        # A segment that takes no part is not one of two that a verdict depends on.
        concerned = sorted({*concerned} & {*ranked})
    scope = {"ranked": ranked, "concerned": list(concerned), "least": least}
    rulings = list(_rulings(portfolio, scope)) if concerned else []
    count = {kind: sum(one.customers for one in rulings if one.kind == kind) for kind in ("suppressed", "released")}
    suppressing = (_asked(_SUPPRESSING, scope), scope | _columns(rulings, versions)) if rulings else ("", {})
    return Effect(count["suppressed"], count["released"], suppressing, tuple(_by_segment(rulings)))


def turn(*, effect: Effect, cause: Cause, now: datetime) -> None:
    """Store the verdicts that were found in this transaction, and log those that changed a state."""
    _, lines = effect.suppressing
    if lines:
        _apply(lines, cause, latest_instant(now))


def regovern_holders(*, segment: Segment, cause: Cause, now: datetime) -> Effect:
    """The same for all customers in one segment, which has just come into the portfolio or left it."""
    book = open_book()
    versions = {standing.id: standing.version for standing in book.segments.values()}
    return regovern(portfolio=book.portfolio, versions=versions, concerned=[segment.pk], least=1, cause=cause, now=now)


_SUPPRESSED = """
SELECT one.id FROM unnest(%s::bigint[]) AS one(id)
WHERE EXISTS (SELECT FROM segmentation_membership m WHERE m.segment_id = one.id AND m.state = 'suppressed')"""


def _with_a_say(portfolio: Portfolio) -> list[int]:
    """The segments whose verdicts depend on others, and those with members that were suppressed by what was so before.

    The others are active wherever they are held, and so they stay. Leaving them out makes a combination the same for
    many more customers.
    """
    together = {segment for segment, circle in portfolio.circles.items() if len(circle) > 1}
    with connection.cursor() as cursor:
        cursor.execute(_SUPPRESSED, [sorted(portfolio.ranks.keys() - together)])
        return sorted(together | {row[0] for row in cursor.fetchall()})


def _asked(statement: str, scope: Mapping[str, Any]) -> str:
    """The statement about the customers concerned, the cheaper way; where two are needed, every concerned one is ranked."""
    at_once = scope["least"] > 1 and 2 * len(scope["concerned"]) >= len(scope["ranked"])
    return statement.replace("{held}", _HELD_AT_ONCE if at_once else _HELD)


def _reached(concerned: Collection[int], before: Portfolio, after: Portfolio) -> list[int]:
    """The segments whose verdicts may differ by the concerned ones: their circles, as they were and as they are."""
    circles = [one.circles.get(segment, {segment}) for one in (before, after) for segment in concerned]
    return sorted(after.ranks.keys() & set[int]().union(*circles))


def _by_segment(rulings: Sequence[Ruling]) -> Iterator[Moved]:
    """How many of each segment are suppressed and released, the segments with most first."""
    counts: dict[int, dict[str, int]] = {}
    for one in rulings:
        kinds = counts.setdefault(one.segment, {"suppressed": 0, "released": 0, "reassigned": 0})
        kinds[one.kind] += one.customers
    turned_most = sorted(counts, key=lambda key: (-counts[key]["suppressed"] - counts[key]["released"], key))
    for segment in turned_most:
        if counts[segment]["suppressed"] or counts[segment]["released"]:
            yield Moved(segment, counts[segment]["suppressed"], counts[segment]["released"])


def _rulings(portfolio: Portfolio, scope: Mapping[str, Any]) -> Iterator[Ruling]:
    """What changes, combination by combination."""
    with connection.cursor() as cursor:
        cursor.execute(_asked(_COMBINATIONS, scope), scope)
        combinations = cursor.fetchall()
    for segments, states, customers in combinations:
        stored = dict(zip(_numbers(segments), _numbers(states), strict=True))
        verdicts = govern(qualified=stored, portfolio=portfolio)
        for turn in turned(stored=stored, verdicts=verdicts):
            yield Ruling(segments, states, customers, turn.segment, turn.kind, turn.suppressor)


def _numbers(array: str) -> list[int]:
    """The numbers of an array as PostgreSQL writes it: `{1,2}`."""
    return [int(number) for number in array.strip("{}").split(",")]


def _columns(rulings: Sequence[Ruling], versions: Mapping[int, int]) -> dict[str, Any]:
    return {
        "segments": [one.segments for one in rulings],
        "states": [one.states for one in rulings],
        "segment": [one.segment for one in rulings],
        "kind": [one.kind for one in rulings],
        "suppressed_by": [one.suppressed_by for one in rulings],
        "version": [versions[one.segment] for one in rulings],
    }


def latest_instant(now: datetime) -> datetime:
    """`now`, or later where a change of anybody was logged later: a log is in order for every customer."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(at) FROM (SELECT at FROM segmentation_membershipchange ORDER BY id DESC LIMIT 1000) l"
        )
        logged = cursor.fetchone()[0]
    return instant_for(customers=[], now=max(now, logged) if logged else now)


def _apply(lines: Mapping[str, Any], cause: Cause, now: datetime) -> None:
    """Store the verdicts and log those that changed a state."""
    why = {"cause_kind": cause.kind, "cause_id": cause.id, "cause_detail": cause.detail, "caused_at": cause.at}
    with connection.cursor() as cursor:
        cursor.execute(_asked(_APPLY, lines), {**lines, **why, "now": now})
