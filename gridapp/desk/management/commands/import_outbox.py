"""Forms that a tablet could not send and that came as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp.desk import importing
from gridapp.org.models import User


class Command(BaseCommand):
    help = "Hands in an outbox that was exported on a tablet: each form for its own worker, each once, however often."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="what the tablet has written")
        help_of = "whose forms are taken, by user name; the file is not believed about it (may be given several times)"
        parser.add_argument("--of", action="append", required=True, metavar="ACCOUNT", help=help_of)

    def handle(self, *args: Any, **options: Any) -> None:
        known = {user.username: user for user in User.objects.filter(username__in=options["of"])}
        if missing := set(options["of"]) - known.keys():
            raise CommandError(f"There is no account {', '.join(sorted(missing))}.")
        try:
            text = options["file"].read_text(encoding="utf-8")
            handed = list(importing.hand_in(text, accounts=importing.of(known.values())))
        except (OSError, UnicodeDecodeError, importing.NotAnOutbox):
            raise CommandError("This is no outbox of a tablet.") from None
        for one in handed:
            self.stdout.write(f"{one.id} {one.said}")
        left = [one for one in handed if not one.is_taken]
        if left:
            raise CommandError(f"{len(left)} of {len(handed)} were not taken; they are still on the tablet.")
