#!/usr/bin/env python
"""The command line: finds the embedded servers that run in VAR_DIR, or starts them while the command lasts."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config.services.hold import services_for_command

    with services_for_command(sys.argv[1:]):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
