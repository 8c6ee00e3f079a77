"""Lets a lane that stopped or pauses try again at once: for the operator who has just mended the cause."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp.catalogue.models import Target
from gridapp.delivery import breaker, wake


class Command(BaseCommand):
    help = "Ends the pause of these targets' lanes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", nargs="+", help="key of a target, e.g. WG")

    def handle(self, *args: Any, **options: Any) -> None:
        found = dict(Target.objects.filter(key__in=options["target"]).values_list("key", "pk"))
        if unknown := sorted(set(options["target"]) - set(found)):
            raise CommandError(f"no target is called {', '.join(unknown)}")
        for target_id in found.values():
            breaker.reopen(target_id)
        wake.wake(found.values())
        self.stdout.write(f"reopened: {', '.join(sorted(found))}")
