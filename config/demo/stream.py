"""Events around the real orders: visits, views, carts, e-mails, tickets, refunds. Generated from a seed.

Each maker returns a frame with the columns of COLUMNS. What is generated leads up to real orders or is drawn at
random; no order is invented.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from config.demo.shop import Shop

COLUMNS = ["household", "time", "name", "store", "message", "line", "properties"]
DEVICES = np.array(["mobile", "desktop", "tablet"])
# In microseconds: a share of a span in days would be cut to whole days, and every visit fall on one time of day.
YEAR = np.timedelta64(365 * 86_400 * 1_000_000, "us")


def events(shop: Shop, *, now: np.datetime64, seed: int) -> pd.DataFrame:
    """Every event of the shop in the order of time, none after `now`."""
    rng = np.random.default_rng(seed)
    frames = [_orders(shop), _order_lines(shop)]
    frames += _before_orders(shop, rng)
    frames += _browsing(shop, rng, now)
    frames += _mail(shop, rng, now)
    frames += [*_tickets(shop, rng, now), refunds(shop, seed=seed)[COLUMNS]]
    everything = pd.concat(frames, ignore_index=True)[COLUMNS]
    everything = everything[everything["time"] <= now]
    return everything.sort_values(["time", "message", "line"], kind="stable", ignore_index=True, na_position="first")


def refunds(shop: Shop, *, seed: int) -> pd.DataFrame:
    """About one order in 140 is refunded in part or whole, 2 to 20 days later."""
    rng = np.random.default_rng(seed + 1)
    baskets = shop.baskets[rng.random(len(shop.baskets)) < 1 / 140].copy()
    share = rng.choice([0.25, 0.5, 1.0], len(baskets))
    amount = (baskets["revenue"] * share).round(2)
    later = baskets["time"].to_numpy() + _minutes(rng, len(baskets), 2 * 1440, 20 * 1440)
    frame = _frame(baskets["household"], later, "Order Refunded", baskets["store"], "refund", baskets["basket"])
    frame["properties"] = _json({"order_id": "o-" + baskets["basket"].astype(str)}, {"revenue": amount})
    frame["basket"] = baskets["basket"].to_numpy()
    frame["amount"] = amount.to_numpy()
    return frame


def _orders(shop: Shop) -> pd.DataFrame:
    b = shop.baskets
    frame = _frame(b["household"], b["time"], "Order Completed", b["store"], "order", b["basket"])
    coupon = b["coupon"].map({True: ',"coupon":"leaflet"', False: ""})
    frame["properties"] = (
        '{"order_id":"o-'
        + b["basket"].astype(str)
        + '","revenue":'
        + b["revenue"].astype(str)
        + ',"currency":"USD"'
        + coupon
        + ',"products":[{'
        + b["products"]
        + "}]}"
    ).to_numpy()
    return frame


def _order_lines(shop: Shop) -> pd.DataFrame:
    rows = shop.lines
    frame = _frame(rows["household"], rows["time"], "Product Ordered", rows["store"], "order", rows["basket"])
    frame["line"] = rows["line"].to_numpy()
    frame["properties"] = (
        "{"
        + rows["text"]
        + ',"order_id":"o-'
        + rows["basket"].astype(str)
        + '","revenue":'
        + rows["revenue"].astype(str)
        + "}"
    ).to_numpy()
    return frame


def _before_orders(shop: Shop, rng: np.random.Generator) -> list[pd.DataFrame]:
    """A visit before each order: a page, up to three views, the first of them into the cart, a checkout."""
    lines = shop.lines[shop.lines["line"] < 3]
    lines = lines[rng.random(len(lines)) < 0.55]
    viewed = lines["time"].to_numpy() - _minutes(rng, len(lines), 6, 150)
    added = lines[lines["line"] == 0]
    cart = added["time"].to_numpy() - _minutes(rng, len(added), 3, 6)
    baskets = shop.baskets
    value = added["basket"].map(baskets.set_index("basket")["revenue"])
    starts = baskets[rng.random(len(baskets)) < 0.6]
    return [
        _pages(baskets, baskets["time"].to_numpy() - _minutes(rng, len(baskets), 150, 190), "visit", rng),
        _products("Product Viewed", lines, viewed, "view"),
        _products("Product Added", added, cart, "cart", cart_value=value),
        _checkouts(starts, rng),
    ]


def _browsing(shop: Shop, rng: np.random.Generator, now: np.datetime64) -> list[pd.DataFrame]:
    """Visits without an order, denser towards now: a page, a view, and for a third of them an abandoned cart."""
    count = 14 * len(shop.people)
    picked = shop.lines.iloc[rng.integers(0, len(shop.lines), count)].copy()
    picked["basket"] = np.arange(count)
    # Spread over a day, or a part of all visits would fall on the last minute.
    picked["time"] = now - rng.power(0.45, count) * YEAR - _minutes(rng, count, 0, 1440)
    left = picked[rng.random(count) < 0.34]
    cart = left["time"].to_numpy() + _minutes(rng, len(left), 4, 15)
    value = (left["price"] * rng.integers(1, 12, len(left))).round(2)
    return [
        _pages(picked, picked["time"].to_numpy() - _minutes(rng, count, 1, 9), "idle-visit", rng),
        _products("Product Viewed", picked, picked["time"].to_numpy(), "idle-view"),
        _products("Product Added", left, cart, "idle-cart", cart_value=value),
    ]


def _mail(shop: Shop, rng: np.random.Generator, now: np.datetime64) -> list[pd.DataFrame]:
    """A letter every fortnight to seven in ten, and the data set's own campaigns; some opened, fewer clicked."""
    readers = shop.people["household"].to_numpy()
    readers = readers[rng.random(len(readers)) < 0.7]
    issues = now - np.arange(26) * np.timedelta64(14, "D") - np.timedelta64(5, "h")
    letters = pd.DataFrame(
        {
            "household": np.repeat(readers, len(issues)),
            "time": np.tile(issues, len(readers)) + _minutes(rng, len(readers) * len(issues), 0, 20),
            "campaign": np.tile([f"letter-{26 - i}" for i in range(26)], len(readers)),
        }
    )
    sent = pd.concat([letters, shop.campaigns], ignore_index=True)
    sent["store"] = None
    keen = pd.Series(rng.beta(1.2, 2.6, len(shop.people)), index=shop.people["household"])
    opened = sent[rng.random(len(sent)) < sent["household"].map(keen).to_numpy()]
    clicked = opened[rng.random(len(opened)) < 0.22]
    return [
        _letters("Email Delivered", sent, sent["time"].to_numpy(), "mail"),
        _letters("Email Opened", opened, opened["time"].to_numpy() + _minutes(rng, len(opened), 2, 2000), "open"),
        _letters(
            "Email Link Clicked", clicked, clicked["time"].to_numpy() + _minutes(rng, len(clicked), 2001, 2100), "click"
        ),
    ]


