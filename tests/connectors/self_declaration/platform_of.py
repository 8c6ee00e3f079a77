"""The connector in front of a platform: opened, asked and closed again, one call of a test each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connectors.self_declaration.connector import SelfDeclaration
from connectors.self_declaration.mapping import PROFILE
from connectors.self_declaration.sandbox import DeclarationPlatform
from gridapp.contract import Outcome, Parcel, Submitted
from gridapp.dictionary.documents import check_digit
from tests.conftest import Until
from tests.connectors.samples import sample

SAMPLES = Path(__file__).parent / "samples"
PRIVATE = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
PUBLIC = (
    "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
"""The pair of GB/T 32918.5-2017, annex A."""
AGREED = {"app_key": "wg_test", "sign_key": PRIVATE, "field_key": "00112233445566778899aabbccddeeff"}


def opened(url: str) -> SelfDeclaration:
    """A connector for whatever answers at `url`."""
    return SelfDeclaration({**AGREED, "url": url, "platform_key": PUBLIC})


def number(person: int) -> str:
    first = f"99010119900101{person:03}"
    return first + check_digit(first)


def tenant(person: int, name: str = "floating_tenant", /, *, key: int | None = None, **changed: Any) -> Parcel:
    """The floating tenant of the samples under another number; `key` where it is not the person's own."""
    one = sample(SAMPLES, name, **{"id_number": number(person), **changed})
    return one.parcel(PROFILE, key=f"{person if key is None else key:032x}")


def ask(platform: DeclarationPlatform, question: Callable[[SelfDeclaration], Any], **settings: str) -> Any:
    """The answer of one coroutine method of a connector opened for it; `settings` in place of the agreed ones."""

    async def run() -> Any:
        async with SelfDeclaration({**platform.settings(), **settings}) as connector:
            return await question(connector)

    return asyncio.run(run())


def send(platform: DeclarationPlatform, *parcels: Parcel, **settings: str) -> list[Outcome]:
    return list(ask(platform, lambda connector: connector.send(parcels), **settings))


def track(platform: DeclarationPlatform, *tickets: str) -> list[Outcome | None]:
    return list(ask(platform, lambda connector: connector.track(tickets)))


def read_back(platform: DeclarationPlatform, *parcels: Parcel, **settings: str) -> list[Outcome]:
    return list(ask(platform, lambda connector: connector.read_back(parcels), **settings))


def decided(platform: DeclarationPlatform, until: Until, parcel: Parcel) -> Outcome:
    """What becomes of a parcel that is taken."""
    (came,) = send(platform, parcel)
    assert isinstance(came, Submitted), came
    outcome: Outcome = until(lambda: track(platform, came.ticket)[0])
    return outcome
