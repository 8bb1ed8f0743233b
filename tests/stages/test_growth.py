"""What the live path keeps between batches is exact: a change by anybody is seen by the next batch."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest
from django.db import connection

from customers.models import CatalogueAttribute, EventName
from segmentation import governance, questions
from segmentation.compiler.surroundings import UncompilableError
from segmentation.engines import postgres
from segmentation.evaluate import evaluate
from segmentation.lifecycle import pause, resume
from segmentation.models import Exclusion, PercentileThreshold, Segment
from segmentation.portfolio import open_book
from segmentation.publish import publish
from segmentation.save import create, save_draft
from tests.stages.shop import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    attribute,
    customer,
    did,
    identify,
    in_segment,
    live,
    rule,
    settle,
    track,
    who,
)

pytestmark = pytest.mark.django_db(transaction=True)


def elsewhere(change: Callable[[], object]) -> None:
    """Make a change in another connection, as another process would."""

    def run() -> None:
        try:
            change()
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join()


def seen(user: str, minutes: int) -> None:
    """An event and its evaluation in this connection, which has evaluated before."""
    track(user, "Product Viewed", NOON + minutes * MINUTE)
    assert evaluate(now=NOON + minutes * MINUTE).customers == 1


def draft(slug: str, document: dict[str, Any]) -> Segment:
    return create(name=slug.title(), slug=slug, rule=document, by=None, now=NOON - DAY)


def test_the_book_is_read_once_between_changes() -> None:
    live("viewers", rule(did("Product Viewed")))
    seen("ada", 1)
    book = open_book()
    seen("ada", 2)
    assert open_book() is book
    Segment.objects.update(goal="Sell more")
    assert open_book() is not book


def test_a_publish_elsewhere_is_seen_by_the_next_batch() -> None:
    live("viewers", rule(did("Product Viewed")))
    segment = draft("keen", rule(did("Product Viewed", 2)))
    seen("ada", 1)
    elsewhere(lambda: publish(segment=segment, by=None, now=NOON))
    seen("ada", 2)
    assert (who("viewers"), who("keen")) == ({"ada"}, {"ada"})
    save_draft(segment=segment, rule=rule(did("Product Viewed", 4)), now=NOON)
    elsewhere(lambda: publish(segment=segment, by=None, now=NOON))
    seen("ada", 3)
    assert who("keen") == set()


def test_a_pause_elsewhere_is_seen_by_the_next_batch_and_its_end_too() -> None:
    segment = live("viewers", rule(did("Product Viewed")))
    live("keen", rule(did("Product Viewed", 2)))
    seen("ada", 1)
    elsewhere(lambda: pause(segment=segment, by=None, now=NOON))
    seen("bob", 2)
    assert who("viewers") == {"ada"}
    elsewhere(lambda: resume(segment=segment, by=None, now=NOON))
    seen("eve", 3)
    assert who("viewers") == {"ada", "eve"}


def test_governance_changed_elsewhere_is_seen_by_the_next_batch() -> None:
    live("first", rule(did("Product Viewed")))
    live("second", rule(did("Product Viewed")))
    seen("ada", 1)
    assert who("second", "active") == {"ada"}
    together = ["first", "second"]
    elsewhere(lambda: governance.put_group(name="One of them", segments=together, by=None, now=NOON))
    seen("bob", 2)
    assert (who("first", "active"), who("second", "active")) == ({"ada", "bob"}, set())
    elsewhere(lambda: governance.set_priorities(segments=["second"], by=None, now=NOON))
    seen("eve", 3)
    assert (who("first", "active"), who("second", "active")) == (set(), {"ada", "bob", "eve"})
    elsewhere(lambda: governance.put_group(name="One of them", segments=[], by=None, now=NOON))
    seen("joe", 4)
    assert "joe" in who("first", "active") & who("second", "active")


def test_every_setting_counts_whoever_writes_it() -> None:
    viewers = live("viewers", rule(did("Product Viewed", days=1)))
    below = live("below", rule(did("Product Viewed", days=1)))
    changes: list[Callable[[], object]] = [
        lambda: Segment.objects.filter(pk=viewers.pk).update(blocks_all_below=True),
        lambda: Segment.objects.filter(pk=viewers.pk).update(exit_grace={"amount": 1, "unit": "days"}),
        lambda: Segment.objects.filter(pk=viewers.pk).update(error="It broke."),
        lambda: Exclusion.objects.create(segment=viewers, excludes=below, created_at=NOON),
        lambda: Exclusion.objects.all().delete(),
        lambda: EventName.objects.create(name="Store Visited", first_received_at=NOON),
        lambda: PercentileThreshold.objects.create(key="points", side="top", percent=20, value=7, computed_at=NOON),
        lambda: CatalogueAttribute.objects.create(key="joined", type="date", edited_at=NOON),
        lambda: CatalogueAttribute.objects.update(type="text"),
    ]
    for change in changes:
        before = open_book()
        elsewhere(change)
        after = open_book()
        assert after is not before and open_book() is after


def test_settings_that_are_only_tried_leave_nothing_behind() -> None:
    live("first", rule(did("Product Viewed")))
    live("second", rule(did("Product Viewed")))
    seen("ada", 1)
    governance.put_exclusion(segment="first", excludes=["second"], dry_run=True, by=None, now=NOON)
    seen("bob", 2)
    assert who("second", "active") == {"ada", "bob"}


def test_a_verdict_looks_at_whoever_has_a_say_and_at_nobody_else() -> None:
    everybody = {slug: live(slug, rule(did(slug))).pk for slug in ("stop", "one", "two", "three", "apart")}
    live("reader", rule(in_segment("apart")))
    governance.put_group(name="Pair", segments=["one", "two"], by=None, now=NOON)
    governance.put_exclusion(segment="two", excludes=["three"], by=None, now=NOON)
    pair = {everybody[slug] for slug in ("one", "two", "three")}
    assert open_book().touched([everybody["one"]]) == pair
    assert open_book().touched([everybody["apart"]]) == {everybody["apart"], Segment.objects.get(slug="reader").pk}
    for user, events in {"ada": ["three", "apart", "two"], "bob": ["three", "two", "one"]}.items():
        for minute, event in enumerate(events):
            track(user, event, NOON + minute * MINUTE)
            evaluate(now=NOON + minute * MINUTE)
    assert (who("three", "active"), who("two", "active"), who("one", "active")) == ({"bob"}, {"ada"}, {"bob"})
    governance.set_full_stop(segment="stop", blocks_all_below=True, by=None, now=NOON + HOUR)
    assert open_book().touched([everybody["one"]]) == set(open_book().segments)
    track("ada", "stop", NOON + 2 * HOUR)
    evaluate(now=NOON + 2 * HOUR)
    assert (who("apart", "active"), who("reader", "active"), who("stop", "active")) == (set(), set(), {"ada"})


def test_a_large_portfolio_is_asked_by_what_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "MOST_ROUNDED", 2)
    live("viewers", rule(did("Product Viewed")))
    live("buyers", rule(did("Order Completed")))
    live("both", rule(did("Product Viewed"), did("Order Completed")))
    live("busy", rule(did("*", 2)))
    live("poles", rule(attribute("country", "PL")))
    users = {"ada": ["Product Viewed"], "bob": ["Order Completed"], "eve": ["Product Viewed", "Order Completed"]}
    for user in users:
        identify(user, NOON)
    settle(NOON)
    asked: list[tuple[int, int]] = []
    ask = postgres.matches

    def noted(rules: Any, around: Any, them: Any) -> Any:
        asked.append((len(rules), len(them)))
        return ask(rules, around, them)

    monkeypatch.setattr(postgres, "matches", noted)
    for user, events in users.items():
        for event in events:
            track(user, event, NOON + MINUTE)
    settle(NOON + MINUTE)
    assert (who("viewers"), who("buyers")) == ({"ada", "eve"}, {"bob", "eve"})
    assert (who("both"), who("busy"), who("poles")) == ({"eve"}, {"eve"}, set())
    assert sorted(asked) == [(1, 3), (2, 2), (2, 2)]


def test_a_rule_that_stops_in_one_of_its_statements_moves_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "MOST_ROUNDED", 1)
    live("viewers", rule(did("Product Viewed", days=1)))
    live("both", rule(did("Product Viewed", days=1), did("Page Viewed", days=1)))
    live("pages", rule(did("Page Viewed", days=1)))
    for event in ("Product Viewed", "Page Viewed"):
        track("ada", event, NOON)
    settle(NOON)
    assert who("both") == {"ada"}
    ask = postgres.matches

    def breaks(rules: Any, around: Any, them: Any) -> Any:
        if Segment.objects.get(slug="both").pk in rules and customer("ada") in them:
            raise UncompilableError("It broke.", "unknown_segment")
        return ask(rules, around, them)

    monkeypatch.setattr(postgres, "matches", breaks)
    track("ada", "Product Viewed", NOON + 2 * DAY)
    track("bob", "Page Viewed", NOON + 2 * DAY)
    track("bob", "Product Viewed", NOON + 2 * DAY)
    settle(NOON + 2 * DAY)
    assert who("both") == {"ada"}
    assert Segment.objects.get(slug="both").error == "It broke."
    assert (who("viewers"), who("pages")) == ({"ada", "bob"}, {"ada", "bob"})
