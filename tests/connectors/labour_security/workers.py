"""The worker of the samples under any document number, and the connector opened for one question."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from connectors.labour_security.connector import LabourSecurity
from connectors.labour_security.mapping import PROFILE
from connectors.labour_security.sandbox import LabourOffice
from gridapp.contract import Action, Outcome, Parcel
from gridapp.dictionary.documents import check_digit
from tests.connectors.samples import sample

SAMPLES = Path(__file__).parent / "samples"
REGISTERED = {"JZDJ.DJBH": "99010120240310000007"}
NEW_FIRM: dict[str, Any] = {"employer_name": "测试区便民超市", "employer_uscc": "9199010100000011AE"}


def number(person: int) -> str:
    first = f"99010119900101{person:03}"
    return first + check_digit(first)


def worker(person: int = 1, *, action: Action = Action.CREATE, key: int | None = None, **changed: Any) -> Parcel:
    """The worker of the samples under another document number."""
    one = sample(SAMPLES, "floating_tenant", id_number=number(person), **changed)
    one = replace(one, view=one.view | REGISTERED, action=action)
    return one.parcel(PROFILE, key=f"{person if key is None else key:032x}")


def send(office: LabourOffice, *parcels: Parcel, **settings: str) -> Sequence[Outcome]:
    async def run() -> Sequence[Outcome]:
        async with LabourSecurity({**office.settings(), **settings}) as connector:
            return await connector.send(parcels)

    return asyncio.run(run())


def read_back(office: LabourOffice, *parcels: Parcel) -> Sequence[Outcome]:
    async def run() -> Sequence[Outcome]:
        async with LabourSecurity(office.settings()) as connector:
            return await connector.read_back(parcels)

    return asyncio.run(run())


def tokens(office: LabourOffice) -> int:
    """How many tokens are out there."""
    return len(office._tokens)
