"""Tells the demo's stories while it runs: for the demo itself, which starts this beside its other processes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gridapp.demo import stories


class Command(BaseCommand):
    help = "Lets happen in the running demo what its pages show besides entries; what happened already does not again."

    def handle(self, *args: Any, **options: Any) -> None:
        failed = stories.tell()
        if failed:
            raise CommandError(f"not told: {', '.join(failed)}")
        self.stdout.write("all told")
