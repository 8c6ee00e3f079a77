"""What the person who runs the demo sees in the terminal: progress, accounts, and the line that scripts wait for."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from .accounts import Account
from .departments import Departments

_EVERY = 2.0  # seconds without a word are too long


class Out(Protocol):
    """What a management command writes to."""

    def write(self, text: str, /) -> object: ...
    def flush(self) -> None: ...


class Screen:
    """Lines to the terminal, at once."""

    def __init__(self, out: Out) -> None:
        self._out, self._told_at = out, 0.0

    def line(self, text: str = "") -> None:
        self._out.write(f"{text}\n")
        self._out.flush()

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """`text …` before, how long it took after."""
        started = self._told_at = time.monotonic()
        self.line(f"  {text} …")
        yield
        if (took := time.monotonic() - started) >= 1:
            self.line(f"    {took:.1f} s")

    def tell(self, done: int, total: int) -> None:
        """How far a long step has got, every two seconds."""
        if time.monotonic() - self._told_at >= _EVERY:
            self._told_at = time.monotonic()
            self.line(f"    {min(done, total)} / {total}")

    def welcome(self, url: str, accounts: Sequence[Account], departments: Departments) -> None:
        """The accounts and what else there is to know, then the line `ready: URL`."""
        self.line()
        self.line("  " + "".join(_wide(word, 18) for word in ("账号 user", "密码 password", "角色 role", "姓名 name")))
        for one in accounts:
            self.line("  " + "".join(_wide(word, 18) for word in (one.username, one.password, one.role, one.name)))
        self.line()
        self.line(f"  部门 departments: {departments.connected} / {departments.known}, {departments.control_url}")
        for name in departments.closed:
            self.line(f"  {name}: 现在不在开放时段，待开放后推送 · closed at this hour (--always-open opens it)")
        for name in departments.by_hand:
            self.line(f"  {name}: 本机没有可用的浏览器，请按代填单人工录入 · no browser that starts here: by hand")
        self.line("  Ctrl-C 停止全部 · stops everything")
        self.line()
        self.line(f"ready: {url}")


def _wide(text: str, columns: int) -> str:
    """Filled up with blanks; a Chinese character takes two columns of a terminal."""
    taken = sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
    return text + " " * (columns - taken)
