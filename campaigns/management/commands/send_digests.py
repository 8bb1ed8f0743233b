"""`send_digests`: send the weekly digests of this week now, or print what they would say."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns.digest_letter import digest_letter
from campaigns.queries.digests import week_of
from campaigns.send_digests import prepare_digests, send_digests
from common import clock


class Command(BaseCommand):
    help = "Sends this week's digests of findings that were not sent yet; nobody gets two in a week."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", metavar="USER", help="only to this account")
        parser.add_argument("--dry-run", action="store_true", help="print the mails instead")

    def handle(self, *args: Any, **options: Any) -> None:
        now = clock.now()
        week, only = week_of(now), self._only(options["to"])
        if options["dry_run"]:
            for one in prepare_digests(now=now, week=week, only=only):
                if len(one.contents):
                    letter = digest_letter(account=one.account, contents=one.contents, week=week, now=now)
                    self.stdout.write(f"To: {letter.recipient}\nSubject: {letter.subject}\n\n{letter.text}\n")
            return
        rows = send_digests(now=now, week=week, only=only)
        for row in rows:
            self.stdout.write(f"{row.account.get_username()}: {row.get_state_display().lower()} {row.reason}".rstrip())
        if not rows:
            self.stdout.write("Nobody is left to send to: they have this week's, switched it off, or have no address.")

    def _only(self, name: str | None) -> list[int] | None:
        if name is None:
            return None
        found = User.objects.filter(username=name).first()
        if found is None:
            raise CommandError(f"There is no account {name!r}.")
        return [found.pk]
