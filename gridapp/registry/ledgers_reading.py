"""The rows of a file that somebody hands in as a ledger: .xlsx, .xls or text, one after the other, never all at once.

Workbooks are read in a process of their own that may break, see ledgers_child.py.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

LARGEST = 32 * 1024 * 1024
"""Bytes of a file: 100,000 people with everything about them are a third of it."""
_OLE, _ZIP = bytes.fromhex("d0cf11e0a1b11ae1"), b"PK\x03\x04"
_CHILD = Path(__file__).with_name("ledgers_child.py")
_ENCODINGS = ("utf-8-sig", "gb18030")  # what Excel in China writes for 'CSV UTF-8' and for 'CSV'
_CHUNK = 1024 * 1024

Line = tuple[int, list[str | None]]
"""The number of a row in its file, from 1, and its cells; None for a number whose digits Excel has not kept."""


class Unreadable(Exception):
    """The file is no ledger. `why`: empty, not_a_table, broken, too_much or encoding; nothing of its content."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost. Bytes, seconds of computing; `ratio`: unpacked to packed."""

    unpacked: int = 512 * 1024 * 1024
    ratio: int = 200
    parts: int = 1000
    rows: int = 200_000
    columns: int = 100
    memory: int = 1536 * 1024 * 1024
    seconds: int = 60


LIMITS = Limits()


def lines(content: bytes, *, limits: Limits = LIMITS) -> Iterator[Line]:
    """The rows of the first sheet that have anything in them.

    Raises Unreadable: at once for what is none of the kinds of files, while it is read for what is broken inside.
    """
    if not content.strip():
        raise Unreadable("empty")
    if len(content) > LARGEST:
        raise Unreadable("too_much")
    if content.startswith(_ZIP):
        _unpacked(content, limits)
        return _of_workbook(content, limits)
    return _of_workbook(content, limits) if content.startswith(_OLE) else _of_text(content, limits)


def _unpacked(content: bytes, limits: Limits) -> None:
    """What can be said before anything is unpacked, by the file's own word."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise Unreadable("broken") from error
    size = sum(part.file_size for part in parts)
    if len(parts) > limits.parts or size > limits.unpacked or size > limits.ratio * len(content):
        raise Unreadable("too_much")


def _of_workbook(content: bytes, limits: Limits) -> Iterator[Line]:
    command = [sys.executable, "-I", str(_CHILD), json.dumps(asdict(limits))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:  # noqa: S603 - our own program
        assert child.stdin and child.stdout  # noqa: S101 - asked for above
        try:
            try:
                child.stdin.write(content)
                child.stdin.close()
            except BrokenPipeError:
                raise Unreadable("broken") from None
            why = child.stdout.readline()
            if not why or (refused := json.loads(why)):
                raise Unreadable(refused if why else "broken")
            for line in child.stdout:
                number, cells = json.loads(line)
                yield number, cells
            if child.wait() != 0:
                raise Unreadable("too_much")  # the kernel ended it
        finally:
            child.kill()


def _of_text(content: bytes, limits: Limits) -> Iterator[Line]:
    text = io.TextIOWrapper(io.BytesIO(content), encoding=_encoding(content), newline="")
    first = text.readline()
    text.seek(0)
    separator = max(",\t;", key=first.count)
    if separator not in first:
        raise Unreadable("not_a_table")
    return _separated(text, separator, limits)


def _separated(text: TextIO, separator: str, limits: Limits) -> Iterator[Line]:
    try:
        for number, cells in enumerate(csv.reader(text, delimiter=separator), start=1):
            if number > limits.rows or len(cells) > limits.columns:
                raise Unreadable("too_much")
            stripped: list[str | None] = [cell.strip() for cell in cells]
            if any(stripped):
                yield number, stripped
    except csv.Error as error:
        raise Unreadable("broken") from error


def _encoding(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"  # Excel's 'Unicode text'
    for name in _ENCODINGS:
        decoder = codecs.getincrementaldecoder(name)()
        try:
            for start in range(0, len(content), _CHUNK):
                decoder.decode(content[start : start + _CHUNK], start + _CHUNK >= len(content))
        except UnicodeDecodeError:
            continue
        return name
    raise Unreadable("encoding")
