"""What an operator does to lanes from a terminal: the same as on their pages."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp.catalogue.models import Target
from gridapp.delivery import operating, wake

ACTS = ("pause", "resume", "reopen", "slowly")


class Command(BaseCommand):
    help = "Pauses, resumes or reopens the lane of a target, or lets its backlog out slowly."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("target", help="key of a target, e.g. WG")
        parser.add_argument("act", choices=ACTS)
        parser.add_argument("a_minute", nargs="?", type=float, help="slowly: records a minute until the backlog is out")
        parser.add_argument("--why", default="", help="pause: what people read on the pages")

    def handle(self, *args: Any, **options: Any) -> None:
        target = Target.objects.filter(key=options["target"]).first()
        if target is None:
            raise CommandError(f"no target is called {options['target']}")
        said = self._do(target, options["act"], options["a_minute"], options["why"])
        wake.wake([target.pk])
        self.stdout.write(f"{target.key}: {said}")

    def _do(self, target: Target, act: str, a_minute: float | None, why: str) -> str:
        if (act == "slowly") != (a_minute is not None):
            raise CommandError("slowly wants a number of records a minute, the other acts want none")
        if act == "pause":
            return "paused" if operating.pause(target, why, None) else "was paused already"
        if act == "reopen":
            operating.reopen(target, None)
            return "reopened"
        if a_minute is not None:
            if not 0 < a_minute <= 1_000_000:
                raise CommandError("from more than 0 to 1,000,000 records a minute")
            operating.resume(target, None, slowly=a_minute / 60)
            return f"goes on, at most {a_minute:g} a minute until the backlog is out"
        return "resumed" if operating.resume(target, None) else "was not paused; goes on at its own pace"
