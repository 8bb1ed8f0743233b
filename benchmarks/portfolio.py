"""The forty live segments of the benchmarks: the language's twenty rules, and a library that uses all that it can say.

`SEGMENTS` maps slugs to rules in the order to publish them: whoever reads a segment stands below it, and the rank of each
is its place. Sizes on the base that `load_bench` makes go from nobody and a thousandth to three fifths of the customers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User

from config.demo.segments import SEGMENTS as DEMO
from config.demo.segments import attribute, did, last, rule
from segmentation import governance
from segmentation.models import Segment
from segmentation.save import create, save_draft

Json = dict[str, Any]

CASES = Path(__file__).parent.parent / "tests" / "cases"
BENCHED = range(1, 21)


def twenty() -> dict[str, Json]:
    """The twenty rules of the benchmarks, by the name of their case."""
    folders = sorted(folder for folder in CASES.iterdir() if (folder / "rule.json").exists())
    benched = [folder for folder in folders if int(folder.name[:2]) in BENCHED]
    return {folder.name: json.loads((folder / "rule.json").read_text(encoding="utf-8")) for folder in benched}


def _measured(event: str, aggregate: str, window: Json, key: str | None = None) -> Json:
    measure = {"aggregate": aggregate, **({"property": key} if key else {})}
    return {"event": event, "measure": measure, "window": window}


def _has(measured: Json, operator: str, value: Any) -> Json:
    return {"type": "event", **measured, "operator": operator, "value": value}


def _compare(left: Json, operator: str, right: Any, **more: float) -> Json:
    return {"type": "compare", "left": left, "operator": operator, "right": right, **more}


def _latest(key: str, operator: str, value: Any, which: str, window: Json) -> Json:
    return {
        "type": "latest",
        "event": "Product Viewed",
        "which": which,
        "property": key,
        "operator": operator,
        "value": value,
        "window": window,
    }


def _group(op: str, *conditions: Json) -> Json:
    return {"op": op, "conditions": list(conditions)}


def _segment(slug: str, state: str, window: Json | None = None) -> Json:
    return {"type": "segment", "segment": slug, "state": state, **({"window": window} if window else {})}


REACHED_BY_EMAIL = {"type": "consent", "channel": "email", "operator": "reachable"}
CAME_BY_EMAIL = {
    "type": "sequence",
    "first": {"event": "Email Opened"},
    "then": {"event": "Page Viewed"},
    "within": {"amount": 48, "unit": "hours"},
    "window": last(90, "days"),
}
WEEKEND = [{"property": "$weekday", "operator": "gte", "value": 6}]

# Beside the demo's: what its rules leave of the language.
FURTHER: dict[str, Json] = {
    "birthday-this-week": rule(attribute("birthday", "anniversary_in_next", {"amount": 1, "unit": "weeks"})),
    "readers-in-three-countries": rule(attribute("country", "is", ["DE", "PL", "FR"]), REACHED_BY_EMAIL),
    "spenders-of-the-quarter": rule(_has(_measured("Product Ordered", "sum", last(90, "days"), "revenue"), "gt", 300)),
    "broad-interests": rule(_has(_measured("Product Viewed", "distinct", last(180, "days"), "category"), "gte", 5)),
    "dear-carts": rule(
        _has(_measured("Product Added", "max", last(60, "days"), "price"), "gte", 150),
        _has(_measured("Product Added", "min", last(60, "days"), "price"), "gte", 20),
    ),
    "at-weekends": rule(did("Page Viewed", last(60, "days"), value=2, where=WEEKEND)),
    "came-by-e-mail": rule(CAME_BY_EMAIL),
    "moved-from-desktop-to-phone": rule(
        _latest("device", "is", "desktop", "first", {"ever": True}),
        _latest("device", "is", "mobile", "last", last(180, "days")),
    ),
    "nobodys-customers": rule(
        _group("none", _segment("at-risk", "in"), _segment("vip-retention", "in"), _segment("open-ticket", "in")),
        _group("any", attribute("points", "between", [500, 3999]), attribute("email", "starts_with", "u1")),
    ),
    "close-to-five-thousand": rule(
        _compare({"attribute": "points"}, "gte", 5000, offset=-100),
        _compare({"attribute": "points"}, "lt", 5000),
        but_not=(
            _group("all", _segment("vip-retention", "ever"), _segment("vip-retention", "left", last(30, "days"))),
        ),
    ),
}
# The demo's rules under the slugs that the twentieth of the twenty reads; it looks for the others by their own.
READ_AS = {"high-value-at-risk": "at-risk"}


def segments() -> dict[str, Json]:
    """Forty rules by slug, in the order of their ranks."""
    library = {READ_AS.get(drawn.slug, drawn.slug): drawn.rule for drawn in DEMO} | FURTHER
    return {**library, **twenty()}


SEGMENTS: Mapping[str, Json] = segments()
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Offers": ("cart-abandoners", "browsing-not-buying", "discount-driven", "02-cart-abandoners"),
    "Win back": ("at-risk", "later-than-usual", "lapsed", "07-inactive", "10-top-fifth-gone-quiet"),
}
EXCLUSIONS: Mapping[str, tuple[str, ...]] = {"vip-retention": ("discount-driven", "e-mail-readers", "03-vip")}


def drawn(*, by: User | None, now: datetime) -> list[Segment]:
    """The forty as drafts, made or brought up to date, in the order to publish them."""
    return [_drawn(slug, document, by=by, now=now) for slug, document in SEGMENTS.items()]


def _drawn(slug: str, document: Json, *, by: User | None, now: datetime) -> Segment:
    segment = Segment.objects.filter(slug=slug).first()
    if segment is None:
        return create(name=slug, slug=slug, rule=document, by=by, now=now)
    return segment if segment.rule == document else save_draft(segment=segment, rule=document, now=now)


def govern(*, by: User | None, now: datetime) -> None:
    """The order, the exclusion groups and the exclusions, once all forty are live. Safe to repeat."""
    governance.set_priorities(segments=list(SEGMENTS), by=by, now=now)
    for name, slugs in GROUPS.items():
        governance.put_group(name=name, segments=slugs, by=by, now=now)
    for upper, lower in EXCLUSIONS.items():
        governance.put_exclusion(segment=upper, excludes=lower, by=by, now=now)
