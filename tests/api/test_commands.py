"""The commands that make keys: the key alone on stdout."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from customers.keys import api_key_of, write_key_of
from customers.models import Source

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_a_new_source_is_in_the_time_zone_of_the_store(settings: Any) -> None:
    settings.STORE_TIME_ZONE = "Europe/Warsaw"
    run("create_write_key", "Web Shop")
    assert Source.objects.get(slug="web-shop").timezone == "Europe/Warsaw"


def test_a_write_key_is_printed_once_and_its_source_is_made() -> None:
    printed = run("create_write_key", "Web Shop")
    key = write_key_of(printed.strip())
    assert printed == f"{printed.strip()}\n"
    assert key is not None and key.source.slug == "web-shop"
    assert key.digest not in printed
    run("create_write_key", "web-shop", "--events-per-minute", "5")
    assert Source.objects.count() == 1


def test_an_api_key_is_printed_with_the_scopes_asked_for() -> None:
    every = api_key_of(run("create_api_key", "till", "--scopes", "read", "write", "admin").strip())
    plain = api_key_of(run("create_api_key", "till").strip())
    assert every is not None and every.scopes == ["read", "write", "admin"]
    assert plain is not None and plain.scopes == ["read", "write"]
    assert every.user != plain.user


def test_a_source_needs_a_name() -> None:
    with pytest.raises(CommandError, match="needs a letter"):
        run("create_write_key", "!!!")
