"""Which rules to ask of which customers in one statement, when each rule was asked about customers of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from segmentation.portfolio import Book, Standing

# The statements of portfolios larger than this are made by what changed.
MOST_ROUNDED = 64
# From this many customers on, a statement more is cheaper than asking every rule about all of them.
MANY = 500


def statements(
    *, asked: Mapping[int, Collection[int]], due: Sequence[Standing], book: Book
) -> Iterator[tuple[list[Standing], set[int]]]:
    """The rules of each statement, and the customers it is about. Together they cover what is asked of the `due` segments
    (all of one depth); an answer that nobody asked for is to be left alone.

    The text of a statement is kept by the set of its rules. Any mix of events asks for another set, and making the
    text anew costs more than a few conditions whose answers nobody reads, so that sets are chosen that come again.
    """
    customers = {customer for one in due for customer in asked[one.id]}
    if len(book.evaluable) > MOST_ROUNDED:
        yield from _by_what_changed(due, asked, book)
    elif len(customers) < MANY:
        yield _rounded_up(due, book), customers
    else:
        yield from _alike(due, asked)


def _rounded_up(due: Sequence[Standing], book: Book) -> list[Standing]:
    """The rules of a small batch: where a good part of a depth is asked, all of it."""
    depths = {book.depth[one.id] for one in due}
    whole = [one for one in book.segments.values() if one.evaluable and book.depth[one.id] in depths]
    return whole if len(due) * 4 > len(whole) else list(due)


def _by_what_changed(
    due: Sequence[Standing], asked: Mapping[int, Collection[int]], book: Book
) -> Iterator[tuple[list[Standing], set[int]]]:
    """The segments that read one thing share a statement, about the customers who are asked for all of them."""
    mine: dict[int, set[int]] = {}
    for one in due:
        for customer in asked[one.id]:
            mine.setdefault(customer, set()).add(one.id)
    alike: dict[frozenset[int], set[int]] = {}
    for customer, theirs in mine.items():
        alike.setdefault(frozenset(theirs), set()).add(customer)
    shared: dict[frozenset[int], set[int]] = {}
    for segments, customers in alike.items():
        for together in _covering(segments, book):
            shared.setdefault(together, set()).update(customers)
    for together, customers in shared.items():
        yield [book.segments[segment] for segment in sorted(together)], customers


def _covering(segments: frozenset[int], book: Book) -> Iterator[frozenset[int]]:
    """Sets of segments that read one thing, the larger first, which together are these."""
    left = set(segments)
    while left:
        one = min(left)
        known = (together for together in book.together.get(one, ()) if together <= segments)
        together = next(known, frozenset((one,)))
        yield together
        left -= together


def _alike(due: Sequence[Standing], asked: Mapping[int, Collection[int]]) -> Iterator[tuple[list[Standing], set[int]]]:
    """Rules asked about about as many customers share a statement: the clock may ask one rule about everybody."""
    left = sorted(due, key=lambda one: -len(asked[one.id]))
    while left:
        most = len(asked[left[0].id])
        together = [one for one in left if len(asked[one.id]) * 2 >= most or most < MANY]
        yield together, {customer for one in together for customer in asked[one.id]}
        left = left[len(together) :]
