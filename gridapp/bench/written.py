"""Where a run is kept: docs/performance.md between two marks, docs/performance.svg, lines of JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from django.db import connection

from .chart import svg
from .rows import Row
from .table import markdown

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"

_ABOUT = "about"
_CHART = "![Ways of delivering, measured in one run](performance.svg)"


def write(folder: Path, rows: Sequence[Row], *, told: str) -> None:
    """Puts the table between the marks of performance.md in `folder`, under the line `told`, and the chart beside it.

    Raises ValueError where the marks are missing.
    """
    page = folder / "performance.md"
    text = page.read_text()
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no {BEGIN} … {END}")
    page.write_text(f"{before}{BEGIN}\n{_CHART}\n\n{told}\n\n{markdown(rows)}\n{END}{after}")
    (folder / "performance.svg").write_text(svg(rows))


def machine(size: str, *, seconds: float) -> str:
    """What a reader must know of a run: when, how large, on what."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('fsync')")
        version, fsync = cursor.fetchone()
    load = os.getloadavg()[2]
    return (
        f"One run of `manage.py bench --size {size}` on {date.today():%Y-%m-%d}, {seconds / 60:.0f} minutes: "  # noqa: DTZ011 - the day where the machine stands
        f"{os.cpu_count()} cores (load of the last quarter of an hour {load:.1f}, the bench's own included), "
        f"PostgreSQL {version.split()[0]} with fsync {fsync}; targets, workers and servers on the same machine."
    )


def lines(rows: Sequence[Row], *, told: str = "") -> str:
    """One row a line, with what is to be known of the run as the last."""
    about = [Row(_ABOUT, "", note=told)] if told else []
    return "".join(json.dumps(row.as_json(), ensure_ascii=False) + "\n" for row in [*rows, *about])


def read(text: str) -> tuple[str, list[Row]]:
    """What is to be known of the run, and its rows, of such lines."""
    rows = [Row.from_json(json.loads(line)) for line in text.splitlines() if line]
    told = " ".join(row.note for row in rows if row.mode == _ABOUT)
    return told, [row for row in rows if row.mode != _ABOUT]
