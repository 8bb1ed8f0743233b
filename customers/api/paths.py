"""`<customer:reference>` in addresses. Ids may hold slashes; the names of the parts below a customer end them."""

from __future__ import annotations

from django.urls import register_converter
from django.urls.converters import get_converters

from common.problem import Problem, ProblemError
from customers.models import Customer
from customers.references import customer_named

PARTS = ("segments", "events", "messages", "export", "unmerge", "pause", "resume")


class CustomerReference:
    """Our number, or a kind of id, a colon and the id."""

    regex = rf"(?:\d+|(?:user_id|email|anonymous_id|phone):(?:(?!/(?:{'|'.join(PARTS)})/\Z).)+)"

    def to_python(self, value: str) -> str:
        """The reference as it came."""
        return value

    def to_url(self, value: object) -> str:
        """The reference of a number or text."""
        return str(value)


if "customer" not in get_converters():
    register_converter(CustomerReference, "customer")


def customer_at(reference: str) -> Customer:
    """The customer that an address names. Raises ProblemError (404) if it names nobody."""
    customer = customer_named(reference)
    if customer is None:
        raise ProblemError(Problem("no_such_customer", "There is no such customer.", 404, detail=reference))
    return customer
