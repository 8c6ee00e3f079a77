"""`manage.py ocr`: the process that reads identity cards for the entry form."""

from __future__ import annotations

import asyncio
import importlib.util
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from gridapp.ocr import card, serving
from gridapp.ocr.engine import Engine


class Command(BaseCommand):
    help = "Reads photos of identity cards for the entry form, on the Unix socket CARD_READER. Needs the extra `ocr`."
    requires_system_checks = ()  # it touches neither database nor broker

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.CARD_READER:
            raise CommandError("CARD_READER must name the Unix socket to listen on")
        if importlib.util.find_spec("rapidocr") is None:
            raise CommandError("the extra is missing: install gridapp[ocr]")
        engine = Engine()

        def read(picture: bytes) -> card.Reading:
            found = engine.look(picture)
            around = card.Circumstances(found.size, timezone.localdate(), settings.PRACTICE)
            return card.read(found.boxes, around)

        asyncio.run(serving.until_signalled(Path(settings.CARD_READER), read, ready=self._say))

    def _say(self) -> None:
        self.stdout.write(f"reads cards on {settings.CARD_READER}")
        self.stdout.flush()
