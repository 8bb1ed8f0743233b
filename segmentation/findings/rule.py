"""Rules that stopped, that are wrong about somebody, that know nothing of behaviour, or that wait for data that ceased."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from segmentation.findings.base import FindingKind, Fix, Found, Look, Severity, at, counted
from segmentation.models import Segment
from segmentation.queries.engine import last_audits
from segmentation.queries.silence import Silence, silent_events, silent_properties
from segmentation.rules.dependencies import dependencies
from segmentation.rules.nodes import Rule
from segmentation.rules.selected import properties_read
from segmentation.rules.wording import attribute_name, listed

# Who somebody is, and not what they did: the built-in fields, and what shops commonly call the others.
DEMOGRAPHIC = frozenset({
    "first_name", "last_name", "gender", "sex", "birthday", "age", "age_group", "age_range", "country",
    "region", "state", "city", "postal_code", "zip", "language", "locale", "timezone", "marital_status",
    "household_size", "income", "income_range", "household_income", "home_ownership", "children", "kids_count",
    "education", "occupation", "nationality",
})  # fmt: skip


class Stopped(FindingKind):
    """The live rule cannot be evaluated any more."""

    code, severity, title = "stopped", Severity.GRAVE, "Rule stopped"
    why = "Its last good membership is kept, so it grows older by the hour."

    def found(self, look: Look) -> Iterator[Found]:
        """Every segment with an error, with how many members are kept."""
        for segment in look.segments:
            if segment.error:
                size = look.size(segment)
                says = f"Its rule cannot be evaluated: {segment.error.rstrip('.')}. {counted(size)} kept as they were."
                yield Found(segment, size, says, Fix("Edit the rule", at(segment, "rule")))


class FalseMembers(FindingKind):
    """The last self-audit found a membership that the rule does not give."""

    code, severity, title = "false_members", Severity.GRAVE, "False members"
    why = "Somebody is written to who should not be, or is left out who should."

    def found(self, look: Look) -> Iterator[Found]:
        """Every live segment whose last audit found some, with how many."""
        wrong = {run.segment_id: run for run in last_audits().filter(wrong__gt=0)}
        for segment in look.live:
            run = wrong.get(segment.pk)
            if run:
                says = f"The last audit found {run.wrong:,} of {run.checked:,} memberships wrong."
                yield Found(segment, run.wrong, says, Fix("See what the audits found", "/engine/"))


class OnlyDemographic(FindingKind):
    """The rule reads who somebody is, and nothing they did."""

    code, severity, title = "only_demographic", Severity.HINT, "Only demographic conditions"
    why = "What people do says more about what they want than who they are."

    def found(self, look: Look) -> Iterator[Found]:
        """Live segments whose rule reads demographic attributes and nothing else, with how many of them."""
        for segment in look.live:
            read = dependencies(look.rules[segment.pk]) if segment.pk in look.rules else frozenset()
            if read and read <= {f"attribute:{key}" for key in DEMOGRAPHIC}:
                names = sorted(attribute_name(key) for key in _written(look.rules[segment.pk]))
                says = f"Its rule reads only who somebody is: {listed(names, 'and')}."
                yield Found(segment, len(names), says, Fix("Add what they did", at(segment, "rule")))


def _written(rule: Rule) -> set[str]:
    """The attributes that the rule itself names, without those that they follow from."""
    read = {key.removeprefix("attribute:") for key in dependencies(rule)}
    return read - {"birthday"} if "age" in read else read


class StaleData(FindingKind):
    """An event or a property that the live rule reads came steadily, and has ceased (see queries/silence.py)."""

    code, severity, title, costly = "stale_data", Severity.WARNING, "Reads stale data", True
    why = "A rule about events that no longer arrive is true or false of the wrong people."

    def found(self, look: Look) -> Iterator[Found]:
        """Live segments that read something silent, with the days of the longest silence."""
        events, properties = _silent(look)
        for segment in look.live:
            rule = look.rules.get(segment.pk)
            if rule is not None:
                silences = [*_of_events(rule, events), *_of_properties(rule, properties)]
                if silences:
                    yield _stale(segment, sorted(silences, key=lambda one: (-one.days, one.what)))


def _silent(look: Look) -> tuple[Mapping[str, Silence], Mapping[tuple[str, str], Silence]]:
    """What is silent of all that the live rules read, each thing asked once."""
    names = {key.removeprefix("event:") for rule in look.rules.values() for key in dependencies(rule) if _event(key)}
    events = silent_events(names, now=look.now)
    read = {pair for rule in look.rules.values() for pair in properties_read(rule) if pair[0] not in events}
    return events, silent_properties(read, now=look.now)


def _event(key: str) -> bool:
    return key.startswith("event:") and key != "event:*"


def _of_events(rule: Rule, silent: Mapping[str, Silence]) -> Iterator[Silence]:
    return (
        silent[name] for key in dependencies(rule) if (name := key.removeprefix("event:")) in silent and _event(key)
    )


def _of_properties(rule: Rule, silent: Mapping[tuple[str, str], Silence]) -> Iterator[Silence]:
    return (silent[pair] for pair in set(properties_read(rule)) if pair in silent)


def _stale(segment: Segment, silences: list[Silence]) -> Found:
    first, more = silences[0], len(silences) - 1
    also = f" {counted(more, 'other thing')} it reads ceased too." if more else ""
    came = f" It came from {first.source}, on {first.days_of_28} of the 28 days before." if first.source else ""
    says = f"It reads {first.what}, which last came {counted(first.days, 'day')} ago.{came}{also}"
    return Found(segment, first.days, says, Fix("Look at the sources", "/sources/"))


KINDS: list[type[FindingKind]] = [Stopped, FalseMembers, StaleData, OnlyDemographic]
