"""Reads one workbook from standard input in a process that may break: python ledgers_child.py '<limits as JSON>'.

A line of JSON for each row of the first sheet that has any: its number and its cells. A first line says what stands in
the way, if anything. Here the kernel holds memory and time, and whoever asked goes on. Run by ledgers_reading, not
imported.
"""

from __future__ import annotations

import datetime
import io
import json
import resource
import sys
from typing import Any

import python_calamine

EXACT = 10**15
"""From here on a number in a workbook has more digits than Excel keeps."""


def confine(limits: dict[str, int]) -> None:
    """No more memory, computing time and open files than that, and no file written."""
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["seconds"], limits["seconds"]))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def said(cell: Any) -> str | None:
    """A cell as it would be typed; None for a number nobody can trust."""
    match cell:
        case str():
            return cell.strip()
        case bool():
            return "1" if cell else "0"
        case int() | float() if abs(cell) >= EXACT:
            return None
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime.datetime():
            return cell.date().isoformat() if cell.time() == datetime.time() else cell.isoformat(" ")
    return str(cell)


def trouble(content: bytes, limits: dict[str, int]) -> tuple[str, Any]:
    """The first sheet, or a word for why it is not read."""
    try:
        sheet = python_calamine.load_workbook(io.BytesIO(content)).get_sheet_by_index(0)
    except python_calamine.CalamineError:
        return "broken", None
    row, column = sheet.end or (0, 0)  # counted from 0
    return ("too_much" if row >= limits["rows"] or column >= limits["columns"] else ""), sheet


def main() -> None:
    limits: dict[str, int] = json.loads(sys.argv[1])
    confine(limits)
    why, sheet = trouble(sys.stdin.buffer.read(), limits)
    print(json.dumps(why))  # noqa: T201 - how it answers
    if why:
        return
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        texts = [said(cell) for cell in cells]
        if any(text != "" for text in texts):
            print(json.dumps([number, texts]))  # noqa: T201 - how it answers


if __name__ == "__main__":
    main()
