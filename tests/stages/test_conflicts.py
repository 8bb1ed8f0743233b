"""Conflicts against a recomputation by hand: who is touched, what is coming to them, and why two segments disagree."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import combinations
from random import Random
from typing import Any

import pytest

from campaigns.journeys.ahead import sends_ahead, sends_from_entry
from campaigns.journeys.parse import parse as parse_flow
from campaigns.models import Enrolment, Journey, JourneyVersion, Message
from campaigns.queries.conflicts import Conflict, conflict_of, conflicts
from campaigns.simulate import simulate
from segmentation.govern import Portfolio, govern
from segmentation.models import Exclusion, ExclusionGroup, Membership, Segment, SegmentVersion
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.left_out import segments_left_out
from segmentation.rules.parse import parse
from tests.api.conftest import client_with
from tests.stages.campaign import flow, mail, wait
from tests.stages.shop import DAY, HOUR, NOON, did, in_segment, rule
from tests.stages.test_reports import people, segments

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

WEEK, CLOSE = 7 * DAY, 48 * HOUR
INCENTIVES = ("points", "discount", "none", "content")
ASK = {"type": "branch", "rule": rule(did("A")), "yes": "soon", "no": "late"}
FLOWS: tuple[dict[str, Any], ...] = (
    flow("s1", mail=mail("pause"), pause=wait("again", 3), again=mail("far"), far=wait("last", 9), last=mail()),
    flow("s2", first="pause", pause=wait("ask", 1), ask=ASK, soon=mail("more"), more=wait("late", 2), late=mail()),
    flow("s3", text={**mail("pause"), "channel": "sms"}, pause=wait("mail", 1), mail=mail(), first="text"),
    flow("s5", mail=mail("pause"), pause=wait("again", 5), again=mail()),
    flow("s7", mail=mail()),
)


Send = tuple[int, str, str, str, datetime, bool]


def journeys() -> dict[int, Journey]:
    """The last one is paused: its messages are nobody's."""
    made = {}
    for number, document in enumerate(FLOWS):
        status = "paused" if number == len(FLOWS) - 1 else "live"
        name = f"J{number}"
        journey = Journey.objects.create(
            slug=name.lower(), name=name, status=status, document=document, created_at=NOON, updated_at=NOON
        )
        version = JourneyVersion.objects.create(
            journey=journey, number=1, document=document, digest=name, created_at=NOON
        )
        journey.live_version = version
        journey.save()
        made[number] = journey
    return made


def governed(random: Random, all_of_them: list[Segment], customers: list[int]) -> dict[int, dict[int, int | None]]:
    """Random memberships with the verdicts of the settings: by customer, segment and what suppresses it."""
    first, second, _, fourth, fifth, sixth, *_ = (one.pk for one in all_of_them)
    ExclusionGroup.objects.create(name="Offers", created_at=NOON).segments.set([first, fourth])
    Exclusion.objects.create(segment_id=first, excludes_id=fifth, created_at=NOON)
    Exclusion.objects.create(segment_id=second, excludes_id=sixth, created_at=NOON)
    portfolio = Portfolio(
        ranks={one.pk: one.rank or 0 for one in all_of_them},
        groups=(frozenset({first, fourth}),),
        excludes={first: frozenset({fifth}), second: frozenset({sixth})},
    )
    held: dict[int, dict[int, int | None]] = {}
    for customer in customers:
        likely = {first: 0.8, fifth: 0.5}
        qualified = {one.pk for one in all_of_them if random.random() < likely.get(one.pk, 0.4)}
        held[customer] = govern(qualified=qualified, portfolio=portfolio)
    Membership.objects.bulk_create(
        Membership(
            segment_id=segment,
            customer_id=customer,
            state="suppressed" if cause else "active",
            suppressed_by_id=cause,
            since=NOON,
            state_since=NOON,
            version=1,
        )
        for customer, verdicts in held.items()
        for segment, cause in verdicts.items()
    )
    return held


