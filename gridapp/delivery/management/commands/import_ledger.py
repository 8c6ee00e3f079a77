"""A ledger from a file on this machine, entered while one watches; killed and begun again it goes on where it was."""

from __future__ import annotations

import argparse
import hashlib
import time
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp.delivery import ledgers as carrying
from gridapp.dictionary import FIELDS
from gridapp.org import scope
from gridapp.org.models import User
from gridapp.registry import ledgers
from gridapp.registry.ledgers_reading import Unreadable
from gridapp.registry.models import Ledger

LOOK = 2.0
"""Seconds between two lines that say how far it is."""


class Command(BaseCommand):
    help = (
        "Hands in a ledger (.xlsx, .xls, .csv) in somebody's name and enters its rows. The columns are guessed; "
        "without --start it only says what they were taken for. What is wrong or differs waits on the page of the "
        "ledger."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", required=True, help="user name of a supervisor: whose entries")
        parser.add_argument("--grid", default="", help="15 digits, where all of it is in one grid")
        parser.add_argument("--kind", choices=["resident", "housing"], help="what it is a list of, else guessed")
        parser.add_argument(
            "--set", type=_pair, action="append", default=[], metavar="FIELD=VALUE", help="the same for all rows"
        )
        parser.add_argument(
            "--column", type=_pair, action="append", default=[], metavar="HEADING=FIELD", help="FIELD empty: not taken"
        )
        parser.add_argument("--start", action="store_true", help="enter the rows now")

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(username=options["by"]).first()
        if by is None or not scope.may_decide(by):
            raise CommandError("--by names nobody who may import ledgers")
        ledger = self._taken(options["file"], by, options["grid"])
        if ledger.stage == Ledger.Stage.COLUMNS:
            self._settle(ledger, options)
        lacking = ledgers.lacking(ledger)
        if lacking:
            raise CommandError(f"Nothing says {', '.join(lacking)}: use --column or --set.")
        if options["start"]:
            ledgers.start(ledger)
            self._watch(ledger)

    def _taken(self, file: Path, by: User, grid_code: str) -> Ledger:
        """The ledger of this very file, taken in once. Its id follows from what is in it and whose it is."""
        if grid_code and not scope.allows(by, grid_code):
            raise CommandError("--grid is in none of their areas")
        try:
            content = file.read_bytes()
        except OSError:
            raise CommandError("The file cannot be read.") from None
        id_ = uuid5(NAMESPACE_OID, f"{hashlib.sha256(content).hexdigest()} {by.pk} {grid_code}")
        known = Ledger.objects.filter(pk=id_).first()
        try:
            return known or ledgers.begin(content, by=by, name=file.name, grid_code=grid_code, ledger_id=id_)
        except Unreadable as error:
            raise CommandError(f"This is no ledger: {error.why}") from None

    def _settle(self, ledger: Ledger, options: dict[str, Any]) -> None:
        kind, titles = options["kind"] or ledger.kind, ledgers.head(ledger).titles
        if kind != ledger.kind:
            ledgers.settle_columns(ledger, kind=kind, fields=(), defaults={})
            ledger.refresh_from_db()
        said = dict(options["column"])
        fields = [said.get(title, name) for title, name in zip(titles, ledger.fields, strict=False)]
        defaults = {**ledger.defaults, **dict(options["set"])}
        unknown = sorted({*filter(None, fields), *defaults} - set(FIELDS))
        if unknown:
            raise CommandError(f"There is no field {', '.join(unknown)}.")
        ledgers.settle_columns(ledger, kind=kind, fields=fields, defaults=defaults)
        ledger.refresh_from_db()
        for title, name in zip(titles, ledger.fields, strict=False):
            self.stdout.write(f"{title or '-'} = {name or '-'}")

    def _watch(self, ledger: Ledger) -> None:
        while Ledger.objects.filter(pk=ledger.pk, stage=Ledger.Stage.RUNNING).exists():
            if not carrying.go_on(LOOK):
                time.sleep(LOOK)  # a worker of the product is at it
            ledger.refresh_from_db()
            self.stdout.write(f"{ledger.done} of {ledger.rows}")
        self.stdout.write(
            f"{ledger.stage}: {ledger.entered} entered, {ledger.same} known already, "
            f"{ledger.aside} differ, {ledger.wrong} wrong"
        )


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise argparse.ArgumentTypeError("is written NAME=VALUE")
    return name, value
