"""Calls at the elder care office: what the tests of this folder make of samples and answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from connectors.cast import document_number
from connectors.elder_care.connector import ElderCare
from connectors.elder_care.mapping import PROFILE
from connectors.elder_care.sandbox import ElderCareOffice
from gridapp.contract import Outcome, Parcel, Submitted
from tests.connectors.samples import sample

SAMPLES = Path(__file__).parent / "samples"
WOMAN = document_number(date(1938, 8, 15), 0, sex="2")
Told = TypeVar("Told")


def elder(name: str = "lives_alone", *, key: int = 1, reference: str | None = None, **changed: Any) -> Parcel:
    parcel = sample(SAMPLES, name, **changed).parcel(PROFILE, key=f"{key:032x}")
    said = parcel.reference if reference is None else reference
    return Parcel(parcel.key, parcel.kind, parcel.action, parcel.fields, parcel.worker, parcel.made_at, said)


def at(office: ElderCareOffice, act: Callable[[ElderCare], Awaitable[Told]], **settings: str) -> Told:
    async def acting() -> Told:
        async with ElderCare({**office.settings(), **settings}) as connector:
            return await act(connector)

    return asyncio.run(acting())


def send(office: ElderCareOffice, *parcels: Parcel, **settings: str) -> list[Outcome]:
    async def sending(connector: ElderCare) -> list[Outcome]:
        return list(await connector.send(parcels))

    return at(office, sending, **settings)


def track(office: ElderCareOffice, *tickets: str) -> list[Outcome | None]:
    async def tracking(connector: ElderCare) -> list[Outcome | None]:
        return list(await connector.track(tickets))

    return at(office, tracking)


def held(office: ElderCareOffice, *parcels: Parcel) -> list[Outcome]:
    async def asking(connector: ElderCare) -> list[Outcome]:
        return list(await connector.read_back(parcels))

    return at(office, asking)


def visited(office: ElderCareOffice, *parcels: Parcel) -> list[Outcome | None]:
    """Send, and ask after the visits."""
    tickets = [one.ticket for one in send(office, *parcels) if isinstance(one, Submitted)]
    assert len(tickets) == len(parcels)
    return track(office, *tickets)
