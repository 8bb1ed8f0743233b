"""Every page there is, with something on it. A house test compares the lists with the addresses of the installation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from campaigns.approvals import submit
from campaigns.digest_letter import off_path
from campaigns.models import Message
from customers.ingest import ingest
from customers.models import Customer, Source
from segmentation import approvals as rules
from segmentation.governance import put_group
from segmentation.models import EngineRun, GovernanceChange, Job, MembershipChange, Segment
from segmentation.save import create
from segmentation.upload import keep_upload
from tests.browser import test_segments
from tests.stages.campaign import author, draft, flow, mail, running, wait
from tests.stages.shop import did, rule

# Areas, so that two processes can share the work.
PAGES = {
    "customers and data": [
        "/",
        "/moved/",
        "/search/?q=ada",
        "/design/",
        "/customers/",
        "/customers/?q=nobody+fits",
        "/customers/{customer}/",
        "/customers/{customer}/?show=profile",
        "/customers/{customer}/erase/",
        "/customers/count/",
        "/events/?window=24h",
        "/events/rejected/",
        "/sources/",
        "/jobs/{job}/",
        "/engine/",
        "/audit/",
        "/engine/runs/{run}/",
        "/api/docs/",
    ],
    "segments": [
        "/segments/",
        "/segments/?q=nothing+fits",
        "/new-segment/",
        "/segments/buyers/",
        "/segments/buyers/numbers/",
        "/segments/buyers/card/",
        "/segments/buyers/rule/",
        "/segments/buyers/members/",
        "/segments/buyers/members/?at=2026-01-01T00:00",
        "/segments/buyers/exports/{export}/",
        "/segments/buyers/changes/",
        "/segments/buyers/changes/{change}/",
        "/segments/buyers/why/?customer={customer}",
        "/segments/buyers/versions/",
        "/segments/buyers/versions/compare/?a=1&b=2",
        "/segments/buyers/backtests/",
        "/segments/buyers/backtests/{backtest}/",
        "/segments/buyers/used-by/",
        "/segments/buyers/settings/",
        "/segments/buyers/publish/",
        "/segments/lookers/approval/",
        "/reports/overlap/",
        "/reports/overlap/buyers/readers/",
        "/reports/overlap/customers/?is=buyers&is=readers",
        "/segments/buyers/merge/?with=readers",
        "/reports/migration/?segments=buyers&segments=readers",
        "/reports/coverage/",
        "/reports/stability/",
        "/reports/stability/buyers/",
        "/segments/half-done/",
        "/segments/half-done/publish/",
        "/segments/guests/members/",
        "/segments/guests/members/add/",
        "/segments/guests/members/add/{upload}/",
    ],
    "governance and campaigns": [
        "/governance/",
        "/governance/health/",
        "/governance/health/?owner=nobody",
        "/governance/reviews/",
        "/governance/reviews/buyers/",
        "/governance/reviews/buyers/split/?q=country&condition=%7B%22type%22%3A%22attribute%22%2C%22key%22%3A%22country%22%2C%22operator%22%3A%22is_set%22%7D",
        "/governance/group/",
        "/governance/groups/",
        "/governance/exclusions/?show=all",
        "/governance/changes/",
        "/governance/changes/{setting}/undo/",
        "/governance/conflicts/?now=1",
        "/governance/conflicts/buyers/readers/?remedy=group",
        "/reports/latency/",
        "/approvals/",
        "/journeys/",
        "/journeys/new/",
        "/journeys/hello/",
        "/journeys/hello/edit/",
        "/journeys/second-chance/",
        "/templates/",
        "/templates/new/",
        "/templates/welcome/",
        "/messages/",
        "/messages/{message}/",
        "/m/u/{token}",
        "/m/d/{digest}",
        "/digest/",
        "/login/",
    ],
}

# Addresses that are read and are no page: parts of one, answers to a script, files, pictures.
NO_PAGES = {
    "campaigns:customer_timeline",
    "campaigns:clicked",
    "campaigns:journey_letter",
    "campaigns:message_body",
    "campaigns:opened",
    "campaigns:review_division",
    "campaigns:review_halves",
    "campaigns:review_part",
    "campaigns:review_row",
    "customers:audit_csv",
    "customers:customers_csv",
    "segmentation:csv",
    "segmentation:engine-state",
    "segmentation:export-file",
    "segmentation:health-csv",
    "segmentation:job",
    "segmentation:lines",
    "segmentation:members-csv",
    "segmentation:overlap-csv",
    "segmentation:members-unknown",
    "segmentation:suggest-attributes",
    "segmentation:suggest-conditions",
    "segmentation:suggest-events",
    "segmentation:suggest-properties",
    "segmentation:suggest-values",
}


def installation() -> dict[str, Any]:
    """Everything the addresses name: a shop with segments, jobs, journeys, a message, rejected input."""
    now = datetime.now(UTC)
    customer = test_segments.shop()
    ingest(source=Source.objects.get(slug="web"), calls=[{"type": "track", "messageId": "bad"}], received_at=now)
    journeys(now)
    approvals_open(now)
    buyers = Segment.objects.get(slug="buyers")
    put_group(name="Offers", segments=["buyers", "guests"], by=author(), now=now)
    done = {"segment": buyers, "state": "done", "created_by": author(), "created_at": now, "finished_at": now}
    return {
        "customer": customer.pk,
        "setting": GovernanceChange.objects.latest("number").number,
        "run": EngineRun.objects.filter(segment=buyers, kind="rebuild").latest("pk").pk,
        "change": MembershipChange.objects.filter(segment=buyers).latest("pk").pk,
        "export": Job.objects.create(kind="export", result={"rows": 2, "bytes": 120, "name": "x.csv"}, **done).pk,
        "upload": keep_upload(
            segment=Segment.objects.get(slug="guests"),
            kind="user_id",
            values=["ada", "nobody"],
            source="a file",
            by=author(),
            now=now,
        ).pk,
        "backtest": Job.objects.create(kind="backtest", **{**done, "state": "failed", "error": "It was cut off."}).pk,
        "job": Job.objects.create(kind="export", **{**done, "state": "running", "progress": 0.4}).pk,
        "digest": off_path(author()).removeprefix("/m/d/"),
        **message_to(customer, now),
    }


def journeys(now: datetime) -> None:
    """A live journey with every kind of step, and one that waits for approval."""
    asks = {"type": "branch", "rule": rule(did("Email Opened")), "yes": "end", "no": "again"}
    document = flow("buyers", mail=mail("later"), later=wait("asks"), asks=asks, again=mail())
    running(document, now=now - timedelta(minutes=30))
    submit(journey=draft(document, "second-chance", now), by=author(), now=now)


def approvals_open(now: datetime) -> None:
    """A rule that waits for an approval, and a word about it."""
    lookers = create(name="Lookers", rule=rule(did("Product Viewed")), by=author(), now=now)
    request = rules.submit(segment=lookers, by=author(), note="For the spring", now=now)
    rules.comment(request=request, by=author(), text="Until the sale is over.", now=now)


def message_to(customer: Customer, now: datetime) -> dict[str, Any]:
    """A message that was withheld."""
    row = Message.objects.create(customer=customer, node="mail", channel="email", template="welcome", state="withheld",
                                 reason="no consent for email", token="t" * 43, planned_at=now, due_at=now)  # fmt: skip
    return {"message": row.pk, "token": row.token}
