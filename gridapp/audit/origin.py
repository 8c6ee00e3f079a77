"""Where what is noted comes from: the request with its address, or the kind of process."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WEB = "web"
_behind_proxy = os.environ.get("BEHIND_PROXY") == "1"


@dataclass(frozen=True, slots=True)
class Origin:
    """`process`: web, task:<name>, command:<name>. `address`: None where nobody called, or from an unknown place.

    `noted`: (act, result) of what was noted from here so far; kept of requests alone.
    """

    process: str
    request_id: str = ""
    address: str | None = None
    noted: list[tuple[str, str]] = field(default_factory=list)


def _of_program() -> Origin:
    program = Path(sys.argv[0]).name
    named = program == "manage.py" and len(sys.argv) > 1
    return Origin(f"command:{sys.argv[1] if named else program}"[:64])


_origin: ContextVar[Origin | None] = ContextVar("audit_origin", default=None)
_PROGRAM = _of_program()


def current() -> Origin:
    """Of what this thread is doing."""
    return _origin.get() or _PROGRAM


@contextmanager
def coming_from(origin: Origin) -> Iterator[None]:
    """What is noted inside comes from there."""
    held = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(held)


def of_task(name: str) -> None:
    """This thread works on that task until it begins the next one."""
    _origin.set(Origin(f"task:{name.rpartition('.')[2]}"[:64]))


def address_of(environ: Mapping[str, Any]) -> str | None:
    """Who speaks to us: what our own proxy saw and put last, where there is one; a header of anybody's is not heard."""
    forwarded = str(environ.get("HTTP_X_FORWARDED_FOR", "")) if _behind_proxy else ""
    told = forwarded.rpartition(",")[2].strip() or str(environ.get("REMOTE_ADDR", ""))
    try:
        return str(ipaddress.ip_address(told.partition("%")[0]))
    except ValueError:
        return None  # a Unix socket has none
