"""Reading what conditions are made of: durations, windows, tests with their operands, selectors and measures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from segmentation.rules.catalogue import EVENT_BUILT_IN
from segmentation.rules.instants import instant_of
from segmentation.rules.nodes import (
    Between,
    Duration,
    Ever,
    FromTo,
    Last,
    Measure,
    Operand,
    PropertyTest,
    Selector,
    Test,
    ValueType,
    Window,
)
from segmentation.rules.operators import OPERATORS, OperandKind, operators_of, types_of
from segmentation.rules.reading import (
    MAX_NAMES,
    MAX_VALUES,
    MAX_WHERE,
    Fields,
    Place,
    a_list,
    a_name,
    a_number,
    a_text,
    an_object,
    kind_of,
    one_of,
    take,
)

UNITS = ("minutes", "hours", "days", "weeks")
AGGREGATES_OF_EVENTS = ("count", "days_active")
AGGREGATES_OF_A_PROPERTY = ("sum", "avg", "min", "max", "distinct")
AGGREGATES = AGGREGATES_OF_EVENTS + AGGREGATES_OF_A_PROPERTY
LONGEST = timedelta(days=36_500)
ANY_EVENT = "*"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_A_MINUTE = Duration(1, "minutes")
_EVER: Window = Ever()
_ANY_NAME: tuple[str, ...] = (ANY_EVENT,)
_NOTHING_ASKED = Test(ValueType.ANY, "is_set")


def a_duration(place: Place) -> Duration:
    """`{"amount", "unit"}`: a whole number above 0 of a unit, at most a hundred years."""
    before = len(place.reading.faults)
    fields = an_object(place, required=("amount", "unit"))
    amount = take(fields, "amount", _an_amount, 1)
    unit = take(fields, "unit", lambda at: one_of(at, UNITS, what="unit"), "minutes")
    if len(place.reading.faults) > before:
        return _A_MINUTE
    if amount * timedelta(**{unit: 1}) > LONGEST:
        fields["amount"].fault("out_of_range", "A time spans at most a hundred years (36,500 days).")
        return _A_MINUTE
    return Duration(amount, unit)


def _an_amount(place: Place) -> int:
    if isinstance(place.value, bool) or not isinstance(place.value, int):
        place.fault("wrong_type", f"Write a whole number here, not {_said(place.value)}.")
    elif not 1 <= place.value <= 60 * 24 * 36_500:
        place.fault("out_of_range", "Write a whole number above 0 that spans at most a hundred years.")
    else:
        return place.value
    return 1


def _said(value: object) -> str:
    return f"{value}" if isinstance(value, float | Decimal) else kind_of(value)


def an_instant(place: Place) -> datetime:
    """A date or a time as ISO 8601 text."""
    found = instant_of(place.value) if isinstance(place.value, str) else None
    if found is None:
        place.fault("wrong_type", "Write a date (2026-01-31) or a time (2026-01-31T18:00:00Z) here.")
        return _EPOCH
    return found


def a_window(place: Place) -> Window:
    """One of the four forms of a window."""
    if isinstance(place.value, dict) and not set(place.value) & {"ever", "last", "from", "to", "between"}:
        message = "Write a window here: “ever”, “last”, “from” with “to”, or “between”."
        place.fault("missing", message)
        return Ever()
    value = place.value if isinstance(place.value, dict) else {}
    if "last" in value:
        return Last(take(an_object(place, required=("last",)), "last", a_duration, _A_MINUTE))
    if "between" in value:
        return take(an_object(place, required=("between",)), "between", _between, _EVER)
    if "from" in value or "to" in value:
        return _from_to(place)
    ever = an_object(place, required=("ever",)).get("ever")
    if ever is not None and ever.value is not True:
        ever.fault("unknown_value", "“ever” is true or not there.")
    return Ever()


def _from_to(place: Place) -> Window:
    before = len(place.reading.faults)
    fields = an_object(place, required=("from", "to"))
    start = take(fields, "from", a_duration, _A_MINUTE)
    end = take(fields, "to", a_duration, _A_MINUTE)
    if len(place.reading.faults) == before and start.length <= end.length:
        place.fault("out_of_order", "“from” is the longer time ago: it has to lie before “to”.")
    return FromTo(start, end)


def _between(place: Place) -> Window:
    return Between(*_two_instants(place))


def _two_instants(place: Place) -> tuple[datetime, datetime]:
    before = len(place.reading.faults)
    start, end = (an_instant(item) for item in _pair(place, "times"))
    if len(place.reading.faults) == before and start >= end:
        place.fault("out_of_order", "The first time has to lie before the second.")
    return start, end


def _two_numbers(place: Place) -> tuple[Decimal, Decimal]:
    before = len(place.reading.faults)
    low, high = (a_number(item) for item in _pair(place, "numbers"))
    if len(place.reading.faults) == before and low > high:
        place.fault("out_of_order", "The first number has to be the smaller one.")
    return low, high


def _pair(place: Place, what: str) -> tuple[Place, Place]:
    if isinstance(place.value, list | tuple) and len(place.value) == 2:
        return place.below(0, place.value[0]), place.below(1, place.value[1])
    place.fault("wrong_type", f"Write two {what} here: a list of the first and the second.")
    unread = Place(
        place.pointer, 0 if what == "numbers" else "1970-01-01", type(place.reading)(place.reading.catalogue)
    )
    return unread, unread


def a_test(place: Place, fields: Fields, known: ValueType | None, *, subject: str) -> Test:
    """The operator and the value of a condition.

    `known` is the type that the subject is declared to have; without one the operator decides, and for `between`,
    which two types have, the value.
    """
    operator, value = fields.get("operator"), fields.get("value")
    if operator is None:
        return _NOTHING_ASKED
    if not isinstance(operator.value, str) or not types_of(operator.value):
        operator.fault("unknown_operator", f"{_quoted(operator.value)} is no operator.")
        return _NOTHING_ASKED
    type_ = _type_of(operator.value, known, value)
    if type_ is None:
        offered = ", ".join(o.name for o in operators_of(known or ValueType.ANY))
        message = f"{subject} is a {_type_word(known)}, which has no “{operator.value}”; choose one of {offered}."
        operator.fault("wrong_operator", message)
        return _NOTHING_ASKED
    kind = OPERATORS[(type_, operator.value)].operand
    if kind is OperandKind.NONE:
        if value is not None:
            value.fault("unknown_key", f"“{operator.value}” takes no value.")
        return Test(type_, operator.value)
    if value is None:
        place.below("value", None).fault("missing", f"“{operator.value}” needs a value.")
        return _NOTHING_ASKED
    return Test(type_, operator.value, an_operand(value, kind))


def _type_of(operator: str, known: ValueType | None, value: Place | None) -> ValueType | None:
    types = types_of(operator)
    if ValueType.ANY in types:
        return ValueType.ANY
    if known is not None and known is not ValueType.ANY:
        return known if known in types else None
    if len(types) == 1:
        return types[0]
    items = value.value if value is not None and isinstance(value.value, list | tuple) else ()
    return ValueType.DATE if any(isinstance(item, str) for item in items) else ValueType.NUMBER


def _type_word(type_: ValueType | None) -> str:
    return "yes or no value" if type_ is ValueType.BOOLEAN else str(type_ or ValueType.ANY)


def _quoted(value: object) -> str:
    return f"“{value[:50]}”" if isinstance(value, str) else kind_of(value).capitalize()


def an_operand(place: Place, kind: OperandKind) -> Operand:
    """What an operator compares with, in the shape that the operator asks for."""
    match kind:
        case OperandKind.TEXT:
            return (a_text(place),)
        case OperandKind.TEXTS:
            return _texts(place)
        case OperandKind.NUMBER:
            return a_number(place)
        case OperandKind.NUMBERS:
            return _two_numbers(place)
        case OperandKind.INSTANT:
            return an_instant(place)
        case OperandKind.INSTANTS:
            return _two_instants(place)
        case OperandKind.DAYS:
            return _whole_days(place)
    return a_duration(place)


def _texts(place: Place) -> tuple[str, ...]:
    if isinstance(place.value, list | tuple):
        return tuple(a_text(item) for item in a_list(place, what="values", most=MAX_VALUES, least=1))
    return (a_text(place),)


def _whole_days(place: Place) -> Duration:
    duration = a_duration(place)
    if duration is not _A_MINUTE and duration.unit not in ("days", "weeks"):
        place.below("unit", None).fault("unknown_value", "An anniversary is a day: count in “days” or “weeks”.")
    return duration


def a_selector(place: Place, fields: Fields) -> Selector:
    """The `event` and the `where` of a condition."""
    names = take(fields, "event", _event_names, _ANY_NAME)
    return Selector(names, take(fields, "where", _where, ()))


def _event_names(place: Place) -> tuple[str, ...]:
    if not isinstance(place.value, list | tuple):
        return (a_name(place),)
    items = a_list(place, what="event names", most=MAX_NAMES, least=1)
    for item in items:
        if item.value == ANY_EVENT and len(items) > 1:
            item.fault("unknown_value", "“*” is every event: it stands alone.")
    return tuple(a_name(item) for item in items)


def _where(place: Place) -> tuple[PropertyTest, ...]:
    return tuple(_property_test(item) for item in a_list(place, what="property tests", most=MAX_WHERE))


def _property_test(place: Place) -> PropertyTest:
    fields = an_object(place, required=("property", "operator"), optional=("value",))
    name = take(fields, "property", a_name, "")
    return PropertyTest(name, a_test(place, fields, EVENT_BUILT_IN.get(name), subject=f"“{name}”"))


def a_measure(place: Place) -> Measure:
    """`{"aggregate"}` of events, or `{"aggregate", "property"}` of a property of theirs."""
    fields = an_object(place, required=("aggregate",), optional=("property",))
    aggregate = take(fields, "aggregate", lambda at: one_of(at, AGGREGATES, what="measure"), "count")
    if "aggregate" not in fields:
        return Measure("count")
    if aggregate in AGGREGATES_OF_EVENTS:
        if "property" in fields and fields["aggregate"].value == aggregate:
            fields["property"].fault("unknown_key", f"“{aggregate}” counts events: it takes no property.")
        return Measure(aggregate)
    if "property" not in fields:
        place.below("property", None).fault("missing", f"“{aggregate}” needs a property.")
    return Measure(aggregate, take(fields, "property", a_name, ""))