def _tickets(shop: Shop, rng: np.random.Generator, now: np.datetime64) -> list[pd.DataFrame]:
    """Support tickets after orders; nine in ten are closed within a week."""
    baskets = shop.baskets[rng.random(len(shop.baskets)) < 1 / 400]
    opened = baskets["time"].to_numpy() + _minutes(rng, len(baskets), 60, 4000)
    topic = rng.choice(["delivery", "refund", "quality", "account"], len(baskets))
    solved = rng.random(len(baskets)) < 0.9
    shut = baskets[solved]
    frames = []
    for name, rows, times, about in (
        ("Ticket Opened", baskets, opened, topic),
        ("Ticket Closed", shut, opened[solved] + _minutes(rng, len(shut), 30, 10000), topic[solved]),
    ):
        frame = _frame(rows["household"], times, name, rows["store"], name.lower().replace(" ", "-"), rows["basket"])
        ticket = pd.Series("t-" + rows["basket"].astype(str)).reset_index(drop=True)
        frame["properties"] = _json({"ticket_id": ticket, "topic": pd.Series(about)}, {})
        frames.append(frame)
    return frames


def _pages(rows: pd.DataFrame, times: np.ndarray[Any, Any], prefix: str, rng: np.random.Generator) -> pd.DataFrame:
    frame = _frame(rows["household"], times, "Page Viewed", rows["store"], prefix, rows["basket"])
    device = pd.Series(DEVICES[rng.choice(3, len(rows), p=[0.58, 0.34, 0.08])])
    path = pd.Series(rng.choice(["/", "/offers", "/new", "/search", "/account"], len(rows)))
    frame["properties"] = _json({"path": path, "device": device}, {})
    return frame


def _products(
    name: str, rows: pd.DataFrame, times: np.ndarray[Any, Any], prefix: str, **numbers: pd.Series[Any]
) -> pd.DataFrame:
    key = rows["basket"].astype(str) + "-" + rows["line"].astype(str)
    frame = _frame(rows["household"], times, name, rows["store"], prefix, key)
    text = "{" + rows["about"] + ',"price":' + rows["price"].astype(str)
    for property_name, values in numbers.items():
        text = text + f',"{property_name}":' + values.round(2).astype(str)
    frame["properties"] = (text + "}").to_numpy()
    return frame


def _checkouts(rows: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    times = rows["time"].to_numpy() - _minutes(rng, len(rows), 1, 3)
    frame = _frame(rows["household"], times, "Checkout Started", rows["store"], "checkout", rows["basket"])
    frame["properties"] = _json({}, {"value": rows["revenue"]})
    return frame


def _letters(name: str, rows: pd.DataFrame, times: np.ndarray[Any, Any], prefix: str) -> pd.DataFrame:
    key = rows["campaign"].astype(str) + "-" + rows["household"].astype(str)
    frame = _frame(rows["household"], times, name, rows["store"], prefix, key)
    frame["properties"] = _json({"campaign": rows["campaign"]}, {})
    return frame


def _frame(household: Any, times: Any, name: str, store: Any, prefix: str, key: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "household": np.asarray(household),
            "time": np.asarray(times).astype("datetime64[us]"),
            "name": name,
            "store": np.asarray(store, dtype=object),
            "message": (f"demo-{prefix}-" + pd.Series(np.asarray(key)).astype(str)).to_numpy(),
            "line": pd.array([None] * len(times), dtype="Int16"),
        }
    )


def _json(texts: dict[str, pd.Series[Any]], numbers: dict[str, pd.Series[Any]]) -> np.ndarray[Any, Any]:
    """JSON objects of plain texts (none needs escaping) and numbers, column by column."""
    parts = [f'"{key}":"' + values.reset_index(drop=True).astype(str) + '"' for key, values in texts.items()]
    parts += [f'"{key}":' + values.reset_index(drop=True).astype(str) for key, values in numbers.items()]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "," + part
    return ("{" + joined + "}").to_numpy()


def _minutes(rng: np.random.Generator, count: int, least: int, most: int) -> np.ndarray[Any, Any]:
    return (rng.uniform(least, most, count) * 60_000_000).astype("int64").astype("timedelta64[us]")
