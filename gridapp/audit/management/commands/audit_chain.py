"""manage.py audit_chain: takes up what stands outside the chain, looking at every note."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from gridapp.audit import chaining


class Command(BaseCommand):
    help = "Chains every note that is committed and in no link yet. The clock does this every few seconds."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"chained {chaining.chain(whole=True, seconds=3600)}, waiting {chaining.unchained()}")
