"""Calls at the lease office: what the tests of this folder make of samples and answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from connectors.lease_filing.connector import LeaseFiling
from connectors.lease_filing.mapping import PROFILE
from connectors.lease_filing.sandbox import LeaseOffice
from gridapp.contract import Attachment, Outcome, Parcel, Submitted
from tests.connectors.samples import sample
from tests.files import pdf

SAMPLES = Path(__file__).parent / "samples"
HOUSE = "9901010010010000012000301"
SIGNATURE = "attachment.lease_signature"
PAGE = Attachment("application/pdf", pdf())
Told = TypeVar("Told")


def lease(
    name: str = "whole_flat",
    *,
    key: int = 1,
    reference: str | None = None,
    scans: dict[str, Attachment] | None = None,
    **changed: Any,
) -> Parcel:
    """A sample as a parcel; `scans`: attachments of the record, whose digests stand in its fields as in the product."""
    parcel = sample(SAMPLES, name, **changed).parcel(PROFILE, key=f"{key:032x}")
    digests = {one: sha256(scan.content).hexdigest() for one, scan in (scans or {}).items()}
    said = parcel.reference if reference is None else reference
    return replace(parcel, reference=said, fields={**parcel.fields, **digests}, attachments=scans or {})


def at(office: LeaseOffice, act: Callable[[LeaseFiling], Awaitable[Told]], **settings: str) -> Told:
    async def acting() -> Told:
        async with LeaseFiling({**office.settings(), **settings}) as connector:
            return await act(connector)

    return asyncio.run(acting())


def send(office: LeaseOffice, *parcels: Parcel, **settings: str) -> list[Outcome]:
    async def sending(connector: LeaseFiling) -> list[Outcome]:
        return list(await connector.send(parcels))

    return at(office, sending, **settings)


def track(office: LeaseOffice, *tickets: str) -> list[Outcome | None]:
    async def tracking(connector: LeaseFiling) -> list[Outcome | None]:
        return list(await connector.track(tickets))

    return at(office, tracking)


def held(office: LeaseOffice, *parcels: Parcel) -> list[Outcome]:
    async def asking(connector: LeaseFiling) -> list[Outcome]:
        return list(await connector.read_back(parcels))

    return at(office, asking)


def ticket_of(office: LeaseOffice, parcel: Parcel) -> str:
    (came,) = send(office, parcel)
    assert isinstance(came, Submitted), came
    return came.ticket


def decided(office: LeaseOffice, parcel: Parcel) -> Outcome | None:
    """File it, and ask what the window said."""
    return track(office, ticket_of(office, parcel))[0]


def postpone(office: LeaseOffice, house: str = HOUSE) -> None:
    """The window has not come to the case yet."""
    case = office.store.get("cases", house)
    assert case is not None
    office.store.put("cases", house, {**case, "due": case["due"] + 3600})
