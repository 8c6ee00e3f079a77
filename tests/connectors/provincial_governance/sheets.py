"""What the tests of the province's workbooks share: parcels of samples, sheets of them, an upload."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from connectors.provincial_governance.connector import ProvincialGovernance
from connectors.provincial_governance.mapping import PROFILE
from connectors.provincial_governance.sandbox import ProvincialPlatform
from gridapp.contract import Outcome, Parcel
from tests.connectors.samples import Sample, sample

SAMPLES = Path(__file__).parent / "samples"
# The path of our grid in the province's tree: from the district's grid table, nobody enters it.
GRID = {"mapped.provincial_grid": "测试省/测试市/测试区/测试街道/测试社区/003网格"}
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def connector() -> ProvincialGovernance:
    return ProvincialGovernance({"template_version": "2024.1"})


def parcel(one: Sample, *, key: str = "0" * 32) -> Parcel:
    return replace(one, view=one.view | GRID).parcel(PROFILE, key=key)


def tenant(number: int = 1, name: str = "floating_tenant", **changed: Any) -> Parcel:
    """Somebody with a document number and a key of their own; `number` 1 to 499."""
    entered = {"id_number": document(number), **changed}
    return parcel(sample(SAMPLES, name, **entered), key=f"{number:032x}")


def document(number: int) -> str:
    """A document number of the test division, of a man born on 29 February 1992."""
    body = f"99010119920229{2 * number - 1:03d}"
    remainder = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True)) % 11
    return body + "10X98765432"[remainder]


def imported(province: ProvincialPlatform, parcels: Sequence[Parcel]) -> list[Outcome]:
    """Exported, uploaded by a person, brought back and read."""
    sheet = connector().sheet(parcels)
    return list(connector().read_sheet(sheet.content, province.upload(sheet.content)))
