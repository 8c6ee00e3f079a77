"""The incident pack from the command line, for when the pages are what went astray."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from gridapp.audit.acts import Act
from gridapp.audit.noting import note
from gridapp.delivery import incident_pack, incidents
from gridapp.delivery.incidents import CAUSES, Asked


class Command(BaseCommand):
    help = "Writes who, which fields, how many people and whose for an account, tablet, token or file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("cause", choices=[*CAUSES])
        parser.add_argument("which", help="user name, tablet, beginning of a token, key of a system, number of a file")
        parser.add_argument("--since", required=True, help="2026-03-01T08:00")
        parser.add_argument("--until", help="without it: now")
        parser.add_argument("--found", help="when it was found; without it: now")
        parser.add_argument("--out", type=Path, required=True, help="the file to write, readable by its owner alone")

    def handle(self, *args: Any, **options: Any) -> None:
        since, until = self._moment(options["since"]), self._moment(options["until"])
        asked = Asked(options["cause"], options["which"], since, until, self._moment(options["found"]))
        try:
            found = incidents.look(asked)
        except incidents.Unknown as error:
            raise CommandError(f"there is no {asked.cause} {asked.which}, or the times are wrong") from error
        note(Act.INCIDENT_LOOKED, about=f"incident:{asked.cause}", people=found.people)
        descriptor = os.open(options["out"], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(incident_pack.made(found, phrase=os.environ.get("INCIDENT_PHRASE", "")))
        self.stdout.write(incident_pack.draft(found))

    def _moment(self, text: str | None) -> datetime:
        if text is None:
            return timezone.now()
        found = parse_datetime(text)
        if found is None:
            raise CommandError(f"{text} is no moment")
        return found if timezone.is_aware(found) else timezone.make_aware(found)
