"""The few shapes of SQL that every condition is made of, as SQLGlot expressions.

Expressions are shared as they are: once one is made nothing changes it, and the text is written without a copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlglot import exp

Expression = exp.Expr

_TYPES: dict[str, exp.DataType] = {}


def column(name: str, table: str) -> Expression:
    return exp.Column(this=exp.Identifier(this=name, quoted=False), table=exp.Identifier(this=table, quoted=False))


def cast(expression: Expression, type_: str) -> Expression:
    if type_ not in _TYPES:
        _TYPES[type_] = exp.DataType.build(type_, dialect="postgres")
    return exp.Cast(this=expression, to=_TYPES[type_])


def call(name: str, *arguments: Expression) -> Expression:
    return exp.Anonymous(this=name, expressions=list(arguments))


def word(text: str) -> Expression:
    """A text of our own in the statement: a format, a type name; never a value of a rule."""
    return exp.Literal.string(text)


def number(value: int) -> Expression:
    return exp.Literal.number(value)


def all_of(conditions: Iterable[Expression]) -> Expression:
    return _joined(exp.And, list(conditions), exp.true())


def any_of(conditions: Iterable[Expression]) -> Expression:
    return _joined(exp.Or, list(conditions), exp.false())


def _joined(kind: type[exp.Connector], conditions: Sequence[Expression], empty: Expression) -> Expression:
    if not conditions:
        return empty
    if len(conditions) == 1:
        return conditions[0]
    # Halves, so that two hundred conditions do not nest two hundred deep.
    middle = len(conditions) // 2
    left, right = (_joined(kind, part, empty) for part in (conditions[:middle], conditions[middle:]))
    return exp.Paren(this=kind(this=left, expression=right))


def not_(condition: Expression) -> Expression:
    return exp.Not(this=exp.Paren(this=condition))


def is_true(condition: Expression) -> Expression:
    """The condition with unknown counted as false."""
    return exp.Is(this=exp.Paren(this=condition), expression=exp.true())


def is_not_true(condition: Expression) -> Expression:
    return exp.Not(this=is_true(condition))


def is_missing(expression: Expression) -> Expression:
    return exp.Is(this=expression, expression=exp.null())


def is_present(expression: Expression) -> Expression:
    return exp.Not(this=exp.Is(this=expression, expression=exp.null()))


def equal(left: Expression, right: Expression) -> Expression:
    return exp.EQ(this=left, expression=right)


def among(expression: Expression, array: Expression) -> Expression:
    return exp.EQ(this=expression, expression=exp.Any(this=exp.Paren(this=array)))


def compared(left: Expression, operator: str, right: Expression) -> Expression:
    """One of the six orders of numbers by the name that rules give it."""
    return _COMPARISONS[operator](this=left, expression=right)


_COMPARISONS: dict[str, type[exp.Binary]] = {
    "eq": exp.EQ,
    "neq": exp.NEQ,
    "gt": exp.GT,
    "gte": exp.GTE,
    "lt": exp.LT,
    "lte": exp.LTE,
}


def times(left: Expression, right: Expression) -> Expression:
    return exp.Mul(this=exp.Paren(this=left), expression=exp.Paren(this=right))


def plus(left: Expression, right: Expression) -> Expression:
    return exp.Paren(this=exp.Add(this=left, expression=right))


def minus(left: Expression, right: Expression) -> Expression:
    return exp.Paren(this=exp.Sub(this=left, expression=right))


def divided(left: Expression, right: Expression) -> Expression:
    return exp.Div(this=exp.Paren(this=left), expression=exp.Paren(this=right), typed=True, safe=False)


def when(condition: Expression, then: Expression, otherwise: Expression | None = None) -> Expression:
    case = exp.Case().when(condition, then, copy=False)
    return case.else_(otherwise, copy=False) if otherwise is not None else case


def coalesce(first: Expression, *others: Expression) -> Expression:
    return exp.Coalesce(this=first, expressions=list(others))


def lowered(text: Expression) -> Expression:
    """Unicode lower-casing by a collation of PostgreSQL's own, so that no locale of the machine decides."""
    return exp.Lower(this=exp.Collate(this=text, expression=exp.to_identifier("pg_unicode_fast", quoted=True)))


def filtered(aggregate: Expression, condition: Expression | None) -> Expression:
    if condition is None:
        return aggregate
    return exp.Filter(this=aggregate, expression=exp.Where(this=condition))


def aliased(expression: Expression, name: str) -> Expression:
    return exp.Alias(this=expression, alias=exp.to_identifier(name))


def ordered(expression: Expression, *, descending: bool = False) -> Expression:
    """As PostgreSQL orders by itself, so that the statement says nothing of nulls."""
    return exp.Ordered(this=expression, desc=descending, nulls_first=descending)


def table(name: str, alias: str) -> exp.Table:
    return exp.Table(this=exp.to_identifier(name), alias=exp.TableAlias(this=exp.to_identifier(alias)))


def utc(instant: Expression) -> Expression:
    """The wall clock of an instant in UTC, whatever the session's time zone."""
    return call("timezone", word("UTC"), instant)