def on_the_way(random: Random, made: dict[int, Journey], customers: list[int]) -> list[Send]:
    """Random enrolments and messages, and every message of live journeys around now as a reader of the flow counts them."""
    sends: list[Send] = []
    for number, document in enumerate(FLOWS):
        entry, nodes = document["entry"]["segment"], document["nodes"]
        keys = [key for key in nodes if key != "end"]
        for customer in (one for one in customers if random.random() < 0.7):
            node = keys[int(random.random() * len(keys))]
            running = random.random() < 0.8
            due = NOON + timedelta(hours=int(random.random() * 240) - 24)
            settling = nodes[node]["type"] == "send" and random.random() < 0.6
            enrolment = Enrolment.objects.create(
                journey=made[number],
                version=made[number].live_version,
                customer_id=customer,
                change_id=customer,
                node=node,
                state="running" if running else "stopped",
                due_at=None if settling or not running else due,
                entered_at=NOON - DAY,
                node_since=NOON - DAY,
            )
            found: list[Send] = []
            if running:
                start = NOON if settling else max(due, NOON)
                ahead = walk(nodes, node, arrived=False)[1 if settling else 0 :]
                found += [(customer, entry, f"J{number}", channel, start + after, True) for channel, after in ahead]
            if settling:
                planned, at = random.random() < 0.5, NOON + timedelta(hours=int(random.random() * 300) - 150)
                message(enrolment, nodes[node]["channel"], "planned" if planned else "sent", at)
                if planned:
                    found.append((customer, entry, f"J{number}", nodes[node]["channel"], max(at, NOON), True))
                elif at > NOON - CLOSE:
                    found.append((customer, entry, f"J{number}", nodes[node]["channel"], at, False))
            if number < len(FLOWS) - 1:
                sends += [one for one in found if not one[5] or one[4] <= NOON + WEEK]
    return sends


def message(enrolment: Enrolment, channel: str, state: str, at: datetime) -> None:
    Message.objects.create(
        customer_id=enrolment.customer_id,
        journey=enrolment.journey,
        enrolment=enrolment,
        node=enrolment.node,
        channel=channel,
        state=state,
        token=f"{enrolment.pk}",
        planned_at=at,
        due_at=at,
        sent_at=at if state == "sent" else None,
    )


def walk(nodes: dict[str, Any], key: str, *, arrived: bool = True) -> list[tuple[str, timedelta]]:
    """The messages from a step on, with how long it takes to each; of two ways the one with more of them."""
    node = nodes[key]
    if node["type"] == "exit":
        return []
    if node["type"] == "branch":
        return max((walk(nodes, node[way]) for way in ("yes", "no")), key=len)
    if node["type"] == "send":
        return [(node["channel"], timedelta(0)), *walk(nodes, node["next"])]
    pause = timedelta(days=node["for"]["amount"]) if arrived else timedelta(0)
    return [(channel, after + pause) for channel, after in walk(nodes, node["next"])]


