"""Measures the real path on this machine beside other ways of doing the same work, in one run."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gridapp.bench import table, written
from gridapp.bench.answering import KINDS
from gridapp.bench.picture import BY_KIND, MODES, WITHOUT_ENTRIES, whole
from gridapp.bench.rows import Row
from gridapp.bench.sizes import SIZES, Bench
from gridapp.bench.stock import stocked


class Command(BaseCommand):
    help = "Delivers synthetic entries to targets of its own: by our way, a bare loop, and two ways by hand."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mode", nargs="+", choices=[*MODES], help="only these; without it the whole picture")
        parser.add_argument("--kind", choices=KINDS, default="fast", help=f"of the targets, for {', '.join(BY_KIND)}")
        parser.add_argument("--size", choices=[*SIZES], default="full", help="tiny: only to see that it works")
        parser.add_argument(
            "--quick", action="store_const", const="quick", dest="size", help="the same as --size quick"
        )
        parser.add_argument("--rows", type=int, help="mode backlog: deliveries that wait for the dead target")
        parser.add_argument(
            "--residents", type=int, help="modes standing, live, overseeing, ledger, rotation: how many there are"
        )
        parser.add_argument("--processes", type=int, default=max(1, (os.cpu_count() or 2) // 2), help="workers of ours")
        parser.add_argument("--json", action="store_true", help="print a line of JSON for each row as it comes")
        parser.add_argument("--keep", type=Path, help="also keep these lines in a file")
        parser.add_argument("--from", type=Path, dest="kept", help="measure nothing: show or write what --keep kept")
        parser.add_argument(
            "--write", nargs="?", type=Path, const=settings.BASE_DIR / "docs", metavar="FOLDER",
            help="write the table and the chart into performance.md and performance.svg, without a value of docs/",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        if options["kept"]:
            told, rows = written.read(options["kept"].read_text())
        else:
            told, rows = self._run(options)
        if not options["json"]:
            self.stdout.write(f"{told}\n\n{table.markdown(rows)}")
        if options["write"]:
            try:
                written.write(options["write"], rows, told=told)
            except ValueError as error:
                raise CommandError(str(error)) from error

    def _run(self, options: dict[str, Any]) -> tuple[str, list[Row]]:
        """What is to be known of the run, and its rows, which are shown and kept as they come."""
        began = time.monotonic()
        told, rows = "", []
        for row in self._measured(options):
            rows.append(row)
            told = written.machine(options["size"], seconds=time.monotonic() - began)
            if options["json"]:
                self.stdout.write(written.lines([row]), ending="")
                self.stdout.flush()
            if options["keep"]:
                options["keep"].write_text(written.lines(rows, told=told))
        return told, rows

    def _measured(self, options: dict[str, Any]) -> Iterator[Row]:
        size = SIZES[options["size"]]
        if options["rows"]:
            size = replace(size, rows=options["rows"])
        if options["residents"]:
            size = replace(size, residents=options["residents"])
        targets = 12
        began = time.monotonic()
        without = options["mode"] and WITHOUT_ENTRIES.issuperset(options["mode"])
        with stocked(0 if without else size.stock, targets) as stock:
            bench = Bench(size, stock, options["processes"], targets, options["kind"])
            rows = (row for name in options["mode"] for row in MODES[name](bench)) if options["mode"] else whole(bench)
            for row in rows:
                self.stderr.write(f"{time.monotonic() - began:6.1f} s  {row.mode}, {row.way}, {row.targets}")
                yield row
