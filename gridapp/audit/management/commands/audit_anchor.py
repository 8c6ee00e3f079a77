"""manage.py audit_anchor: writes down now where the chain ends, and has it stamped."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gridapp.audit import anchoring, chaining, handing_over, stamping


class Command(BaseCommand):
    help = "Chains what is committed, anchors the end outside the database and asks for a stamp. The clock does it too."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--restored", action="store_true", help="takes back the anchors that a restored database does not bear out"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        chaining.chain()
        try:
            made = anchoring.anchor(void=anchoring.lost() if options["restored"] else ())
            handing_over.hand_over()
            for anchor in stamping.missing():
                stamping.stamp(anchor)
        except (OSError, handing_over.NotTaken, stamping.NoStamp) as error:
            raise CommandError(f"{type(error).__name__}: {error}") from error
        self.stdout.write(made.line if made else "nothing is chained yet")
