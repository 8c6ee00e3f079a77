"""One connector in front of its running department: what the conformance kit (connectors/testing) works with."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from connectors import cast
from connectors.sandbox import Department
from connectors.subject import Subject, subjects
from gridapp.contract import (
    Action,
    ByHand,
    Connector,
    Inexpressible,
    Kind,
    Manual,
    Misconfigured,
    Outcome,
    Parcel,
    Profile,
    Rejected,
    Sheet,
    Submitted,
    Unavailable,
    UnreadableError,
    Worker,
)

__all__ = ["Ended", "Subject", "Trial", "Watched", "subjects"]

DECIDED_WITHIN = 10.0
"""Seconds that a department in a hurry may take to decide."""
_MOVED_OUT = {"residency.end_date": cast.ON, "residency.end_reason": "1"}
"""What is known of everybody whom a department is told to close."""
LONGEST = 120.0
"""Seconds after which a connector is given up whatever it has promised: the kit never hangs."""

Ended = Outcome | Unavailable | Misconfigured | None
"""How it went: an outcome, one of the two exceptions, or None while a department has not decided."""


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
    """One connector in front of its running department, on the department's first day.

    `seen_by_send`: the department's ledger when the last send() had returned, before anybody asked for a ticket.
    """

    subject: Subject
    department: Department
    settings: dict[str, str] = field(default_factory=dict)
    seen_by_send: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.department.reset()
        self.settings = self.department.settings()

    @property
    def kinds(self) -> list[Kind]:
        return list(self.subject.profile.layouts)

    def parcel(
        self,
        kind: Kind,
        number: int = 0,
        action: Action = Action.CREATE,
        *,
        changed: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Parcel:
        """Record `number` of the cast that this target wants, with no more than its layout declares.

        `changed`: canonical name -> another value. The key follows from the number unless it is given.
        """
        layout = self.subject.profile.layouts[kind]
        attached = {name: cast.attachment(name) for name in layout.attachments}
        ended = _MOVED_OUT if action is Action.CLOSE and kind is Kind.RESIDENT else {}
        fields = layout.minimum({**usual_view(self.subject.profile, kind, number), **ended, **(changed or {})})
        return Parcel(
            key=more.pop("key", f"{number:032x}"),
            kind=kind,
            action=action,
            fields=Watched(fields),
            worker=Worker("W0001", "网格员甲", cast.document_number(cast.ON.replace(year=1990), number, sex="1")),
            made_at=datetime(2024, 3, 15, 2, 0, tzinfo=UTC),
            attachments={name: one for name, one in attached.items() if name in fields},
            **more,
        )

    def parcels(self, most: int, kind: Kind | None = None) -> list[Parcel]:
        """Records 0, 1, 2 … of one kind, as many as a batch takes and no more than `most`."""
        many = min(self.subject.can.batch, most)
        return [self.parcel(kind or self.kinds[0], number) for number in range(many)]

    def send(self, *parcels: Parcel, connector: type[Connector] | None = None, limit: float = LONGEST) -> list[Ended]:
        """Open, send, carry what goes by hand, wait for decisions, close.

        An exception for the whole call stands for every parcel. Fails where it takes more than `limit` seconds.
        """
        opened = (connector or self.subject.connector)(self.settings)
        try:
            ended: list[Ended] = list(asyncio.run(self._send(parcels, opened, limit)))
        except (Unavailable, Misconfigured) as error:
            said = str(error)
            told = [str(value) for parcel in parcels for value in parcel.fields.values() if len(str(value)) > 10]
            _must(not [value for value in told if value in said], "an exception quotes the record")
            ended = [error] * len(parcels)
        return ended

    def submit(self, *parcels: Parcel, settings: Mapping[str, str] | None = None) -> list[Outcome]:
        """What send() itself answers, without waiting for anybody's decision. Raises what it raises."""
        outcomes: list[Outcome] = list(self.ask(lambda opened: opened.send(parcels), settings))
        return outcomes

    def ask(self, question: Callable[[Connector], Any], settings: Mapping[str, str] | None = None) -> Any:
        """The answer of one coroutine method of an opened connector."""

        async def asked() -> Any:
            async with _limited(LONGEST), self.subject.connector(settings or self.settings) as opened:
                return await question(opened)

        return asyncio.run(asked())

    def closed(self, settings: Mapping[str, str] | None = None) -> Connector:
        """A connector whose channel is not open: enough for previews, sheets and callbacks."""
        return self.subject.connector(settings or self.settings)

    def track(self, *tickets: str) -> list[Outcome | None]:
        """What a connector that has sent nothing finds out about tickets."""
        outcomes: list[Outcome | None] = list(self.ask(lambda opened: opened.track(tickets)))
        _must(len(outcomes) == len(tickets), "one outcome per ticket, in order")
        return outcomes

    def sizes(self) -> dict[str, int]:
        return self.department.store.sizes()

    def holds(self, text: str) -> bool:
        """Whether the department's store has this text inside any of its values."""
        return any(text in value for value in _texts(self.department.store.dump()))

    def script(self, parcel: Parcel, code: str) -> None:
        """Make the department answer `code` for this record."""
        names = ("id_number", "housing.housing_code", "housing.room_no")
        self.department.faults.script(next(parcel.fields[name] for name in names if name in parcel.fields), code)

    @contextlib.contextmanager
    def fault(self, name: str, value: Any = True) -> Iterator[None]:
        self.department.faults.set(name, value)
        try:
            yield
        finally:
            self.department.faults.clear()

    @contextlib.contextmanager
    def unhurried(self) -> Iterator[Trial]:
        """The same in front of a new department of this kind that takes all the time the real one does."""
        self.department.stop()
        slow = type(self.department)(database_url=self.department.database_url, own_time=True)
        slow.start()
        try:
            yield Trial(self.subject, slow)
        finally:
            slow.stop()
            self.department.start()

    def until(self, condition: Callable[[], Any]) -> Any:
        """Asks again and again while a department may still decide; the last answer, true or not."""
        end, pause = time.monotonic() + DECIDED_WITHIN, threading.Event()
        while not (answer := condition()) and time.monotonic() < end:
            pause.wait(0.02)
        return answer

    async def _send(self, parcels: Sequence[Parcel], connector: Connector, limit: float) -> Sequence[Outcome | None]:
        async with _limited(limit), connector as opened:
            outcomes = list(await opened.send(parcels))
            self.seen_by_send = self.department.ledger.lines()
            _must(len(outcomes) == len(parcels), "one outcome per parcel, in order")
            if opened.capabilities.by_hand is ByHand.WORKBOOK:
                outcomes = await asyncio.to_thread(self.carry, opened, parcels, outcomes)
            return await self._decided(opened, outcomes)

    async def _decided(self, opened: Connector, outcomes: Sequence[Outcome]) -> list[Outcome | None]:
        tickets = {place: one.ticket for place, one in enumerate(outcomes) if isinstance(one, Submitted)}
        decided: dict[int, Outcome | None] = dict.fromkeys(tickets)
        wait = 1.0 if self.department.faults.is_on("window_closed") else DECIDED_WITHIN
        until = time.monotonic() + wait
        while None in decided.values() and time.monotonic() < until:
            await asyncio.sleep(0.02)
            decided = dict(zip(tickets, await opened.track(list(tickets.values())), strict=True))
        return [decided.get(place, outcome) for place, outcome in enumerate(outcomes)]

    def carry(self, connector: Connector, parcels: Sequence[Parcel], outcomes: Sequence[Outcome]) -> list[Outcome]:
        """What a person does with Manual("by_hand", …): makes the sheets, uploads each, brings back what is answered.

        A value that a sheet cannot hold goes back to the worker. A portal that is shut and a file that is no answer
        leave everything as it was.
        """
        ended = list(outcomes)
        sheets: dict[tuple[Kind, str], list[int]] = {}
        for place, (parcel, outcome) in enumerate(zip(parcels, outcomes, strict=True)):
            if isinstance(outcome, Manual) and outcome.code == "by_hand":
                try:
                    connector.sheet([parcel])
                except Inexpressible as error:
                    ended[place] = Rejected("inexpressible", error.reason, (error.field,))
                else:
                    sheets.setdefault((parcel.kind, connector.sheet_group(parcel)), []).append(place)
        for places in sheets.values():
            said = self._brought_back(connector, connector.sheet([parcels[place] for place in places]))
            _must(len(said) in (0, len(places)), "one outcome per row of the sheet")
            ended = [dict(zip(places, said, strict=False)).get(place, one) for place, one in enumerate(ended)]
        return ended

    def _brought_back(self, connector: Connector, sheet: Sheet) -> Sequence[Outcome]:
        try:
            came_back = self.department.upload(sheet.content)
        except (ConnectionError, ValueError):
            return []  # the portal is shut, or it does not take the file
        try:
            return connector.read_sheet(sheet.content, came_back)
        except UnreadableError:
            return []  # whoever brought it is told, and nothing has changed


