"""The sandbox's control server, as the demo's page speaks to it: how the departments are, and how they shall be."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.conf import settings

_PATIENCE = 10.0
_SECONDS = {"slow": 5, "drip": 1, "too_many": 10}
"""What these faults are told; all others are told just to begin."""


class Away(Exception):
    """The demo does not run, or its departments do not answer."""


class Refused(Exception):
    """A department does not take what it was given; the text is its own, in Chinese."""


@dataclass(frozen=True)
class Fault:
    """One way to misbehave that a department has: its name, what it is in words, whether it does so now."""

    name: str
    label: str
    is_on: bool


@dataclass(frozen=True)
class Department:
    """One department of the sandbox. `store`: table -> how many records it holds; `seen`: requests since it began."""

    key: str
    running: bool
    store: Mapping[str, int]
    seen: int
    faults: tuple[Fault, ...]

    @property
    def held(self) -> int:
        return sum(self.store.values())

    @property
    def misbehaves(self) -> bool:
        return any(fault.is_on for fault in self.faults)


def departments(language: str) -> list[Department]:
    """How they are now, by key. `language`: zh or en. Raises Away."""
    words = _ask("faults/")
    return [_department(key, one, words, language) for key, one in _ask("departments/").items()]


def switch(key: str, *, up: bool) -> None:
    """Starts or stops a department: a stopped one refuses every connection. Raises Away."""
    _ask(f"departments/{quote(key)}/{'start' if up else 'stop'}/", b"")


def misbehave(key: str, fault: str, *, on: bool) -> None:
    """Turns one fault on or off, for good. Raises Away."""
    told = {fault: _SECONDS.get(fault, True) if on else False}
    _ask(f"departments/{quote(key)}/faults/", json.dumps(told).encode())


def answer(key: str, records: Iterable[str], code: str) -> None:
    """Has each of these records answered so once, whatever is in it. `records`: document numbers. Raises Away."""
    told = {"scripted": {number: {"code": code, "times": 1} for number in records}}
    _ask(f"departments/{quote(key)}/faults/", json.dumps(told).encode())


def behave(key: str) -> None:
    """Turns all faults of a department off. Raises Away."""
    _ask(f"departments/{quote(key)}/faults/", method="DELETE")


def upload(key: str, content: bytes) -> bytes:
    """What a person does who uploads a workbook there; returns the one that comes back. Raises Refused, Away."""
    return _call(f"departments/{quote(key)}/upload/", content, "POST")


def _department(key: str, told: Mapping[str, Any], words: Mapping[str, Any], language: str) -> Department:
    on = told["faults"]
    # Whether it is up at all has a switch of its own.
    names = [name for name in told["honours"] if name != "down"]
    faults = tuple(Fault(name, words.get(name, {}).get(language, name), name in on) for name in names)
    return Department(key, told["running"], told["store"], told["ledger"], faults)


def _ask(path: str, content: bytes | None = None, method: str = "") -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(_call(path, content, method or ("GET" if content is None else "POST")))
    return answer


def _call(path: str, content: bytes | None, method: str) -> bytes:
    request = urllib.request.Request(f"{_address()}{path}", data=content, method=method)  # noqa: S310 - our own address
    request.add_header("Content-Type", "application/octet-stream")
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310
            said: bytes = answer.read()
            return said
    except urllib.error.HTTPError as error:
        with error:
            raise Refused(error.read().decode(errors="replace")[:300]) from None
    except OSError as error:
        raise Away from error


def _address() -> str:
    """Where the control server of this run is, from the notes of the demo."""
    try:
        noted = json.loads((settings.VAR / "demo.json").read_text())
    except (OSError, ValueError):
        raise Away from None
    return str(noted["control_url"])
