"""`python manage.py create_api_key NAME [--scopes read write admin]`: prints an API key, alone on stdout."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from common import clock
from customers.audit import COMMAND
from customers.keys import SCOPES, KeyScopeError, create_api_key
from customers.management.ready import make_ready


class Command(BaseCommand):
    help = "Makes a key of the REST API and prints it, once. The key acts as an account of its own."

    def add_arguments(self, parser: CommandParser) -> None:
        """The name, and what the key may do."""
        parser.add_argument("name", help="what the key is for")
        parser.add_argument("--scopes", nargs="+", choices=SCOPES, default=["read", "write"])

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the key."""
        make_ready(self.stderr)
        try:
            key = create_api_key(name=options["name"], scopes=options["scopes"], now=clock.now(), by=COMMAND)
        except KeyScopeError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(key)
