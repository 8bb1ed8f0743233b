"""The lines of an order, each an event of its own."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Any

from customers.tracking.values import number_in, read_numbers

ORDER_COMPLETED, PRODUCT_ORDERED = "Order Completed", "Product Ordered"
# Digits enough for the product of any two numbers that `clean` lets through: a sum of money is never rounded here.
EXACT = Context(prec=1000)
_KEPT = ("product_id", "sku", "name", "category", "price", "quantity", "coupon")


def lines_of(properties: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    """The properties of each `Product Ordered` line of an order, with its place among the order's `products`."""
    products = properties.get("products")
    if not isinstance(products, list):
        return []
    order_id = properties.get("order_id")
    return [(line, _line(product, order_id)) for line, product in enumerate(products) if isinstance(product, dict)]


def categories_of(properties: dict[str, Any]) -> list[str]:
    """The categories of an order's lines as they are written, each once; what is no text is none."""
    categories = (line.get("category") for _, line in lines_of(properties))
    return sorted({category for category in categories if isinstance(category, str)})


def _line(product: dict[str, Any], order_id: Any) -> dict[str, Any]:
    kept = {key: product[key] for key in _KEPT if key in product}
    read_numbers(kept)
    if order_id is not None:
        kept["order_id"] = order_id
    revenue = line_revenue(kept)
    if revenue is not None:
        kept["revenue"] = revenue
    return kept


def line_revenue(product: dict[str, Any]) -> Decimal | int | None:
    """Price times quantity, a quantity of one where none is given; None where either is no number."""
    price = number_in(product.get("price"))
    quantity = 1 if product.get("quantity") is None else number_in(product["quantity"])
    if price is None or quantity is None:
        return None
    if isinstance(price, int) and isinstance(quantity, int):
        return price * quantity
    return EXACT.multiply(Decimal(price), Decimal(quantity))