def by_hand(
    held: dict[int, dict[int, int | None]], sends: list[Send], a: Segment, b: Segment
) -> tuple[Any, ...] | None:
    """Open or settled, the reasons' codes with the customers of each channel, customers touched, messages coming to them."""
    both = {one for one, verdicts in held.items() if a.pk in verdicts and b.pk in verdicts}
    active = {one for one in both if held[one][a.pk] is None and held[one][b.pk] is None}
    silenced = {one for one in both if held[one][b.pk] == a.pk}
    journeys_of = {one.slug: [doc for doc in FLOWS[:-1] if doc["entry"]["segment"] == one.slug] for one in (a, b)}
    channels = {
        slug: {node["channel"] for doc in docs for node in doc["nodes"].values() if node["type"] == "send"}
        for slug, docs in journeys_of.items()
    }
    size = sum(b.pk in verdicts for verdicts in held.values())

    def coming(touched: set[int]) -> int:
        return sum(one[0] in touched and one[1] in (a.slug, b.slug) and one[5] for one in sends)

    incentive = [("incentive",)] if a.incentive != b.incentive and "none" not in (a.incentive, b.incentive) else []
    excludes = Exclusion.objects.filter(segment=a, excludes=b).exists()
    if excludes and journeys_of[b.slug] and silenced and len(silenced) >= size / 2:
        return ("open", [("exclusion",)], len(silenced), coming(silenced))
    if active:
        near = [
            (channel, {x[0] for x in sends for y in sends
                       if x[0] == y[0] and x[0] in active and x[3] == y[3] == channel
                       and (x[1], y[1]) == (a.slug, b.slug) and abs(x[4] - y[4]) < CLOSE})
            for channel in ("email", "sms")
        ]  # fmt: skip
        close = [("channel", channel, len(who)) for channel, who in near if who]
        left_out = [("rule",)] if (a.slug, b.slug) == ("s2", "s4") else []
        reasons = [*incentive, *close, *left_out]
        return ("open", reasons, len(active), coming(active)) if reasons else None
    shared = [("channel", channel, 0) for channel in sorted(channels[a.slug] & channels[b.slug])]
    return ("settled", [*incentive, *shared], len(both), 0) if both and (incentive or shared) else None


def told(found: Conflict) -> tuple[Any, ...]:
    """What a conflict says, as `by_hand` has it."""
    reasons: list[tuple[Any, ...]] = []
    for reason in found.reasons:
        if reason.code == "channel":
            channel = "sms" if "text message" in reason.says else "email"
            reasons.append(("channel", channel, 0 if found.settled else int(reason.says.split()[0])))
        else:
            reasons.append((reason.code,))
    return ("settled" if found.settled else "open", reasons, found.customers, found.messages)


def test_conflicts_customers_and_messages_are_those_counted_by_hand() -> None:
    random = Random(7)
    all_of_them = segments(7)
    for number, one in enumerate(all_of_them):
        one.incentive = INCENTIVES[number % len(INCENTIVES)]
        one.folder = "Sales" if number == 2 else ""
        version = SegmentVersion.objects.create(
            segment=one,
            number=1,
            rule=rule(did("A"), exclude=[in_segment("s4")] if one.slug == "s2" else None),
            rule_hash=f"{one.pk}",
            sentence="",
            published_at=NOON,
        )
        one.live_version = version
        one.save()
    customers = people(60)
    held = governed(random, all_of_them, customers)
    sends = on_the_way(random, journeys(), customers)
    wanted = {
        (a.slug, b.slug): counted
        for a, b in combinations(all_of_them, 2)
        if (counted := by_hand(held, sends, a, b)) is not None
    }
    report = conflicts(now=NOON)
    assert {(one.upper.slug, one.lower.slug): told(one) for one in (*report.open, *report.settled)} == wanted
    answer = client_with(["read"]).get("/api/reports/conflicts/").json()
    assert [(one["upper"], one["lower"], one["customers"], one["messages"]) for one in answer["open"]] == [
        (one.upper.slug, one.lower.slug, one.customers, one.messages) for one in report.open
    ]
    assert {(one["upper"], one["lower"]): one["customers"] for one in answer["settled"]} == {
        pair: counted[2] for pair, counted in wanted.items() if counted[0] == "settled"
    }
    for one in report.open:
        assert conflict_of(one.upper, one.lower, now=NOON) == one
    codes = {reason.code for one in report.open for reason in one.reasons}
    assert codes == {"incentive", "channel", "exclusion", "rule"} and report.settled
    assert any(one.messages for one in report.open)
    sizes = [(one.customers, one.messages) for one in report.open]
    assert sizes == sorted(sizes, reverse=True)
    sizes = [(one.messages, one.customers) for one in conflicts(now=NOON, by="messages").open]
    assert sizes == sorted(sizes, reverse=True)
    sales = conflicts(now=NOON, folder="Sales")
    assert {(one.upper.slug, one.lower.slug) for one in (*sales.open, *sales.settled)} == {
        pair for pair in wanted if "s3" in pair
    }


