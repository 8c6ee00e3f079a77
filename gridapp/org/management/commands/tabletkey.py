"""Makes a key pair for tablets, for an administrator to put into TABLET_KEYS. Nothing is written anywhere."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from gridapp import tablet_keys


class Command(BaseCommand):
    help = (
        "Prints a new key pair that tablets seal with. Add it at the end of TABLET_KEYS, behind a comma, in every web "
        "process; take an older one out when /review/devices/ shows that no tablet has waited since before the change."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        number = max(int(one) for one in tablet_keys.known()) + 1
        self.stdout.write(tablet_keys.make(number))
