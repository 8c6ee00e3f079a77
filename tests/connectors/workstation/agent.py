"""What tests ask of the agent, and whom they send."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from connectors.cast import document_number
from connectors.workstation.connector import Workstation
from connectors.workstation.mapping import PROFILE
from gridapp.contract import Action, Outcome, Parcel
from tests.connectors.samples import sample

SAMPLES = Path(__file__).parent / "samples"


@dataclass
class Agent:
    """One open connector and the loop that it lives in."""

    connector: Workstation
    runner: asyncio.Runner

    def send(self, parcel: Parcel) -> Outcome:
        outcome: Outcome
        (outcome,) = self.runner.run(self._send(parcel))
        return outcome

    def read_back(self, *parcels: Parcel) -> list[Outcome]:
        return list(self.runner.run(self._read_back(parcels)))

    def check(self) -> None:
        self.runner.run(self.connector.check())

    def forget(self) -> None:
        """Begin at the door again, as after a trouble."""
        self.connector._clerk = None

    async def _send(self, parcel: Parcel) -> Any:
        return await self.connector.send([parcel])

    async def _read_back(self, parcels: tuple[Parcel, ...]) -> Any:
        return await self.connector.read_back(parcels)


def number(person: int) -> str:
    """The document number of one of the men who are sent."""
    return document_number(date(1992, 2, 29), person, sex="1")


def tenant(person: int = 0, **changed: Any) -> Parcel:
    """A man who rents; `changed`: canonical names with __ for the dot."""
    one = sample(SAMPLES, "tenant_of_six_months", id_number=number(person), **changed)
    return one.parcel(PROFILE, key=f"{person:032x}")


def flat(**changed: Any) -> Parcel:
    return sample(SAMPLES, "second_landlord", **changed).parcel(PROFILE, key="f" * 32)


def changed(parcel: Parcel, reference: str, **fields: Any) -> Parcel:
    """A later content of a record that they have given a number."""
    values = {name.replace("__", "."): value for name, value in fields.items()}
    return replace(parcel, key="c" * 32, action=Action.CHANGE, reference=reference, fields={**parcel.fields, **values})