def usual_view(profile: Profile, kind: Kind, number: int = 0) -> Mapping[str, Any]:
    """All that is known of the first of the cast that this target wants; attachments stand as their SHA-256."""
    layout = profile.layouts[kind]
    attached = {name: sha256(cast.attachment(name).content).hexdigest() for name in layout.attachments}
    everybody = [view | attached for view in cast.of_kind(kind, number) if layout.applies.holds(view)]
    _must(everybody, f"{profile.slug} concerns nobody of connectors/cast.py")
    _must(not layout.missing(everybody[0]), f"connectors/cast.py lacks {layout.missing(everybody[0])}")
    return everybody[0]


def hurried(connector: type[Connector], seconds: float) -> type[Connector]:
    """The same connector with another deadline for one send()."""
    can = replace(connector.capabilities, deadline=seconds)
    return type(connector.__name__, (connector,), {"capabilities": can, "__module__": connector.__module__})


@contextlib.asynccontextmanager
async def _limited(seconds: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(seconds) as limit:
            yield
    except TimeoutError:
        _must(not limit.expired(), f"nothing came of it within {seconds:.0f} s")
        raise


def _texts(held: Any) -> Iterator[str]:
    if isinstance(held, dict | list):
        for one in held.values() if isinstance(held, dict) else held:
            yield from _texts(one)
    else:
        yield str(held)


def _must(holds: object, why: str) -> None:
    if not holds:
        raise AssertionError(why)
