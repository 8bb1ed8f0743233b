"""How the tables of a statement are joined to its customers.

A customer who lacks a row in a table that the condition insists on does not belong, whatever the others hold. Such
tables are joined first, and the others to them: an outer join to the customers would hold the planner to read every
customer's own row before it knows who is left.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from segmentation.compiler.sql import Expression, column, equal

_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


def joined(query: exp.Select, tables: Mapping[str, exp.Select], *, person: str, held: Expression | None) -> exp.Select:
    """The query over `person` with each table, of at most one row a `customer_id`, joined under its alias."""
    asked = insisted_on(held) if held is not None else frozenset()
    first = [alias for alias in tables if alias in asked]
    near = column("customer_id", first[0]) if first else column("id", person)
    for alias in first:
        query = _join(query, alias, tables[alias], column("id", person), "inner")
    for alias in tables:
        if alias not in asked:
            query = _join(query, alias, tables[alias], near, "left")
    return query


def _join(query: exp.Select, alias: str, made: exp.Select, to: Expression, kind: str) -> exp.Select:
    on = equal(column("customer_id", alias), to)
    return query.join(made.subquery(alias, copy=False), on=on, join_type=kind, copy=False)


def insisted_on(condition: Expression) -> frozenset[str]:
    """The tables without whose row the condition is not true."""
    if isinstance(condition, exp.Paren):
        return insisted_on(condition.this)
    if isinstance(condition, exp.And):
        return insisted_on(condition.left) | insisted_on(condition.right)
    if isinstance(condition, exp.Not) and isinstance(condition.this, exp.Is):
        missing = isinstance(condition.this.expression, exp.Null)
        return _missing_with(condition.this.this) if missing else frozenset()
    if isinstance(condition, exp.Is) and condition.expression == exp.true():
        return insisted_on(condition.this)
    if isinstance(condition, _COMPARISONS):
        return _missing_with(condition.left) | _missing_with(condition.right)
    return frozenset()


def _missing_with(value: Expression) -> frozenset[str]:
    """The tables without whose row the value is missing."""
    if isinstance(value, exp.Column):
        return frozenset({value.table})
    if isinstance(value, exp.Paren | exp.Cast):
        return _missing_with(value.this)
    if isinstance(value, _ARITHMETIC):
        return _missing_with(value.left) | _missing_with(value.right)
    return frozenset()
