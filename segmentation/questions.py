"""Which rules to ask of which customers in one statement, when each rule was asked about customers of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from segmentation.portfolio import Book, Standing

# Portfolios larger than this are asked for exactly what is needed.
MOST_ROUNDED = 64
# From this many customers on, a statement more is cheaper than asking every rule about all of them.
MANY = 500


def statements(
    *, asked: Mapping[int, Collection[int]], due: Sequence[Standing], book: Book
) -> Iterator[tuple[list[Standing], set[int]]]:
    """The rules of each statement, and the customers it is about. Together they cover what is asked of the `due` segments
    (all of one depth); an answer that nobody asked for is to be left alone.
    """
    customers = {customer for one in due for customer in asked[one.id]}
    if len(customers) < MANY:
        yield _rounded_up(due, book), customers
        return
    yield from _alike(due, asked)


def _rounded_up(due: Sequence[Standing], book: Book) -> list[Standing]:
    """The rules of a small batch: where a good part of a depth is asked, all of it.

    The text of a statement is kept by the set of its rules. Any mix of events asks for another set, and making the
    text anew costs more than a few conditions whose answers nobody reads.
    """
    depths = {book.depth[one.id] for one in due}
    whole = [one for one in book.segments.values() if one.evaluable and book.depth[one.id] in depths]
    return whole if len(whole) <= MOST_ROUNDED and len(due) * 4 > len(whole) else list(due)


def _alike(due: Sequence[Standing], asked: Mapping[int, Collection[int]]) -> Iterator[tuple[list[Standing], set[int]]]:
    """Rules asked about about as many customers share a statement: the clock may ask one rule about everybody."""
    left = sorted(due, key=lambda one: -len(asked[one.id]))
    while left:
        most = len(asked[left[0].id])
        together = [one for one in left if len(asked[one.id]) * 2 >= most or most < MANY]
        yield together, {customer for one in together for customer in asked[one.id]}
        left = left[len(together) :]
