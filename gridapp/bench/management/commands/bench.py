"""Measures the real path on this machine: entries -> plan -> lanes -> plain HTTP targets -> settled."""

from __future__ import annotations

import json
import os
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp.bench import bare, flood, isolation, load
from gridapp.bench.own_database import own_database
from gridapp.bench.run import Figures, run
from gridapp.catalogue.profiles import profiles
from gridapp.contract import Kind
from gridapp.delivery import clock
from gridapp.delivery.views import views
from gridapp.registry.models import Record

MODES = ("pipeline", "drain", "trickle", "isolation", "flood")


class Command(BaseCommand):
    help = "Sends N synthetic entries to M plain HTTP targets through the real path, in a database of its own."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", default="", help="where the targets listen, {n} is the target's number from 0")
        parser.add_argument("--targets", type=int, default=12)
        parser.add_argument("--entries", type=int, default=2000)
        parser.add_argument(
            "--mode", choices=["pipeline", "drain", "trickle", "isolation", "flood"], default="pipeline"
        )
        parser.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) // 2), help="worker processes")
        parser.add_argument("--connector", default="plain_json")
        parser.add_argument(
            "--gone", type=int, nargs="+", default=isolation.ROUNDS, help="mode isolation: how many are dead, by round"
        )
        parser.add_argument("--per-second", type=int, default=2000, help="mode flood: calls a second")
        parser.add_argument("--seconds", type=float, default=30, help="mode flood: how long")
        parser.add_argument("--forged", type=int, default=10_000, help="mode flood: forged calls after it")
        parser.add_argument("--patience", type=float, default=60, help="seconds without progress until it gives up")
        parser.add_argument("--bare", action="store_true", help="also run a bare aiohttp loop with the same bodies")
        parser.add_argument("--json", action="store_true", help="print JSON instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["mode"] == "flood":
            self._flood(options)
        elif not options["url"]:
            raise CommandError("--url: where the targets listen, for example http://127.0.0.1:9000/t/{n}")
        elif options["mode"] == "isolation":
            self._isolation(options)
        else:
            self._throughput(options)

    def _throughput(self, options: dict[str, Any]) -> None:
        with own_database() as environment:
            made = load.targets(options["targets"], options["url"], options["connector"])
            scene = load.scene(options["entries"])
            figures = run(
                options["mode"],
                scene,
                entries=options["entries"],
                target_ids=[one.pk for one in made],
                count=options["workers"],
                env=environment,
                patience=options["patience"],
            )
            if options["bare"]:
                urls = [options["url"].replace("{n}", str(number)) for number in range(options["targets"])]
                compare(figures, urls, bodies(options["connector"]))
        self.stdout.write(json.dumps(figures.as_json(), ensure_ascii=False) if options["json"] else lines(figures))

    def _flood(self, options: dict[str, Any]) -> None:
        """What callbacks that nobody signed cost those who enter."""
        told = {name: options[name] for name in ("per_second", "seconds", "forged")}
        for one in flood.run(**told):
            self.stdout.write(json.dumps(one.as_json()))

    def _isolation(self, options: dict[str, Any]) -> None:
        """What the targets that are well still deliver while others are gone."""
        told = {name: options[name] for name in ("targets", "entries", "patience")}
        rounds = isolation.run(
            options["url"], options["connector"], count=options["workers"], rounds=options["gone"], **told
        )
        for one in rounds:
            self.stdout.write(json.dumps(one.as_json()))


def bodies(connector: str) -> list[bytes]:
    """The bodies that the targets were sent, encoded once."""
    layout = profiles()[connector].layouts[Kind.RESIDENT]
    records = list(Record.objects.filter(kind=Kind.RESIDENT))
    known = views(records, on=clock.day(clock.now()))
    return [
        orjson.dumps({"key": known[one.id]["occupation"], **layout.content(known[one.id])}, default=str)
        for one in records
    ]


def compare(figures: Figures, urls: list[str], made: list[bytes]) -> None:
    """Fills in the yardstick of the same run: as many processes posting the same bodies."""
    figures.bare_posts_per_second = bare.posts_per_second(urls, made, processes=figures.workers)
    figures.share_of_bare = figures.deliveries_per_second / figures.bare_posts_per_second
    figures.notes.append(f"a body has {sum(map(len, made)) // max(1, len(made))} bytes")


def lines(figures: Figures) -> str:
    """For people, one figure a line."""
    shown = [f"{name:24} {value:,.2f}" if isinstance(value, float) else f"{name:24} {value}"
             for name, value in figures.as_json().items() if value is not None and name != "notes"]  # fmt: skip
    return "\n".join(shown + figures.notes)
