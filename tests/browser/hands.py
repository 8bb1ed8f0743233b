"""Any rule drawn in the builder, by mouse or by keyboard alone: the same steps with two pairs of hands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from playwright.sync_api import Locator, Page, expect

from segmentation.rules.catalogue import Catalogue
from segmentation.rules.faults import RuleError
from segmentation.rules.operators import types_of
from segmentation.rules.parse import parse
from tests.browser.drawing import Builder

Json = dict[str, Any]
KINDS = {
    "event": "What they did",
    "attribute": "Something about them",
    "latest": "Their first or latest",
    "sequence": "One thing, then another",
    "compare": "Compare two numbers",
    "percentile": "Top or bottom share",
    "segment": "Another segment",
    "consent": "Consent",
}
MONTH = {"last": {"amount": 30, "unit": "days"}}
WEEK = {"last": {"amount": 7, "unit": "days"}}
QUARTER = {"last": {"amount": 90, "unit": "days"}}
BEFORE = {"from": {"amount": 180, "unit": "days"}, "to": {"amount": 90, "unit": "days"}}

# What Tab would come to, in its order: everything that takes focus and is seen, in the open dialog if there is one.
_STOPS = """target => {
    const root = document.querySelector("dialog[open]") ?? document;
    const all = [...root.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")];
    const stops = all.filter((one) => !one.disabled && one.tabIndex >= 0 && !(one.type === "radio" && !one.checked) && one.checkVisibility({ visibilityProperty: true }));
    return [stops.indexOf(document.activeElement), stops.indexOf(target)];
}"""


class Hands(Protocol):
    """What somebody does at a control."""

    page: Page

    def press(self, control: Locator) -> None: ...
    def write(self, field: Locator, text: str, *, enter: bool = False) -> None: ...
    def take(self, option: Locator) -> None: ...
    def choose(self, select: Locator, value: str) -> None: ...
    def finish(self) -> None: ...


class Mouse:
    """Clicks; letters are typed."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def press(self, control: Locator) -> None:
        control.click()

    def write(self, field: Locator, text: str, *, enter: bool = False) -> None:
        field.fill(text)
        if enter:
            field.press("Enter")

    def take(self, option: Locator) -> None:
        option.click()

    def choose(self, select: Locator, value: str) -> None:
        select.select_option(value)

    def finish(self) -> None:
        """Out of the editor; proposals that are still on their way would move the button."""
        dialog = self.page.locator("dialog.pop")
        expect(dialog.locator("[role=listbox][aria-busy=true]")).to_have_count(0)
        dialog.get_by_role("button", name="Done").click()
        expect(dialog).to_have_count(0)


class Keys:
    """No mouse at all: Tab and Shift+Tab to a control, then its keys. `pressed` counts every key but letters."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def key(self, name: str) -> None:
        self.pressed += 1
        self.page.keyboard.press(name)

    def reach(self, control: Locator) -> None:
        """Tab until the control has the focus. What is drawn anew meanwhile is nowhere for a moment, or has moved."""
        expect(control).to_be_visible()
        for _ in range(20):
            here, there = control.evaluate(_STOPS)
            if there < 0:
                continue
            if here == there:
                return
            for _ in range(abs(there - here)):
                self.key("Tab" if there > here else "Shift+Tab")
        raise AssertionError(f"Tab does not come to {control}")

    def press(self, control: Locator) -> None:
        self.reach(control)
        self.key("Enter" if control.get_attribute("type") != "checkbox" else "Space")

    def write(self, field: Locator, text: str, *, enter: bool = False) -> None:
        self.reach(field)
        self.key("Control+a")
        self.page.keyboard.type(text)
        if enter:
            self.key("Enter")

    def take(self, option: Locator) -> None:
        """The option that is marked."""
        expect(option).to_have_attribute("aria-selected", "true")
        self.key("Enter")

    def choose(self, select: Locator, value: str) -> None:
        self.reach(select)
        values = "(one, wanted) => [one.selectedIndex, [...one.options].findIndex((option) => option.value === wanted)]"
        for _ in range(5):
            here, there = select.evaluate(values, value)
            for _ in range(abs(there - here)):
                self.key("ArrowDown" if there > here else "ArrowUp")
        expect(select).to_have_value(value)

    def finish(self) -> None:
        """Escape closes first the proposals, then the editor."""
        dialog = self.page.locator("dialog.pop")
        for _ in range(5):
            if not dialog.count():
                return
            self.key("Escape")
        expect(dialog).to_have_count(0)


class Drawer:
    """Draws a rule condition by condition: each is added by its kind, and each part of its sentence edited that differs."""

    def __init__(self, builder: Builder, hands: Hands) -> None:
        self.builder, self.hands, self.rule = builder, hands, builder.rule
        self.dialog = builder.page.locator("dialog.pop")

    def rule_of(self, document: Json) -> None:
        self.group(document["include"], "/include", fresh="all")
        if "exclude" in document:
            if not self.rule.locator(".group.out").count():
                self.hands.press(self.rule.get_by_role("button", name="+ Leave some out"))
            self.group(document["exclude"], "/exclude", fresh="any")

    def group(self, node: Json, place: str, *, fresh: str) -> None:
        if node["op"] != fresh:
            self.hands.choose(self.keyed(f"{place}:op"), node["op"])
        for index, child in enumerate(node["conditions"]):
            below = f"{place}/conditions/{index}"
            if "op" in child:
                self.hands.press(self.keyed(f"{place}:group"))
                self.group(child, below, fresh="any")
            else:
                self.condition(child, place, below)

    def condition(self, node: Json, group: str, place: str) -> None:
        self.hands.press(self.keyed(f"{group}:add"))
        self.hands.press(self.dialog.get_by_role("button", name=KINDS[node["type"]]))
        self.picks = self.rule.locator(f'[data-drop="{place}"] > .cond .word > .pick')
        getattr(self, f"_{node['type']}")(node)

    def keyed(self, key: str) -> Locator:
        return self.rule.locator(f'[data-key="{key}"]')

    def open(self, number: int) -> None:
        """The editor of a part of the sentence, unless one is open already."""
        if not self.dialog.count():
            self.hands.press(self.picks.nth(number))

    def label(self, text: str, number: int = 0) -> Locator:
        return self.dialog.get_by_label(text, exact=True).nth(number)

    def write(self, label: str, value: object, number: int = 0, *, enter: bool = False) -> None:
        self.hands.write(self.label(label, number), str(value), enter=enter)

    def choose(self, label: str, value: str) -> None:
        select = self.label(label)
        if select.input_value() != value:
            self.hands.choose(select, value)

    # The kinds of condition. The editor of the first part is open when they begin.

    def _attribute(self, node: Json) -> None:
        self.write("Attribute", node["key"])
        self.hands.finish()
        self.open(1)
        self._test(node)
        self.hands.finish()

    def _event(self, node: Json) -> None:
        after = self._events(node, 0)
        self._window(node.get("window"), MONTH, after + 1)
        measure = (node["measure"], node["operator"], node.get("value"))
        if measure != ({"aggregate": "count"}, "gte", 1):
            self.open(after)
            self._measure(node["measure"])
            self._test(node)
            self.hands.finish()

    def _latest(self, node: Json) -> None:
        after = self._events(node, 2)
        self._window(node.get("window"), {"ever": True}, after)
        self.open(0)
        self.write("Property", node["property"])
        self.hands.finish()
        if node["which"] != "last":
            self.open(1)
            self.choose("Which", node["which"])
            self.hands.finish()
        self.open(after + 1)
        self._test(node)
        self.hands.finish()

    def _sequence(self, node: Json) -> None:
        after = self._events(node["first"], 0)
        self._window(node.get("window"), WEEK, after)
        self.open(after + 2)
        end = self._events(node["then"], after + 2)
        if not node.get("negate"):
            self.open(after + 1)
            self.choose("What follows", "did")
            self.hands.finish()
        if node["within"] != {"amount": 24, "unit": "hours"} or "after" in node:
            self.open(end)
            self._duration("Within", node["within"])
            self.hands.finish()
        if "same" in node:
            self.open(end + 1)
            for key in node["same"]:
                self.write("Properties that must be equal", key, enter=True)
            self.hands.finish()

    def _compare(self, node: Json) -> None:
        blank = {"event": "Order Completed", "measure": {"aggregate": "count"}}
        after = self._side(node["left"], {**blank, "window": QUARTER}, 0)
        if node["operator"] != "lt" or node.get("factor", 1) != 1:
            self.open(after)
            self.choose("How", node["operator"])
            self.write("Times the other side", node.get("factor", 1))
            self.hands.finish()
        self._close()
        end = self._side(node["right"], {**blank, "window": BEFORE}, after + 1)
        self._close()
        if node.get("offset"):
            self.open(end)
            self.write("Added to the other side", node["offset"])
            self.hands.finish()

    def _side(self, side: Json, blank: Json, first: int) -> int:
        """One side of a comparison; the number of the part after it."""
        if side == blank:
            self._close()
            return first + 3
        self.open(first)
        self.choose("Compare", "attribute")
        self.write("Attribute", side["attribute"])
        self.hands.finish()
        return first + 1

    def _percentile(self, node: Json) -> None:
        self.write("Attribute", node["key"])
        self.hands.finish()
        self.open(1)
        self.choose("Side", node["side"])
        self.write("Per cent", node["percent"])
        self.hands.finish()

    def _segment(self, node: Json) -> None:
        self.choose("Segment", node["segment"])
        self.hands.finish()
        if node["state"] != "in":
            self.open(0)
            self.choose("How", node["state"])
            self.hands.finish()
            if node["state"] in ("entered", "left"):
                self._window(node["window"], WEEK, 2)

    def _consent(self, node: Json) -> None:
        self.choose("How", node["operator"])
        wanted = node.get("value")
        for state, label in (("unsubscribed", "unsubscribed"), ("never", "never asked")):
            if wanted == state:
                self.hands.press(self.label(label))
                self.hands.press(self.label("subscribed"))
        self.hands.finish()
        if node["channel"] != "email":
            self.open(0)
            self.choose("Channel", node["channel"])
            self.hands.finish()

    # What the kinds share.

    def _events(self, selector: Json, first: int) -> int:
        """The events and their tests; the number of the part after them. Their editor is open."""
        names = selector["event"] if isinstance(selector["event"], list) else [selector["event"]]
        if names == ["*"]:
            self.hands.press(self.label("Any event"))
        for name in names if names != ["*"] else []:
            self.write("Event, or any of several", name, enter=True)
            expect(self.dialog.get_by_role("button", name=f"Take out {name}", exact=True)).to_be_visible()
        where = selector.get("where", [])
        for number, line in enumerate(where):
            if number:
                self.open(first)
            self.hands.press(self.dialog.get_by_role("button", name="+ Where a property"))
            self.write("Property", line["property"])
            self._test(line)
            self.hands.finish()
        self._close()
        return first + 1 + len(where)

    def _measure(self, measure: Json) -> None:
        self.choose("Measure", measure["aggregate"])
        if "property" in measure:
            self.write("Property", measure["property"])

    def _window(self, window: Json | None, default: Json, number: int) -> None:
        wanted = window or {"ever": True}
        if wanted == default:
            return
        self.open(number)
        form = next(iter(wanted))
        self.choose("When", form)
        if form == "last":
            self._duration("How long", wanted["last"])
        elif form == "from":
            self._duration("From this long ago", wanted["from"])
            self._duration("Until this long ago", wanted["to"], 1)
        elif form == "between":
            self._instants(wanted["between"])
        self.hands.finish()

    def _duration(self, label: str, span: Json, number: int = 0) -> None:
        self.write(label, span["amount"])
        unit = self.label("Unit", number)
        if unit.input_value() != span["unit"]:
            self.hands.choose(unit, span["unit"])

    def _instants(self, pair: list[str]) -> None:
        for label, value in zip(("From (UTC)", "Before (UTC)"), pair, strict=True):
            self.write(label, value[:16])

    def _test(self, node: Json) -> None:
        """The operator and what it compares with."""
        operator, value = node["operator"], node.get("value")
        how = self.label("How")
        choices = how.evaluate("one => [...one.options].map((option) => option.value)")
        types = list(types_of(operator))
        if operator in ("between", "not_between"):
            types = ["date" if isinstance(value[0], str) else "number"]
        typed = next((key for key in (f"{type_}:{operator}" for type_ in types) if key in choices), operator)
        self.choose("How", typed)
        if isinstance(value, dict):
            self._duration("How long", value)
        elif isinstance(value, list) and isinstance(value[0], str) and operator == "between":
            self._instants(value)
        elif isinstance(value, list) and not isinstance(value[0], str):
            for label, one in zip(("From", "To"), value, strict=True):
                self.write(label, one)
        elif value is not None:
            self._values(value)

    def _values(self, value: Any) -> None:
        if isinstance(value, int | float):
            self.write("Number", value)
        elif self.label("Any of these").count():
            for text in _listed(value):
                self.write("Any of these", text, enter=True)
        else:
            self.write("Text", value)

    def _close(self) -> None:
        if self.dialog.count():
            self.hands.finish()


def _listed(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def same(builder: Builder, document: Json) -> bool:
    """Whether the builder's rule means what a document does, whatever is left at its default."""
    try:
        return parse(builder.document(), catalogue=Catalogue()) == parse(document, catalogue=Catalogue())
    except RuleError:
        return False


def conditions_of(document: Json) -> Iterator[tuple[str, Json]]:
    """The conditions at the top of both sides."""
    for side in ("include", "exclude"):
        yield from ((side, node) for node in document.get(side, {}).get("conditions", []))
