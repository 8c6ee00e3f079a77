"""Our side of the register: women of the kit's cast, and calls that each have a connector of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from connectors import cast
from connectors.family_planning.connector import FamilyPlanning
from connectors.family_planning.mapping import RESIDENT
from connectors.family_planning.sandbox import PopulationRegister
from gridapp.contract import Action, Kind, Outcome, Parcel, Submitted, Worker
from tests.conftest import Until

T = TypeVar("T")


def woman(number: int = 1, *, key: int | None = None, **more: Any) -> Parcel:
    """Of the kit's cast; `changed` in `more`: canonical names -> other values."""
    view = cast.mother(number) | more.pop("changed", {})
    return Parcel(
        key=f"{number if key is None else key:032x}",
        kind=Kind.RESIDENT,
        action=more.pop("action", Action.CREATE),
        fields=RESIDENT.minimum(view),
        worker=Worker("W0107", "测试网格员"),
        made_at=more.pop("made_at", datetime.now(UTC)),
        **more,
    )


class Office:
    """Our side: each call a connector of its own, at a time of ours."""

    def __init__(self, register: PopulationRegister, until: Until) -> None:
        self.register = register
        self.settings = register.settings()
        self.at: datetime | None = None
        self._until = until

    def asked(self, question: Callable[[FamilyPlanning], Awaitable[T]]) -> T:
        async def asking() -> T:
            async with FamilyPlanning(self.settings) as connector:
                if self.at is not None:
                    connector.now = lambda: self.at  # type: ignore[method-assign,assignment,return-value]
                return await question(connector)

        return asyncio.run(asking())

    def send(self, *parcels: Parcel) -> list[Outcome]:
        return list(self.asked(lambda connector: connector.send(parcels)))

    def decided(self, *parcels: Parcel) -> list[Outcome]:
        """What became of them once a return file is there."""
        sent = self.send(*parcels)
        tickets = [one.ticket for one in sent if isinstance(one, Submitted)]
        self._until(lambda: None not in self.track(*tickets))
        said = dict(zip(tickets, self.track(*tickets), strict=True))
        return [(said[one.ticket] or one) if isinstance(one, Submitted) else one for one in sent]

    def track(self, *tickets: str) -> Sequence[Outcome | None]:
        return self.asked(lambda connector: connector.track(tickets))

    def read_back(self, *parcels: Parcel) -> Sequence[Outcome]:
        return self.asked(lambda connector: connector.read_back(parcels))

    def files(self) -> list[str]:
        return sorted(path.name for path in self.register.site.up.iterdir())


def kinds(outcomes: Sequence[Outcome | None]) -> list[str]:
    return [type(one).__name__ for one in outcomes]
