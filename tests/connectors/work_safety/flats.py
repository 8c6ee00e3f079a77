"""The flat of the samples under any code, and the connector opened for one question."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from connectors.work_safety.connector import WorkSafety
from connectors.work_safety.mapping import PROFILE
from connectors.work_safety.sandbox import WorkSafetyOffice
from gridapp.contract import Attachment, Outcome, Parcel, Submitted
from tests.connectors.samples import sample

SAMPLES = Path(__file__).parent / "samples"
PHOTO = Attachment("image/jpeg", b"\xff\xd8\xff a staircase")


def flat(number: int = 1, name: str = "shared_rental", *, key: int | None = None, **changed: Any) -> Parcel:
    """A flat of the samples under another code."""
    one = sample(SAMPLES, name, housing__housing_code=f"9901010010010000012{number:06d}", **changed)
    return one.parcel(PROFILE, key=f"{number if key is None else key:032x}")


def house(number: int) -> str:
    return f"9901010010010000012{number:06d}"


def opened(office: WorkSafetyOffice, act: Callable[[WorkSafety], Awaitable[Any]], **settings: str) -> Any:
    async def run() -> Any:
        async with WorkSafety({**office.settings(), **settings}) as connector:
            return await act(connector)

    return asyncio.run(run())


async def decided(connector: WorkSafety, tickets: Sequence[str]) -> Sequence[Outcome | None]:
    """Asks again and again, as a lane does, until all is decided or twenty seconds have gone."""
    outcomes: Sequence[Outcome | None] = [None] * len(tickets)
    try:
        async with asyncio.timeout(20):
            while None in outcomes:
                outcomes = await connector.track(tickets)
    except TimeoutError:
        return outcomes
    return outcomes


def tickets_of(outcomes: Sequence[Outcome]) -> list[str]:
    assert [type(one) for one in outcomes] == [Submitted] * len(outcomes), outcomes
    return [one.ticket for one in outcomes if isinstance(one, Submitted)]


def report(office: WorkSafetyOffice, *parcels: Parcel) -> Sequence[Outcome | None]:
    """Told and decided on one connection."""

    async def act(connector: WorkSafety) -> Sequence[Outcome | None]:
        return await decided(connector, tickets_of(await connector.send(parcels)))

    outcomes: Sequence[Outcome | None] = opened(office, act)
    return outcomes
