"""Every change that a person makes leaves its entry in the audit log, whichever verb makes it; and nobody takes one out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client

from campaigns import approvals
from campaigns import save as words
from campaigns.models import Template
from customers import audit, edit, erase, keys, merge, pause, retype, unmerge
from customers.models import AuditEntry, CatalogueAttribute, Customer, Merge
from segmentation import approvals as rules
from segmentation import (
    dismiss,
    drafts,
    enlist,
    export_members,
    governance,
    lifecycle,
    merge_segments,
    publish,
    review,
    save,
    split,
    undo,
    upload,
)
from segmentation.causes import Cause
from segmentation.models import GovernanceChange
from tests.house.changes import WRITES
from tests.stages.campaign import approver, author, draft, flow, mail, person
from tests.stages.shop import DAY, HOUR, NOON, attribute, did, identify, live, rule, source, track

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_changes", "noon")]
Do = Callable[..., Any]


class Ledger:
    """Calls verbs and checks what each leaves."""

    def __init__(self, app: str) -> None:
        self.wanted = {name: entry for name, entry in WRITES.items() if name.startswith(f"{app}.")}
        self.done: set[str] = set()

    def __call__(self, verb: Do, **given: Any) -> Any:
        name = f"{verb.__module__}.{verb.__name__}"
        last = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        result = verb(**given, now=NOON)
        by = given["by"] if isinstance(given["by"], str) else given["by"].get_username()
        written = AuditEntry.objects.filter(pk__gt=last)
        left = set(written.values_list("actor", "action", "object_type"))
        assert (by, *self.wanted[name]) in left, f"{name} left {left}"
        assert not written.filter(before=None, after=None).exclude(action__in=("erase",)).exists(), name
        self.done.add(name)
        return result

    def close(self) -> None:
        assert self.done == set(self.wanted), f"No change was made by {sorted(set(self.wanted) - self.done)}"


def test_changes_of_customers_and_keys() -> None:
    does, by = Ledger("customers"), author()
    ada, ben = (Customer.objects.get(pk=identify(who, NOON - HOUR, tier="gold")) for who in ("ada", "ben"))
    does(edit.edit, customer=ada, attributes={"tier": "silver"}, consents={"email": "subscribed"}, by=by)
    does(pause.pause_messages, customer=ada, paused=True, by=by)
    tier, _ = CatalogueAttribute.objects.get_or_create(
        key="tier", defaults={"type": "text", "first_seen_at": NOON, "last_seen_at": NOON}
    )
    does(retype.set_type, attribute=tier, type="list", by=by)
    merge.merge(kept=ada.pk, gone=ben.pk, reason="test", now=NOON)
    does(unmerge.unmerge, merge=Merge.objects.get(), by=by)
    does(erase.erase, customer=ada, by=by)
    does(keys.create_write_key, source="Till", by=by)
    does(keys.create_api_key, name="Export", scopes=["read"], by=by)
    does.close()
    assert AuditEntry.objects.filter(action="create", object_type="source", object_id="till").exists()
    assert not AuditEntry.objects.filter(after__icontains="silver").exists()


def test_changes_of_segments() -> None:
    does, by = Ledger("segmentation"), author()
    ada = identify("ada", NOON - HOUR, tier="gold")
    track("ada", "A", NOON - HOUR)
    low, top = live("low", rule(did("A"))), live("top", rule(did("B")))
    made = does(save.create, name="New", rule=rule(did("A")), by=by)
    does(save.edit_card, segment=made, card={"goal": "Sell"}, by=by)
    does(publish.publish, segment=made, by=by)
    made = save.save_draft(segment=made, rule=rule(attribute("tier", "gold")), by=by, now=NOON)
    does(drafts.publish_draft, segment=made, revision=made.draft_revision, by=by)
    save.save_draft(segment=made, rule=rule(did("A")), by=by, now=NOON)
    asked = does(rules.submit, segment=made, by=by)
    does(rules.comment, request=asked, by=by, text="Until the sale is over")
    does(rules.reject, request=asked, by=approver(), reason="Too wide")
    does(rules.withdraw, request=rules.submit(segment=made, by=by, silent=True, now=NOON), by=by)
    does(rules.approve, request=rules.submit(segment=made, by=by, now=NOON), by=approver())
    does(lifecycle.pause, segment=made, by=by)
    does(lifecycle.resume, segment=made, by=by)
    does(upload.freeze_rule, segment=made, name="For whom", by=by)
    does(merge_segments.merge_segments, segments=[low, top], by=by)
    does(enlist.snapshot, segment=low, name="As it was", by=by)
    guests = save.create(name="Guests", kind="static", by=by, now=NOON)
    does(enlist.request_enlist, segment=guests, customers=[ada], cause=Cause("manual", detail="test"), by=by)
    kept = upload.keep_upload(segment=guests, kind="user_id", values=["ada"], source="a file", by=by, now=NOON)
    does(upload.add_upload, upload=kept, by=by)
    does(export_members.request_export, segment=low, by=by)
    about = {"code": "no_goal", "segment": low, "by": by}
    does(dismiss.dismiss, **about, reason="It goes in June", until=NOON.date())
    does(dismiss.restore, **about)
    does(governance.set_priorities, segments=["top", "low"], by=by)
    does(governance.put_group, name="One voice", segments=["top", "low"], by=by)
    does(governance.rename_group, name="One voice", to="One at a time", by=by)
    does(governance.put_exclusion, segment="top", excludes=["low"], by=by)
    does(governance.set_full_stop, segment="top", blocks_all_below=True, by=by)
    does(governance.set_hysteresis, segment=top, settings={"min_stay": {"amount": 1, "unit": "days"}}, by=by)
    does(split.split, segment=low, condition=attribute("tier", "gold"), by=by)
    does(review.review, segment=low, decided=review.Decided("keep", "It sells"), by=by)
    does(undo.undo, change=GovernanceChange.objects.latest("number"), by=by)
    does(lifecycle.archive, segment=made, by=by)
    does(save.delete_draft, segment=save.create(name="Thrown away", by=by, now=NOON), by=by)
    does.close()
    group, renamed = AuditEntry.objects.filter(action="change exclusion group").order_by("pk")
    assert (group.before, group.after) == ({"value": []}, {"value": ["low", "top"]})
    assert (renamed.before, renamed.after) == ({"value": "One voice"}, {"value": "One at a time"})


def test_changes_of_journeys_and_words() -> None:
    does, by, other = Ledger("campaigns"), author(), approver()
    live("viewers", rule(did("Product Viewed", days=7)), NOON - DAY)
    journey = draft(flow("viewers"))
    does(words.create_journey, slug="second", name="Second", document=flow("viewers"), by=by)
    does(words.save_journey, journey=journey, name="Hello again", by=by)
    does(approvals.submit, journey=journey, by=by)
    does(approvals.comment, journey=journey, by=other, text="Which sale?")
    does(approvals.reject, journey=journey, by=other, reason="Too loud")
    does(approvals.submit, journey=journey, by=by)
    does(approvals.approve, journey=journey, by=other, start=False)
    does(approvals.start, journey=journey, by=by)
    does(approvals.pause, journey=journey, by=by)
    does(approvals.resume, journey=journey, by=by)
    edited = flow("viewers", mail=mail("again"), again=mail())
    words.save_journey(journey=journey, document=edited, by=by, now=NOON)
    assert AuditEntry.objects.filter(action=WRITES["campaigns.approvals.withdraw"][0], object_id="hello").exists()
    does.done.add("campaigns.approvals.withdraw")
    does(approvals.end, journey=journey, by=by)
    does(words.delete_journey, journey=draft(flow("viewers"), "third"), by=by)
    does(words.save_template, slug="spare", subject="Hi", body="Hello", by=by)
    does(words.delete_template, template=Template.objects.get(slug="spare"), by=by)
    does.close()


def test_a_command_and_the_admin_write_what_they_change() -> None:
    call_command("create_write_key", "Till")
    made = AuditEntry.objects.get(action="create write key")
    assert (made.actor, made.object_id) == (audit.COMMAND, "till")
    root = User.objects.create(username="root", is_staff=True, is_superuser=True)
    admin = Client()
    admin.force_login(root)
    shop = source()
    told = {"name": "The shop", "store": "main", "timezone": "UTC"}
    for _ in range(2):
        assert admin.post(f"/admin/customers/source/{shop.pk}/change/", told).status_code == 302
    changed = AuditEntry.objects.get(action="edit", object_type="source")
    assert (changed.actor, told_of(changed, "name")) == ("root", ("Shop", "The shop"))
    mara = person("mara", "marketer")
    form = {"username": "mara", "is_active": "on", "groups": [Group.objects.get_or_create(name="approver")[0].pk],
            "date_joined_0": "2026-01-01", "date_joined_1": "00:00"}  # fmt: skip
    assert admin.post(f"/admin/auth/user/{mara.pk}/change/", form).status_code == 302
    role = AuditEntry.objects.get(object_type="user")
    assert told_of(role, "groups") == (["marketer"], ["approver"]) and told_of(role, "password") == (None, None)
    assert admin.post(f"/admin/auth/user/{mara.pk}/delete/", {"post": "yes"}).status_code == 302
    assert told_of(AuditEntry.objects.get(action="delete"), "username") == ("mara", None)


def told_of(entry: AuditEntry, key: str) -> tuple[Any, Any]:
    """One value before and after."""
    return (entry.before or {}).get(key), (entry.after or {}).get(key)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE customers_auditentry SET actor = 'x'",
        "DELETE FROM customers_auditentry",
        "TRUNCATE customers_auditentry",
    ],
)
def test_no_entry_is_altered_or_taken_out(statement: str) -> None:
    audit.note(actor="ann", action="edit", object=("x", "1"), now=NOON)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert AuditEntry.objects.count() == 1
