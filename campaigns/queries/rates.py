"""Two shares beside each other: whether they surely differ, and how far apart they can be."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class Rate:
    """So many of so many answered."""

    answered: int
    of: int

    @property
    def share(self) -> float:
        return self.answered / self.of if self.of else 0.0

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.answered + other.answered, self.of + other.of)


def difference_by_chance(one: Rate, two: Rate) -> float:
    """How likely two equal shares look at least this different (two-sided), between 0 and 1; 1 where nobody can tell.

    The z test of two proportions with the pooled standard error: Fleiss, Levin, Paik, Statistical Methods for Rates and
    Proportions (3rd edition, 2003), 3.1, without correction for continuity.
    """
    both = one + two
    if not one.of or not two.of or both.share in (0, 1):
        return 1.0
    error = sqrt(both.share * (1 - both.share) * (1 / one.of + 1 / two.of))
    return erfc(abs(one.share - two.share) / error / sqrt(2))


def difference_between(one: Rate, two: Rate, *, sure: float) -> tuple[float, float]:
    """Between which numbers the difference of two shares (the first less the second) lies, as sure as `sure` (0.9).

    Newcombe's interval from two Wilson score intervals, without correction for continuity: R. G. Newcombe, Interval
    estimation for the difference between independent proportions, Statistics in Medicine 17 (1998) 873-890, method 10.
    """
    if not one.of or not two.of:
        return (-1.0, 1.0)
    low, high = wilson(one, sure=sure)
    other_low, other_high = wilson(two, sure=sure)
    apart = one.share - two.share
    below = sqrt((one.share - low) ** 2 + (other_high - two.share) ** 2)
    above = sqrt((high - one.share) ** 2 + (two.share - other_low) ** 2)
    return (apart - below, apart + above)


def wilson(rate: Rate, *, sure: float) -> tuple[float, float]:
    """Between which numbers a share lies: Wilson's score interval (E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212)."""
    z = NormalDist().inv_cdf((1 + sure) / 2)
    n, p = rate.of, rate.share
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return (max(middle - half, 0.0), min(middle + half, 1.0))
