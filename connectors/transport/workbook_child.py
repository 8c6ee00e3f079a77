"""Reads one workbook from standard input in a process that may break: python workbook_child.py '<limits as JSON>'.

calamine lays a sheet out whole: two cells in opposite corners of a 6 KB .xls cost a gigabyte; a damaged file can end
it in a panic. Here the kernel holds memory and time, and whoever asked goes on. Run by workbook.read(), not imported.
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


def said(cell: Any) -> str | list[str | None]:
    """A text as it is; anything else as a text in a list."""
    match cell:
        case str():
            return cell
        case bool():
            return ["TRUE" if cell else "FALSE"]
        case int() | float() if abs(cell) >= EXACT:
            return [None]
        case float() if cell.is_integer():
            return [str(int(cell))]
        case datetime.datetime() if cell.time() == datetime.time():
            return [cell.date().isoformat()]
        case datetime.datetime():
            return [cell.isoformat(" ")]
    return [str(cell)]


def read(content: bytes, limits: dict[str, int]) -> dict[str, Any]:
    """`{"rows": …}`, or `{"refused": why}` in Chinese."""
    try:
        workbook = python_calamine.load_workbook(io.BytesIO(content))
        sheet = workbook.get_sheet_by_index(0)
    except python_calamine.CalamineError:
        return {"refused": "Excel文件已损坏或设有密码，请重新下载"}
    row, column = sheet.end or (0, 0)  # counted from 0
    if row >= limits["rows"] or column >= limits["columns"]:
        return {"refused": f"表格超过{limits['rows']}行或{limits['columns']}列，不予读取"}
    return {"rows": [[said(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]}


def main() -> None:
    limits: dict[str, int] = json.loads(sys.argv[1])
    confine(limits)
    sys.stdout.write(json.dumps(read(sys.stdin.buffer.read(), limits)))


if __name__ == "__main__":
    main()
