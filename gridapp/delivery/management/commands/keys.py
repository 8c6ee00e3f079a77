"""Lists the sealing keys, what each is for and how many values of each column it has sealed; never a secret."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gridapp.delivery import keys_known

_SAID = {
    "seals": "seals",
    "opens": "opens only",
    "gone": "NOT AT HAND",
    "other": "ANOTHER SECRET STANDS UNDER ITS ID",
}


class Command(BaseCommand):
    help = "Counts what each sealing key has sealed. One that only opens and has sealed nothing may be taken out."

    def handle(self, *args: Any, **options: Any) -> None:
        standings = keys_known.count()
        for one in standings:
            key = one.key
            may_go = ", may be taken out" if one.may_go else ""
            self.stdout.write(
                f"key {key.number} {key.algorithm or '?'} since {key.since:%Y-%m-%d}: {_SAID[one.state]}, "
                f"{key.total} values{may_go}"
            )
            for column, number in sorted(key.uses.items()):
                self.stdout.write(f"    {column}: {number}")
        if lost := [one for one in standings if one.state == "other" or (one.state == "gone" and one.key.total)]:
            raise CommandError(f"{sum(one.key.total for one in lost)} values need a key that is not at hand")
