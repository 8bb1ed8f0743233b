"""The weekly digest: on Monday morning, to whoever is responsible for segments, at most once, and never when it is not wanted."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from campaigns.models import Digest
from campaigns.queries.digests import week_due, week_of
from campaigns.send_digests import send_digests
from campaigns.tasks import send_weekly_digests
from common import clock
from segmentation.models import Segment
from segmentation.models.finding import Dismissal
from tests.stages.campaign import person
from tests.stages.mailbox import Mailbox, nobody
from tests.stages.shop import DAY
from tests.stages.spoken import segment

pytestmark = pytest.mark.django_db

# A Monday, seven in the evening in Auckland.
MONDAY = datetime(2026, 5, 4, 7, tzinfo=UTC)
WEEK = date(2026, 5, 4)


@pytest.fixture
def mara() -> User:
    """A marketer whose segment has findings."""
    mara = person("mara", "marketer")
    User.objects.filter(pk=mara.pk).update(email="mara@shop.example")
    segment("idle", name="Idle & alone", owner=mara)
    return User.objects.get(pk=mara.pk)


def sent(now: datetime = MONDAY, week: date = WEEK) -> list[tuple[str, str]]:
    return [(row.account.username, row.state) for row in send_digests(now=now, week=week)]


def test_it_is_due_on_monday_from_seven_where_the_shop_is_for_a_day(settings: object) -> None:
    settings.STORE_TIME_ZONE = "Europe/Warsaw"  # type: ignore[attr-defined]
    first, second = timedelta(microseconds=1), timedelta(hours=24)
    for seven in (
        datetime(2026, 3, 23, 6, tzinfo=UTC),
        datetime(2026, 3, 30, 5, tzinfo=UTC),
    ):  # before and after the clocks changed
        assert week_due(seven - first) is None and week_due(seven + second) is None
        assert week_due(seven) == week_due(seven + second - first) == week_of(seven)
    assert week_of(datetime(2026, 3, 29, 21, 59, tzinfo=UTC)) == date(2026, 3, 23)
    assert week_of(datetime(2026, 3, 29, 22, tzinfo=UTC)) == date(2026, 3, 30)


def test_the_mail_says_what_is_open_and_the_new_first(mara: User, box: Mailbox) -> None:
    assert sent() == [("mara", "sent")]
    (letter,) = box.letters
    assert box.recipients == ["mara@shop.example"]
    plain, html = (letter.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    many = len(Digest.objects.get().findings)
    assert letter["Subject"] == f"Segments this week: {many} findings, {many} new"
    assert "- Idle & alone: Never activated in 30 days" in plain and "Idle &amp; alone" in html
    assert "/journeys/new/?segment=idle" in plain and "/governance/health/?owner=me" in plain
    assert "STILL OPEN" not in plain and "<style" not in html
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    segment("late", name="Late", owner=mara, created_at=MONDAY)
    assert sent(MONDAY + 7 * DAY, WEEK + 7 * DAY) == [("mara", "sent")]
    plain = box.letters[1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert plain.index("NEW") < plain.index("- Late:") < plain.index("STILL OPEN") < plain.index("- Idle & alone:")


def test_what_a_mail_has_no_room_for_is_new_in_the_next(mara: User, box: Mailbox) -> None:
    for number in range(6):
        segment(f"more-{number}", owner=mara)
    assert sent() == [("mara", "sent")]
    told = Digest.objects.get().findings
    assert len(told) == 20 and "more." in box.letters[0].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    sent(MONDAY + 7 * DAY, WEEK + 7 * DAY)
    second = Digest.objects.order_by("week").last()
    assert second and not set(second.findings[:5]) & set(told) and set(told) < set(second.findings)


def test_nobody_gets_two_and_the_bell_rings_on_mondays_only(mara: User, box: Mailbox) -> None:
    for at in (MONDAY - DAY, MONDAY, MONDAY + timedelta(hours=1), MONDAY + 2 * DAY):
        with clock.frozen(at):
            send_weekly_digests()
    assert len(box.letters) == 1 and sent() == []


def test_owners_get_theirs_managers_everything_and_nobody_else_any(mara: User, box: Mailbox) -> None:
    for name, role, email in (
        ("adam", "admin", "adam@shop.example"),
        ("rita", "analyst", "rita@shop.example"),
        ("otto", "marketer", "otto@shop.example"),
        ("nora", "admin", ""),
        ("gone", "admin", "gone@shop.example"),
    ):
        one = person(name, role)
        User.objects.filter(pk=one.pk).update(email=email, is_active=name != "gone")
    others = segment("others", owner=User.objects.get(username="nora"))
    others.versions.create(number=1, rule={}, rule_hash="", sentence="", published_at=MONDAY - 60 * DAY)
    assert sent() == [("mara", "sent"), ("adam", "sent")]
    told = dict(Digest.objects.values_list("account__username", "findings"))
    assert set(told["mara"]) < set(told["adam"])
    assert "- Portfolio: " in box.letters[1].get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_what_is_dismissed_is_not_told_and_nothing_to_tell_is_no_mail(mara: User, box: Mailbox) -> None:
    segment_ = Segment.objects.get(slug="idle")
    send_digests(now=MONDAY, week=WEEK)
    for key in Digest.objects.get().findings:
        Dismissal.objects.create(
            code=key.split(":")[0], segment=segment_, reason="known", until=date(2027, 1, 1), at=MONDAY
        )
    box.letters.clear()
    assert sent(MONDAY + 7 * DAY, WEEK + 7 * DAY) == [("mara", "nothing")] and not box.letters
    assert sent(MONDAY + 7 * DAY, WEEK + 7 * DAY) == []


def test_the_mail_is_switched_off_from_itself_and_on_again_from_the_page(mara: User, outbox: Path) -> None:
    send_digests(now=MONDAY, week=WEEK)
    (file,) = outbox.glob("digest.2026-05-04.*.eml")
    found = re.search(r"List-Unsubscribe: <http://[^/]+(/m/d/[^>]+)>", file.read_text())
    assert found
    stranger = Client(enforce_csrf_checks=True)
    assert "Switch the weekly digest off?" in stranger.get(found[1]).content.decode()
    assert "is off" in stranger.post(found[1], {"List-Unsubscribe": "One-Click"}).content.decode()
    assert sent(MONDAY + 7 * DAY, WEEK + 7 * DAY) == []
    assert stranger.post(found[1][:-1] + "x", {}).status_code == 404
    own = Client()
    own.force_login(mara)
    page = own.get("/digest/").content.decode()
    assert "It is off" in page and "mara@shop.example" in page
    switch = re.search(r'action="(/m/d/[^"]+)"', page)
    assert switch and own.post(switch[1], {"from": "page", "wanted": "yes"})["Location"] == "/digest/"
    assert "It is on" in own.get("/digest/").content.decode()
    assert sent(MONDAY + 7 * DAY, WEEK + 7 * DAY) == [("mara", "sent")]


def test_what_was_surely_not_handed_over_is_tried_again_and_nothing_else(
    mara: User, box: Mailbox, settings: object
) -> None:
    url = settings.EMAIL_URL  # type: ignore[attr-defined]
    with nobody() as away:
        settings.EMAIL_URL = away  # type: ignore[attr-defined]
        assert sent() == [] and not Digest.objects.exists()
    settings.EMAIL_URL = url  # type: ignore[attr-defined]
    box.will = lambda step, recipient: "451 busy" if step == "rcpt" else None
    assert sent() == [("mara", "waiting")]
    box.will = lambda step, recipient: "hang up" if step == "data" else None
    assert sent() == [("mara", "unknown")]
    box.will = lambda step, recipient: None
    assert sent() == [] and len(box.letters) == 1


def test_a_sender_that_died_leaves_unknown_and_a_refusal_is_failed(mara: User, box: Mailbox) -> None:
    Digest.objects.create(account=mara, week=WEEK, state="sending", claimed_until=MONDAY - DAY, at=MONDAY - DAY)
    assert sent() == [] and Digest.objects.get().state == "unknown" and not box.letters
    box.will = lambda step, recipient: "550 no such mailbox" if step == "rcpt" else None
    assert sent(MONDAY + 7 * DAY, WEEK + 7 * DAY) == [("mara", "failed")]
    assert "550" in Digest.objects.latest("week").reason


def test_the_command_prints_or_sends_now(mara: User, outbox: Path) -> None:
    out = StringIO()
    with clock.frozen(MONDAY + 3 * DAY):
        call_command("send_digests", "--dry-run", stdout=out)
        assert "To: mara@shop.example" in out.getvalue() and not Digest.objects.exists()
        call_command("send_digests", "--to", "mara", stdout=out)
        call_command("send_digests", "--to", "mara", stdout=out)
    assert "mara: sent" in out.getvalue() and "Nobody is left to send to" in out.getvalue()
    assert len(list(outbox.iterdir())) == 1
