"""Starts a connector: a folder of this tree, or with --into a package of its own, that passes the kit as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp.catalogue import skeleton


class Command(BaseCommand):
    help = "Makes the files of a new connector, its sandbox department and their tests. See docs/connectors.md."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="lower case, e.g. property_security: its package, its slug, its entry point")
        parser.add_argument("--transport", required=True, metavar="|".join(skeleton.TRANSPORTS))
        parser.add_argument("--asynchronous", action="store_true", help="it answers with a ticket and decides later")
        parser.add_argument("--into", type=Path, metavar="DIR", help="make a complete package outside this tree")
        parser.add_argument("--key", default="", help="short key on pages and in the sandbox, e.g. WYAB")
        parser.add_argument("--zh", default="", help="its name in Chinese")
        parser.add_argument("--en", default="", help="its name in English")

    def handle(self, *args: Any, **options: Any) -> None:
        asked = ("name", "transport", "asynchronous", "into", "key", "zh", "en")
        wanted = skeleton.Wanted(root=Path(settings.BASE_DIR), **{name: options[name] for name in asked})
        try:
            made = skeleton.start(wanted)
        except ValueError as error:
            raise CommandError(str(error)) from error
        for path in made:
            self.stdout.write(f"  {path}")
        if wanted.into:
            self.stdout.write(f"Install it: pip install --editable {wanted.into}")
        else:
            self.stdout.write('Add one line to pyproject.toml under [project.entry-points."gridapp.connectors"]:')
            self.stdout.write(f"  {wanted.entry_point}")
        self.stdout.write(
            f"Certify it: pytest --connector {wanted.package}.connector:{wanted.entry_point.rpartition(':')[2][:-1]}"
        )
