"""`audit_memberships`: evaluate again, compare with what is stored, exit 1 on a difference."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from common.clock import now
from segmentation.audit import SAMPLE, audit
from segmentation.models import AuditRun


class Command(BaseCommand):
    """The self-audit at the command line."""

    help = "Evaluate members and non-members of every live segment again and compare. Exits 1 on a difference."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--sample", type=int, default=SAMPLE, help=f"members and non-members a segment ({SAMPLE} each)"
        )
        parser.add_argument("--full", action="store_true", help="everyone, not a sample")

    def handle(self, *args: Any, **options: Any) -> None:
        runs = audit(now=now(), sample=options["sample"], full=options["full"])
        for run in runs:
            self._say(run)
        wrong = sum(run.wrong for run in runs)
        checked = sum(run.checked for run in runs)
        self.stdout.write(f"{checked:,} checked in {len(runs)} segments, {wrong:,} wrong")
        if wrong:
            raise SystemExit(1)

    def _say(self, run: AuditRun) -> None:
        self.stdout.write(f"{run.segment.slug}: {run.checked:,} checked, {run.wrong:,} wrong")
        for finding in run.findings.order_by("customer_id")[:100]:
            stored, right = ("in" if state else "out" for state in (finding.stored, finding.should_be))
            self.stdout.write(f"  customer {finding.customer_id}: stored {stored}, the rule says {right}")
