"""The demo shop, small: each page of governance has something to show on its first day."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from campaigns.models import Journey
from segmentation.models import GovernanceChange, Segment

pytestmark = pytest.mark.django_db


def read(role: str, path: str) -> str:
    client = Client()
    client.force_login(User.objects.get(username=role))
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_fresh_demo_shop_has_something_on_every_page_of_governance(settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    call_command("load_demo", scale=0.01, stdout=StringIO(), stderr=StringIO())
    assert Segment.objects.filter(status="live", owner__isnull=False, review_on__isnull=False).count() == 10
    settled = GovernanceChange.objects.filter(setting__in=("exclusion", "exclusion_group", "full_stop"))
    assert all(change.reason for change in settled) and settled.count() == 3
    assert Journey.objects.filter(status="live").count() == 3
    assert "First look" in read("approver", "/approvals/")
    assert "How many days earlier" in read("approver", "/journeys/first-look/")
    assert "to be changed" in read("marketer", "/governance/reviews/")
    assert "Review overdue" in read("marketer", "/governance/health/")
    assert read("marketer", "/governance/conflicts/?now=1")
