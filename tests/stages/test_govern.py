"""Verb 4 against a literal reading of the governance chapter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from segmentation.govern import Portfolio, govern
from segmentation.hysteresis import Hysteresis, Settled, Stay, Step, settle

SEGMENTS = list(range(1, 9))


def literal(qualified: set[int], portfolio: Portfolio) -> dict[int, int | None]:
    """Word by word: walk in rank order; a group taken, an exclusion by an active one, or a full stop above suppress."""
    active: list[int] = []
    answer: dict[int, int | None] = {}
    for segment in sorted(qualified, key=lambda one: portfolio.ranks[one]):
        causes = set()
        for above in active:
            if any(above in group and segment in group for group in portfolio.groups):
                causes.add(above)
            if segment in portfolio.excludes.get(above, frozenset()):
                causes.add(above)
            if above in portfolio.full_stops:
                causes.add(above)
        answer[segment] = min(causes, key=lambda one: portfolio.ranks[one]) if causes else None
        if not causes:
            active.append(segment)
    return answer


@st.composite
def portfolios(draw: st.DrawFn) -> Portfolio:
    order = draw(st.permutations(SEGMENTS))
    groups = draw(st.lists(st.frozensets(st.sampled_from(SEGMENTS), min_size=2, max_size=4), max_size=3))
    pairs = draw(st.lists(st.tuples(st.sampled_from(SEGMENTS), st.sampled_from(SEGMENTS)), max_size=6))
    excludes: dict[int, set[int]] = {}
    for upper, lower in pairs:
        if order.index(upper) < order.index(lower):
            excludes.setdefault(upper, set()).add(lower)
    return Portfolio(
        ranks={segment: place + 1 for place, segment in enumerate(order)},
        groups=tuple(groups),
        excludes={upper: frozenset(lower) for upper, lower in excludes.items()},
        full_stops=draw(st.frozensets(st.sampled_from(SEGMENTS), max_size=2)),
    )


qualified_sets = st.sets(st.sampled_from(SEGMENTS))


@given(portfolios(), qualified_sets)
def test_the_verdicts_are_those_of_the_chapter_read_literally(portfolio: Portfolio, qualified: set[int]) -> None:
    assert govern(qualified=qualified, portfolio=portfolio) == literal(qualified, portfolio)


@given(portfolios(), st.permutations(SEGMENTS), st.integers(0, 8))
def test_the_order_in_which_segments_were_entered_does_not_matter(
    portfolio: Portfolio, arrival: list[int], size: int
) -> None:
    assert govern(qualified=arrival[:size], portfolio=portfolio) == govern(
        qualified=sorted(arrival[:size]), portfolio=portfolio
    )


@given(portfolios(), qualified_sets, st.sampled_from(SEGMENTS), st.integers(1, 8))
def test_raising_a_rank_never_suppresses_the_segment_raised(
    portfolio: Portfolio, qualified: set[int], raised: int, to: int
) -> None:
    order = sorted(SEGMENTS, key=lambda one: portfolio.ranks[one])
    if to > portfolio.ranks[raised]:
        return
    order.remove(raised)
    order.insert(to - 1, raised)
    ranks = {segment: place + 1 for place, segment in enumerate(order)}
    allowed = {
        upper: frozenset(one for one in lower if ranks[upper] < ranks[one])
        for upper, lower in portfolio.excludes.items()
    }
    after = Portfolio(ranks, portfolio.groups, allowed, portfolio.full_stops)
    before = govern(qualified=qualified, portfolio=portfolio)
    if raised in qualified and before[raised] is None:
        assert govern(qualified=qualified, portfolio=after)[raised] is None


@given(portfolios(), qualified_sets)
def test_the_highest_ranking_segment_is_always_active(portfolio: Portfolio, qualified: set[int]) -> None:
    verdicts = govern(qualified=qualified, portfolio=portfolio)
    if verdicts:
        assert verdicts[min(verdicts, key=lambda one: portfolio.ranks[one])] is None


@given(portfolios(), qualified_sets)
def test_whatever_suppresses_is_active_itself_and_ranks_above(portfolio: Portfolio, qualified: set[int]) -> None:
    verdicts = govern(qualified=qualified, portfolio=portfolio)
    for segment, cause in verdicts.items():
        if cause is not None:
            assert verdicts[cause] is None
            assert portfolio.ranks[cause] < portfolio.ranks[segment]


@given(portfolios(), qualified_sets)
def test_each_circle_of_segments_can_be_governed_alone(portfolio: Portfolio, qualified: set[int]) -> None:
    verdicts = govern(qualified=qualified, portfolio=portfolio)
    assert portfolio.circles.keys() == portfolio.ranks.keys()
    for circle in portfolio.circles.values():
        alone = govern(qualified=qualified & circle, portfolio=portfolio)
        assert alone == {segment: verdicts[segment] for segment in qualified & circle}


def test_a_suppressed_segment_suppresses_nobody() -> None:
    portfolio = Portfolio({1: 1, 2: 2, 3: 3}, groups=(frozenset({1, 2}), frozenset({2, 3})))
    assert govern(qualified={1, 2, 3}, portfolio=portfolio) == {1: None, 2: 1, 3: None}


def test_a_segment_without_a_rank_is_not_governed() -> None:
    assert govern(qualified={1, 9}, portfolio=Portfolio({1: 1})) == {1: None}


NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_grace_begins_when_the_rule_is_first_seen_false_and_ends_on_its_instant() -> None:
    calm = Hysteresis(exit_grace=3 * DAY)
    began = settle(truth=False, stay=Stay(NOW - 9 * DAY), last_exit=None, hysteresis=calm, now=NOW)
    assert began == Settled(Step.STAY, false_since=NOW, look_at=NOW + 3 * DAY, edge="exit_grace")
    waiting = Stay(NOW - 9 * DAY, false_since=NOW)
    early = settle(truth=False, stay=waiting, last_exit=None, hysteresis=calm, now=NOW + 3 * DAY - timedelta.resolution)
    assert early.step is Step.STAY
    assert settle(truth=False, stay=waiting, last_exit=None, hysteresis=calm, now=NOW + 3 * DAY).step is Step.EXIT
    assert settle(truth=True, stay=waiting, last_exit=None, hysteresis=calm, now=NOW + DAY) == Settled(Step.STAY)


def test_the_longer_of_minimum_stay_and_grace_decides() -> None:
    both = Hysteresis(min_stay=10 * DAY, exit_grace=2 * DAY)
    held = settle(truth=False, stay=Stay(NOW - 3 * DAY), last_exit=None, hysteresis=both, now=NOW)
    assert (held.look_at, held.edge) == (NOW + 7 * DAY, "min_stay")
    graced = settle(truth=False, stay=Stay(NOW - 9 * DAY), last_exit=None, hysteresis=both, now=NOW)
    assert (graced.look_at, graced.edge) == (NOW + 2 * DAY, "exit_grace")


def test_nobody_comes_back_before_the_pause_is_over() -> None:
    pause = Hysteresis(re_entry_pause=2 * DAY)
    early = settle(truth=True, stay=None, last_exit=NOW - DAY, hysteresis=pause, now=NOW)
    assert early == Settled(Step.OUT, look_at=NOW + DAY, edge="re_entry_pause")
    assert settle(truth=True, stay=None, last_exit=NOW - 2 * DAY, hysteresis=pause, now=NOW).step is Step.ENTER
    assert settle(truth=True, stay=None, last_exit=None, hysteresis=pause, now=NOW).step is Step.ENTER
