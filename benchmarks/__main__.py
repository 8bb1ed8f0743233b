"""`make bench`: every benchmark that needs no base of its own, each printing one JSON line."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


def main(names: list[str]) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from benchmarks.table import BENCHMARKS

    for name in names or BENCHMARKS:
        call_command("benchmark", name)


if __name__ == "__main__":
    main(sys.argv[1:])
