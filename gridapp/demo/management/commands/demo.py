"""`manage.py demo`: the whole product on this machine, for trying out. Everything it starts stops with it."""

from __future__ import annotations

import fcntl
import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp.demo.processes import DiedEarlyError
from gridapp.demo.showing import Screen
from gridapp.demo.stack import Stack
from gridapp.embedded import EmbeddedError


class Command(BaseCommand):
    help = "Starts servers, departments, worker and pages with a made-up district, until Ctrl-C."
    requires_system_checks = ()  # the processes that it starts have theirs

    def add_arguments(self, parser: CommandParser) -> None:
        wanted = int(os.environ.get("PORT") or 8000)
        parser.add_argument("--port", type=int, default=wanted, help="of the pages; the next free one if it is in use")
        parser.add_argument("--reset", action="store_true", help="throw away all that was entered, then start")
        parser.add_argument("--always-open", action="store_true", help="departments that close at night do not")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DATABASES["default"]["ENGINE"] != "gridapp.embedded_backend":
            raise CommandError("the demo runs on its own servers only: unset DATABASE_URL")
        settings.VAR.mkdir(parents=True, exist_ok=True)
        with (settings.VAR / "demo.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise CommandError("演示已在运行 · the demo runs already, see var/demo.json") from None
            try:
                stack = Stack(Screen(self.stdout), port=options["port"], always_open=options["always_open"])
                stack.run(reset=options["reset"])
            except (DiedEarlyError, EmbeddedError, OSError, OverflowError) as error:
                raise CommandError(str(error)) from error
