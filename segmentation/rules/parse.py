"""The document to typed nodes, or every fault in it.

Strict: an unknown key, a wrong type or an operator that a value does not have is a fault. `null` counts as absent. No
window means ever. What rules.md leaves open is settled in docs/rules.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from segmentation.rules.catalogue import EVENT_BUILT_IN, Catalogue
from segmentation.rules.faults import RuleError
from segmentation.rules.nodes import (
    Attribute,
    AttributeSide,
    Compare,
    Consent,
    Duration,
    Event,
    Ever,
    Group,
    Latest,
    Measure,
    Measured,
    Node,
    NumberSide,
    Percentile,
    Rule,
    Segment,
    Selector,
    Sequence,
    Side,
    ValueType,
    Window,
)
from segmentation.rules.operators import COMPARISONS
from segmentation.rules.reading import (
    MAX_DEPTH,
    MAX_NODES,
    MAX_SAME,
    MAX_VALUES,
    Fields,
    Place,
    Reading,
    a_boolean,
    a_list,
    a_name,
    a_number,
    an_object,
    kind_of,
    one_of,
    take,
)
from segmentation.rules.values import a_duration, a_measure, a_selector, a_test, a_window

VERSION = 1
GROUP_OPS = ("all", "any", "none")
WHICH = ("last", "first")
SIDES = ("top", "bottom")
SEGMENT_STATES = ("in", "ever", "entered", "left")
CONSENT_STATES = ("subscribed", "unsubscribed", "never")
CONSENT_OPERATORS = ("is", "is_not", "reachable", "not_reachable")

_NO_GROUP = Group("all", ())
_A_MINUTE = Duration(1, "minutes")
_EVER: Window = Ever()
_ZERO: Side = NumberSide(Decimal(0))
_NO_SELECTOR = Selector(("*",))


def parse(document: object, *, catalogue: Catalogue) -> Rule:
    """The rule that a JSON document writes down. Raises `RuleError` with every fault found."""
    root = Place("", document, Reading(catalogue))
    fields = an_object(root, required=("version", "include"), optional=("exclude",))
    take(fields, "version", _version, VERSION)
    include = take(fields, "include", _root_group, _NO_GROUP)
    exclude = _root_group(fields["exclude"]) if "exclude" in fields else None
    if root.reading.nodes > MAX_NODES:
        message = f"A rule holds at most {MAX_NODES} conditions and groups; this one has {root.reading.nodes:,}."
        root.fault("too_many_nodes", message)
    if root.reading.faults:
        raise RuleError(tuple(root.reading.faults))
    return Rule(include, exclude)


def _version(place: Place) -> int:
    if isinstance(place.value, bool) or place.value != VERSION:
        place.fault("unknown_value", f"This is version {VERSION} of the rule language; write {VERSION}.")
    return VERSION


def _root_group(place: Place) -> Group:
    return _group(place, 1)


def _group(place: Place, depth: int) -> Group:
    if depth > MAX_DEPTH:
        place.fault("too_deep", f"Groups nest {MAX_DEPTH} deep at most; this one is deeper.")
        return _NO_GROUP
    fields = an_object(place, required=("op", "conditions"), optional=("type",))
    take(fields, "type", lambda at: one_of(at, ("group",), what="type of a group"), "group")
    op = take(fields, "op", lambda at: one_of(at, GROUP_OPS, what="joining word"), "all")
    return Group(op, take(fields, "conditions", lambda at: _conditions(at, depth), ()))


def _conditions(place: Place, depth: int) -> tuple[Node, ...]:
    return tuple(_node(item, depth + 1) for item in a_list(place, what="conditions", most=MAX_NODES))


def _node(place: Place, depth: int) -> Node:
    place.reading.nodes += 1
    if not isinstance(place.value, dict):
        place.fault("wrong_type", f"Write a condition or a group here, not {kind_of(place.value)}.")
        return _NO_GROUP
    type_ = place.value.get("type")
    if type_ == "group" or (type_ is None and ("op" in place.value or "conditions" in place.value)):
        return _group(place, depth)
    if type_ is None:
        place.below("type", None).fault("missing", "“type” is missing: it says what kind of condition this is.")
        return _NO_GROUP
    reader = _READERS.get(type_) if isinstance(type_, str) else None
    if reader is None:
        one_of(place.below("type", type_), (*_READERS, "group"), what="type of condition")
        return _NO_GROUP
    return reader(place)


def _attribute(place: Place) -> Node:
    fields = an_object(place, required=("type", "key", "operator"), optional=("value",))
    key = take(fields, "key", a_name, "")
    known = place.reading.catalogue.attributes.get(key)
    return Attribute(key, a_test(place, fields, known, subject=f"“{key}”"))


def _event(place: Place) -> Node:
    required = ("type", "event", "measure", "operator")
    fields = an_object(place, required=required, optional=("where", "value", "window"))
    test = a_test(place, fields, ValueType.NUMBER, subject="What a measure gives")
    return Event(_measured(place, fields), test)


def _measured(place: Place, fields: Fields) -> Measured:
    return Measured(a_selector(place, fields), take(fields, "measure", a_measure, Measure("count")), _window(fields))


def _window(fields: Fields) -> Window:
    return take(fields, "window", a_window, _EVER)


def _latest(place: Place) -> Node:
    required = ("type", "event", "property", "operator")
    fields = an_object(place, required=required, optional=("which", "where", "value", "window"))
    line = {key: at for key, at in fields.items() if key in ("operator", "value")}
    name = take(fields, "property", a_name, "")
    return Latest(
        a_selector(place, fields),
        take(fields, "which", lambda at: one_of(at, WHICH, what="end of the history"), "last"),
        name,
        a_test(place, line, EVENT_BUILT_IN.get(name), subject=f"“{name}”"),
        _window(fields),
    )


def _sequence(place: Place) -> Node:
    required = ("type", "first", "then", "within")
    fields = an_object(place, required=required, optional=("negate", "after", "same", "window"))
    negate = take(fields, "negate", a_boolean, False)
    if "after" in fields and ("negate" not in fields or fields["negate"].value is False):
        fields["after"].fault("unknown_key", "“after” waits for what did not happen: it needs “negate”: true.")
    return Sequence(
        take(fields, "first", _step, _NO_SELECTOR),
        take(fields, "then", _step, _NO_SELECTOR),
        take(fields, "within", a_duration, _A_MINUTE),
        _window(fields),
        negate,
        a_duration(fields["after"]) if "after" in fields else None,
        take(fields, "same", _same, ()),
    )


def _step(place: Place) -> Selector:
    return a_selector(place, an_object(place, required=("event",), optional=("where",)))


def _same(place: Place) -> tuple[str, ...]:
    return tuple(a_name(item) for item in a_list(place, what="properties", most=MAX_SAME))


def _compare(place: Place) -> Node:
    required = ("type", "left", "operator", "right")
    fields = an_object(place, required=required, optional=("factor", "offset"))
    return Compare(
        take(fields, "left", _side, _ZERO),
        take(fields, "operator", lambda at: one_of(at, COMPARISONS, what="comparison"), "eq"),
        take(fields, "right", _side, _ZERO),
        take(fields, "factor", a_number, Decimal(1)),
        take(fields, "offset", a_number, Decimal(0)),
    )


def _side(place: Place) -> Side:
    if not isinstance(place.value, dict):
        return NumberSide(a_number(place))
    for key in ("number", "value"):
        if key in place.value:
            return NumberSide(take(an_object(place, required=(key,)), key, a_number, Decimal(0)))
    if "attribute" in place.value:
        return AttributeSide(take(an_object(place, required=("attribute",)), "attribute", _numeric_attribute, ""))
    if "event" not in place.value and "measure" not in place.value:
        place.fault("missing", "Write a number, an “attribute”, or an “event” with its “measure” here.")
        return NumberSide(Decimal(0))
    return _measured(place, an_object(place, required=("event", "measure"), optional=("where", "window")))


def _numeric_attribute(place: Place) -> str:
    key = a_name(place)
    known = place.reading.catalogue.attributes.get(key)
    if known not in (None, ValueType.NUMBER, ValueType.ANY):
        place.fault("wrong_operator", f"“{key}” is a {known}; only a number can be compared or ranked.")
    return key


def _percentile(place: Place) -> Node:
    fields = an_object(place, required=("type", "key", "side", "percent"))
    return Percentile(
        take(fields, "key", _numeric_attribute, ""),
        take(fields, "side", lambda at: one_of(at, SIDES, what="side"), "top"),
        take(fields, "percent", _percent, Decimal(100)),
    )


def _percent(place: Place) -> Decimal:
    before = len(place.reading.faults)
    percent = a_number(place)
    if len(place.reading.faults) == before and not 0 < percent <= 100:
        place.fault("out_of_range", "Write a share above 0 and up to 100.")
    return percent


def _segment(place: Place) -> Node:
    fields = an_object(place, required=("type", "segment", "state"), optional=("window",))
    slug = take(fields, "segment", _segment_slug, "")
    state = take(fields, "state", lambda at: one_of(at, SEGMENT_STATES, what="state"), "in")
    window = _window(fields)
    if state in ("entered", "left"):
        return Segment(slug, state, window)
    if "state" in fields and fields["state"].value == state and window != Ever():
        fields["window"].fault("unknown_key", f"“{state}” has no window; “entered” and “left” do.")
    return Segment(slug, state)


def _segment_slug(place: Place) -> str:
    slug = a_name(place)
    known = place.reading.catalogue.segments
    if known is not None and slug and slug not in known:
        place.fault("unknown_segment", f"There is no segment “{slug}”.")
    return slug


def _consent(place: Place) -> Node:
    fields = an_object(place, required=("type", "channel", "operator"), optional=("value",))
    channel = take(fields, "channel", a_name, "")
    operator = take(fields, "operator", lambda at: one_of(at, CONSENT_OPERATORS, what="operator"), "is")
    if "operator" not in fields or fields["operator"].value != operator:
        return Consent(channel, operator)
    if operator in ("is", "is_not"):
        if "value" not in fields:
            place.below("value", None).fault("missing", f"“{operator}” needs a state or a list of states.")
        return Consent(channel, operator, take(fields, "value", _states, ()))
    if "value" in fields:
        fields["value"].fault("unknown_key", f"“{operator}” takes no value.")
    return Consent(channel, operator)


def _states(place: Place) -> tuple[str, ...]:
    items = [place]
    if isinstance(place.value, list | tuple):
        items = a_list(place, what="states", most=MAX_VALUES, least=1)
    return tuple(one_of(item, CONSENT_STATES, what="state of consent") for item in items)


_READERS: Mapping[str, Callable[[Place], Node]] = {
    "attribute": _attribute,
    "event": _event,
    "latest": _latest,
    "sequence": _sequence,
    "compare": _compare,
    "percentile": _percentile,
    "segment": _segment,
    "consent": _consent,
}
