"""What the tests of the sharing platform share: parcels of samples under a fixed key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from connectors.data_sharing.mapping import PROFILE
from connectors.data_sharing.rows import delta
from gridapp.contract import Parcel
from tests.connectors.samples import Sample, sample

SAMPLES = Path(__file__).parent / "samples"
KEY = bytes(range(16))
CATALOGUE = "30799010101/000001"
NUMBER = "990101199202290010"
FLAT = "9901010010010000012000301"


def record(number: int = 1, name: str = "floating_tenant", **changed: Any) -> Parcel:
    return sample(SAMPLES, name, **changed).parcel(PROFILE, key=f"{number:032x}")


def row_of(one: Sample | Parcel, *, key: bytes = KEY) -> dict[str, Any]:
    parcel = one.parcel(PROFILE) if isinstance(one, Sample) else one
    return delta(parcel, catalogue=CATALOGUE, key=key)
