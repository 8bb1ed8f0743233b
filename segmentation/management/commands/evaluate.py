"""`evaluate SLUG [--at TIME]`: a rule's members as ids, one a line."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.clock import now
from segmentation.compiler.select import members
from segmentation.compiler.surroundings import UncompilableError
from segmentation.engines.postgres import ids
from segmentation.models import Segment
from segmentation.queries.catalogue import catalogue
from segmentation.queries.surroundings import surroundings
from segmentation.rules.faults import RuleError
from segmentation.rules.parse import parse


class Command(BaseCommand):
    """The set query of one segment, from raw events."""

    help = "Print the ids of the customers who belong to a segment's rule, one a line."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--at", help="an instant such as 2026-05-01T12:00:00Z; now where absent")

    def handle(self, *args: Any, **options: Any) -> None:
        segment = Segment.objects.filter(slug=options["slug"]).select_related("live_version").first()
        if segment is None:
            raise CommandError(f"There is no segment “{options['slug']}”.")
        document = segment.live_version.rule if segment.live_version else segment.rule
        if document is None:
            raise CommandError(f"The segment “{segment.slug}” has no rule; its members are a list.")
        at = _instant(options["at"]) if options["at"] else now()
        try:
            rule = parse(document, catalogue=catalogue())
            around = surroundings([rule], now=at, stored_thresholds=False, at_past=bool(options["at"]))
            found = ids(members(rule, around))
        except (RuleError, UncompilableError) as error:
            raise CommandError(str(error)) from error
        for customer in sorted(found):
            self.stdout.write(str(customer))


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"“{text}” is no instant. Write it as 2026-05-01T12:00:00Z.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
