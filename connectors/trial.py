"""One connector in front of its running department: what the conformance kit (connectors/testing.py) works with."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import entry_points
from typing import Any

from connectors import cast
from connectors.sandbox import Department
from gridapp.contract import (
    Action,
    Connector,
    Kind,
    Misconfigured,
    Outcome,
    Parcel,
    Submitted,
    Unavailable,
    Worker,
)

DECIDED_WITHIN = 10.0
"""Seconds that a department in a hurry may take to decide."""

Ended = Outcome | Unavailable | Misconfigured | None
"""How it went: an outcome, one of the two exceptions, or None while a department has not decided."""


@dataclass(frozen=True)
class Subject:
    """One connector to be certified."""

    connector: type[Connector]
    package: str
    department: type[Department]

    @property
    def claims(self) -> Mapping[str, type[Outcome]]:
        name = f"{self.package}.replies"
        replies = importlib.import_module(name) if importlib.util.find_spec(name) else None
        claims: Mapping[str, type[Outcome]] = getattr(replies, "CLAIMS", {})
        return claims


def subjects() -> list[Subject]:
    """Every registered connector with a sandbox, by slug."""
    found = []
    for point in sorted(entry_points(group="gridapp.connectors"), key=lambda one: one.name):
        loaded = point.load()
        package = point.module.rpartition(".")[0]
        if isinstance(loaded, type) and importlib.util.find_spec(f"{package}.sandbox"):
            found.append(Subject(loaded, package, importlib.import_module(f"{package}.sandbox").DEPARTMENT))
    return found


class Watched(dict[str, Any]):
    """What a parcel holds, and every name that was asked of it."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__(fields)
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> Any:
        self.asked.add(name)
        return super().__getitem__(name)


@dataclass
class Trial:
    """One connector in front of its running department."""

    subject: Subject
    department: Department
    _settings: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.department.reset()
        self._settings = self.department.settings()

    @property
    def kinds(self) -> list[Kind]:
        return list(self.subject.connector.profile.layouts)

    def parcel(self, kind: Kind, number: int = 0, action: Action = Action.CREATE, **more: Any) -> Parcel:
        """Record `number` of the cast that this target wants, with no more than its layout declares."""
        layout = self.subject.connector.profile.layouts[kind]
        everybody = [view for view in cast.of_kind(kind, number) if layout.applies.holds(view)]
        _must(everybody, f"{self.subject.package} concerns nobody of connectors/cast.py")
        _must(not layout.missing(everybody[0]), f"connectors/cast.py lacks {layout.missing(everybody[0])}")
        return Parcel(
            key=more.pop("key", f"{number:032x}"),
            kind=kind,
            action=action,
            fields=Watched(layout.minimum(everybody[0])),
            worker=Worker("W0001", "网格员甲", cast.document_number(cast.ON.replace(year=1990), number, sex="1")),
            made_at=datetime(2024, 3, 15, 2, 0, tzinfo=UTC),
            **more,
        )

    def send(self, *parcels: Parcel, connector: type[Connector] | None = None) -> list[Ended]:
        """Open, send, wait for decisions, close. An exception for the whole call stands for every parcel."""
        try:
            ended: list[Ended] = list(asyncio.run(self._send(parcels, connector or self.subject.connector)))
        except (Unavailable, Misconfigured) as error:
            said = str(error)
            told = [str(value) for parcel in parcels for value in parcel.fields.values() if len(str(value)) > 10]
            _must(not [value for value in told if value in said], "an exception quotes the record")
            ended = [error] * len(parcels)
        return ended

    def sizes(self) -> dict[str, int]:
        return self.department.store.sizes()

    @contextlib.contextmanager
    def fault(self, name: str, value: Any = True) -> Iterator[None]:
        self.department.faults.set(name, value)
        try:
            yield
        finally:
            self.department.faults.clear()

    async def _send(self, parcels: Sequence[Parcel], connector: type[Connector]) -> Sequence[Outcome | None]:
        async with connector(self._settings) as opened:
            outcomes = list(await opened.send(parcels))
            _must(len(outcomes) == len(parcels), "one outcome per parcel, in order")
            tickets = {place: one.ticket for place, one in enumerate(outcomes) if isinstance(one, Submitted)}
            decided: dict[int, Outcome | None] = dict.fromkeys(tickets)
            wait = 1.0 if self.department.faults.is_on("window_closed") else DECIDED_WITHIN
            until = time.monotonic() + wait
            while None in decided.values() and time.monotonic() < until:
                await asyncio.sleep(0.02)
                decided = dict(zip(tickets, await opened.track(list(tickets.values())), strict=True))
            return [decided.get(place, outcome) for place, outcome in enumerate(outcomes)]

    def ask(self, question: Callable[[Connector], Any]) -> Any:
        """The answer of one coroutine method of an opened connector."""

        async def asked() -> Any:
            async with self.subject.connector(self._settings) as opened:
                return await question(opened)

        return asyncio.run(asked())


def _must(holds: object, why: str) -> None:
    if not holds:
        raise AssertionError(why)
