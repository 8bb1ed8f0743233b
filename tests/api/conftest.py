"""Keys and clients for the tests of the outside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from rest_framework.test import APIClient

from customers.keys import create_api_key, create_write_key
from customers.valkey import client as valkey

MADE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def write_key(db: None) -> str:
    return create_write_key(source="web shop", now=MADE)


@pytest.fixture
def api(db: None) -> APIClient:
    """A client with a key that may read and write."""
    return client_with(["read", "write"])


@pytest.fixture
def api_with(db: None) -> Callable[..., APIClient]:
    """Make a client whose key has these scopes."""
    return lambda *scopes: client_with(list(scopes))


def client_with(scopes: list[str]) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {create_api_key(name='tests', scopes=scopes, now=MADE)}")
    return client


@pytest.fixture
def counters() -> None:
    """No counter of another run."""
    for key in valkey().scan_iter("tideline:rate:*"):
        valkey().delete(key)
