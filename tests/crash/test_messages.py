"""Verbs 6 and 7 killed between two steps: nobody is enrolled twice, and no letter is sent twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from campaigns.advance import advance
from campaigns.claims import SILENCE
from campaigns.models import Enrolment, Message
from campaigns.send import CLAIMED_FOR, RECORDED_AT_ONCE, send
from tests.crash.test_membership import killed, wait_for
from tests.stages.campaign import flow, mail, reachable, running, view, viewers, wait
from tests.stages.mailbox import Mailbox, mailbox
from tests.stages.shop import MINUTE, NOON

pytestmark = pytest.mark.django_db(transaction=True)
CUSTOMERS = RECORDED_AT_ONCE + 5


@pytest.fixture
def box(settings: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A real server, for this process and for the one that is killed."""
    with mailbox() as opened:
        settings.EMAIL_URL = opened.url  # type: ignore[attr-defined]
        monkeypatch.setenv("EMAIL_URL", opened.url)
        yield opened


@pytest.fixture
def waiting() -> list[str]:
    """Customers who became active in the segment of a live journey that sends, waits and ends."""
    viewers()
    running(flow("viewers", mail=mail("later"), later=wait("end")))
    users = [f"u{number}" for number in range(CUSTOMERS)]
    for user in users:
        reachable(user, NOON)
        view(user, NOON)
    return users


def planned() -> bool:
    advance(now=NOON)
    return Message.objects.count() == CUSTOMERS


@pytest.mark.parametrize("place", ["campaigns.advance:enrol", "campaigns.advance:move", "campaigns.move:_walk"])
def test_whoever_takes_over_from_a_dead_worker_enrols_everybody_once(place: str, waiting: list[str]) -> None:
    killed("advance", place)
    assert not Message.objects.exists()
    wait_for(planned, "a message for everybody")
    advance(now=NOON)
    for rows in (Enrolment.objects.all(), Message.objects.all()):
        assert Counter(rows.values_list("customer__user_id", flat=True)) == Counter(waiting)


def test_a_sender_that_dies_before_it_records_leaves_unknown_what_nobody_can_know(
    waiting: list[str], box: Mailbox
) -> None:
    wait_for(planned, "a message for everybody")
    killed("send", "campaigns.send:record", 2)
    assert len(box.letters) == CUSTOMERS, "everything was handed over, the last of it not recorded"
    states = Counter(Message.objects.values_list("state", flat=True))
    assert states == {"sent": RECORDED_AT_ONCE, "sending": 5}
    assert send(now=NOON + CLAIMED_FOR).taken == 0, "until its deadline it is somebody's"
    assert send(now=NOON + CLAIMED_FOR + MINUTE).unknown == 5
    send(now=NOON + CLAIMED_FOR + 2 * MINUTE)
    assert Counter(box.recipients) == Counter(f"{user}@shop.example" for user in waiting), "nobody gets it twice"
    assert Message.objects.filter(state="unknown", reason=SILENCE).count() == 5
    advance(now=NOON + 10 * MINUTE)
    assert set(Enrolment.objects.values_list("node", flat=True)) == {"later"}, "the journeys go on"


def test_a_sender_that_dies_before_it_hands_over_sends_nothing_and_says_so(waiting: list[str], box: Mailbox) -> None:
    wait_for(planned, "a message for everybody")
    killed("send", "campaigns.send:_hand_over")
    assert not box.letters
    assert send(now=NOON + CLAIMED_FOR + MINUTE).unknown == CUSTOMERS
    assert not box.letters, "the next sender cannot tell it from one that handed over"
