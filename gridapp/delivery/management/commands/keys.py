"""Lists the sealing keys, what each is for and how many values of each column it has sealed; never a secret."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gridapp.delivery import keys_known
from gridapp.registry import index_keys

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
        self._index()
        if lost := [one for one in standings if one.state == "other" or (one.state == "gone" and one.key.total)]:
            raise CommandError(f"{sum(one.key.total for one in lost)} values need a key that is not at hand")

    def _index(self) -> None:
        if (left := index_keys.count()) is None:
            raise CommandError(f"{index_keys.look()[0]} See docs/operations.md, Keys.")
        before = len(index_keys.at_hand()) > 1
        if index_keys.may_go():
            self.stdout.write("index key: INDEX_KEY_BEFORE may be taken out")
        elif before:
            self.stdout.write(f"index key: INDEX_KEY_BEFORE must stay, {left} indexes are to be made anew")