def test_what_settles_a_pair_is_said_in_words() -> None:
    top, low, last = segments(3)
    for one, incentive in ((top, "discount"), (low, "points"), (last, "content")):
        one.incentive = incentive
        one.save()
    (ada,) = people(1)
    Exclusion.objects.create(segment=top, excludes=low, created_at=NOON)
    ExclusionGroup.objects.create(name="Offers", created_at=NOON).segments.set([top, last])
    for one, cause in ((top, None), (low, top), (last, top)):
        state = "suppressed" if cause else "active"
        Membership.objects.create(
            segment=one, customer_id=ada, state=state, suppressed_by=cause, since=NOON, state_since=NOON, version=1
        )
    report = conflicts(now=NOON)
    assert report.open == ()
    assert [one.settled for one in report.settled] == [
        "“S1” excludes “S2”.",
        "The exclusion group “Offers” lets “S1” speak, which ranks higher.",
        "Other segments keep one of the two silent for every customer in both.",
    ]
    assert report.settled[0].reasons[0].says == "“S1” offers discount, “S2” points."


def test_what_lies_ahead_takes_the_way_with_more_messages_and_adds_its_waits() -> None:
    found = parse_flow(FLOWS[1])
    assert [(one.node, one.after) for one in sends_from_entry(found)] == [("soon", DAY), ("late", 3 * DAY)]
    assert [(one.node, one.after) for one in sends_ahead(found)["pause"]] == [("soon", 0 * DAY), ("late", 2 * DAY)]
    assert [one.node for one in sends_ahead(found)["late"]] == ["late"] and sends_ahead(found)["end"] == ()


def test_a_journey_that_is_not_live_is_held_against_the_others_as_if_its_members_entered_now() -> None:
    random = Random(3)
    all_of_them = segments(7)
    customers = people(40)
    held = governed(random, all_of_them, customers)
    sends = on_the_way(random, journeys(), customers)
    entry, other = all_of_them[1], all_of_them[2]
    document = flow(entry.slug, first="pause", pause=wait("mail", 1), mail=mail())
    near = {
        one[0]
        for one in sends
        if one[1] == other.slug and one[3] == "email" and abs(one[4] - NOON - DAY) < CLOSE
        and held[one[0]].get(entry.pk, 0) is None and held[one[0]].get(other.pk, 0) is None
    }  # fmt: skip
    shared = sum(verdicts.get(entry.pk, 0) is None and verdicts.get(other.pk, 0) is None for verdicts in held.values())
    found = {one.journey.name: one for one in simulate(document=document, now=NOON).conflicts}
    assert near and found["J2"].customers == shared
    assert found["J2"].reasons[0].split()[0] == str(len(near))


@pytest.mark.parametrize(
    ("document", "left_out"),
    [
        (rule(did("A"), exclude=[in_segment("x"), did("B"), in_segment("y", "entered", 3)]), {"x"}),
        (rule(did("A"), {"op": "none", "conditions": [in_segment("x"), in_segment("y")]}), {"x", "y"}),
        (rule({"op": "any", "conditions": [did("A"), {"op": "none", "conditions": [in_segment("x")]}]}), set()),
        ({**rule(did("A")), "exclude": {"op": "all", "conditions": [in_segment("x"), did("B")]}}, set()),
        (rule(in_segment("x")), set()),
    ],
)
def test_a_rule_leaves_out_whom_one_condition_alone_keeps_away(document: dict[str, Any], left_out: set[str]) -> None:
    assert segments_left_out(parse(document, catalogue=Catalogue())) == left_out
