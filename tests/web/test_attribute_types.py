"""A person says of what type an attribute is, in the admin: rules read it so from then on, for whoever has one already."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from common.clock import now
from customers.models import AuditEntry, CatalogueAttribute
from customers.retype import retype
from tests.stages.campaign import author
from tests.stages.shop import DAY, NOON, identify, live, rule, settle, who
from tests.web.test_campaigns_admin import operator

pytestmark = pytest.mark.django_db
RENEWS = {"type": "attribute", "key": "renews", "operator": "after", "value": "2020-01-01"}


def typed(client: Client, type_: str) -> None:
    attribute = CatalogueAttribute.objects.get(key="renews")
    page = reverse("admin:customers_catalogueattribute_change", args=[attribute.pk])
    assert client.post(page, {"type": type_, "description": "the day of renewal"}).status_code == 302


def test_a_number_is_seconds_for_rules_once_the_attribute_is_called_a_date() -> None:
    identify("u1", NOON - DAY, renews=1_800_000_000)
    identify("u2", NOON - DAY, renews=1)
    identify("u3", NOON - DAY, plan="gold")
    live("renewing", rule(RENEWS))
    settle(NOON)
    assert who("renewing") == set()
    client = operator(author())
    typed(client, "date")
    settle(now())
    assert who("renewing") == {"u1"}
    kept = CatalogueAttribute.objects.get(key="renews")
    assert kept.description == "the day of renewal" and kept.edited_at is not None
    entry = AuditEntry.objects.get(action="attribute.typed")
    assert (entry.actor, entry.before, entry.after) == (author().username, "number", "date")
    retype()
    assert CatalogueAttribute.objects.get(key="renews").type == "date", "traffic does not take back what a person said"
    typed(client, "number")
    settle(now())
    assert who("renewing") == set()


def test_a_type_that_rules_do_not_know_is_refused_and_no_attribute_is_added_by_hand() -> None:
    identify("u1", NOON - DAY, renews=1)
    client = operator(author())
    attribute = CatalogueAttribute.objects.get(key="renews")
    page = reverse("admin:customers_catalogueattribute_change", args=[attribute.pk])
    answer = client.post(page, {"type": "datum", "description": ""})
    assert "Select a valid choice" in answer.content.decode()
    assert CatalogueAttribute.objects.get(key="renews").edited_at is None
    assert client.get(reverse("admin:customers_catalogueattribute_add")).status_code == 403
