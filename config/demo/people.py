"""Names, traits and consents for the households, drawn from a seed; age bands and household facts are the data set's."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from customers.models import Consent, ConsentChange, Customer, Identity

GIVEN = {
    "female": "Ada Amara Anna Beatriz Carla Chloe Clara Dina Elena Emma Fatima Freya Grace Hana Ines Iris Jana Julia "
    "Kaja Lara Lena Lina Maja Maria Mei Mila Mina Nadia Nora Olga Priya Rosa Sara Selma Sofia Tara Vera Yara Zoe",
    "male": "Adam Ahmed Alan Ben Boris Carlos Chen Dan David Emil Erik Felix Filip Georg Hugo Ivan Jakub Jan Jonas Karl "
    "Leo Liam Luca Marco Mateo Max Milan Noah Omar Oskar Paul Pavel Ravi Rui Samuel Theo Tom Viktor Yusuf",
}
FAMILY = (
    "Abbott Adeyemi Andersen Bauer Becker Bennett Bianchi Carter Chen Costa Cruz Diaz Dubois Evans Fischer Fontana Garcia "
    "Gruber Haddad Hansen Ito Ivanov Jensen Johnson Kaya Keller Khan Kim Klein Kowalski Larsen Lopez Maier Martin Mbeki "
    "Meyer Moreau Murphy Nguyen Novak Nowak Okafor Okoye Olsen Patel Petrov Rossi Santos Schmidt Silva Singh Sokolov "
    "Tanaka Torres Vogel Wagner Walker Weber Wood Yilmaz Young Zhang"
)
AGES = {"19-24": (19, 24), "25-34": (25, 34), "35-44": (35, 44), "45-54": (45, 54), "55-64": (55, 64), "65+": (65, 84)}
PLACES = (
    ("US", "Cincinnati", "America/New_York"),
    ("US", "Columbus", "America/New_York"),
    ("US", "Chicago", "America/Chicago"),
    ("US", "Denver", "America/Denver"),
    ("US", "Portland", "America/Los_Angeles"),
)
CHANNELS = (("email", 0.76, 0.08), ("sms", 0.31, 0.05), ("push", 0.18, 0.04))


def customers(people: pd.DataFrame, *, seed: int, now: datetime) -> list[Customer]:
    """One unsaved customer a household, in the order of the frame."""
    return [_customer(dict(row), random.Random(f"{seed}-{row['household']}"), now) for row in people.to_dict("records")]


def _customer(row: dict[str, Any], chance: random.Random, now: datetime) -> Customer:
    number = int(row["household"])
    gender = chance.choice(["female", "male"])
    first, last = chance.choice(GIVEN[gender].split()), chance.choice(FAMILY.split())
    country, city, timezone = chance.choice(PLACES)
    email = f"{first}.{last}.{number}@example.com".lower()
    phone = f"+1614555{number % 10000:04d}" if chance.random() < 0.45 else None
    born = _birthday(row.get("age"), chance, now)
    attributes = {
        "first_name": first,
        "last_name": last,
        "gender": gender,
        "country": country,
        "city": city,
        "language": "en",
        "birthday": born.date().isoformat(),
        "points": chance.randrange(0, 2000),
        "email": email,
        "timezone": timezone,
        **{
            key: str(row[key])
            for key in ("income", "household_size", "kids_count", "home_ownership")
            if isinstance(row.get(key), str)
        },
    }
    if phone:
        attributes["phone"] = phone
    return Customer(
        user_id=f"household-{number}",
        email=email,
        phone=phone,
        timezone=timezone,
        attributes=attributes,
        updated_at=now,
    )


def _birthday(band: object, chance: random.Random, now: datetime) -> datetime:
    youngest, oldest = AGES.get(band, (19, 80)) if isinstance(band, str) else (19, 80)
    return now - timedelta(days=chance.randint(youngest * 366, (oldest + 1) * 365 - 1))


def identities(customers: list[Customer]) -> Iterator[Identity]:
    """The user id, e-mail and phone of each saved customer. Phones that repeat stay with the first."""
    phones: set[str] = set()
    for customer in customers:
        since = customer.created_at or customer.updated_at
        yield Identity(customer=customer, kind="user_id", value=customer.user_id or "", since=since)
        yield Identity(customer=customer, kind="email", value=customer.email or "", since=since)
        if customer.phone and customer.phone not in phones:
            phones.add(customer.phone)
            yield Identity(customer=customer, kind="phone", value=customer.phone, since=since)


def consents(customers: list[Customer], *, seed: int) -> tuple[list[Consent], list[ConsentChange]]:
    """The state of each channel for those who were asked, each with its proof."""
    states: list[Consent] = []
    changes: list[ConsentChange] = []
    for customer in customers:
        chance = random.Random(f"{seed}-consent-{customer.user_id}")
        for channel, yes, no in CHANNELS:
            draw = chance.random()
            if draw >= yes + no:
                continue
            fact: dict[str, Any] = {
                "customer": customer,
                "channel": channel,
                "state": "subscribed" if draw < yes else "unsubscribed",
                "at": customer.created_at,
            }
            states.append(Consent(**fact))
            changes.append(ConsentChange(**fact, proof={"by": "sign-up form", "of": "demo shop"}))
    return states, changes
