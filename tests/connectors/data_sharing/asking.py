"""The connector in front of the sharing platform, one question over one channel."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from connectors.data_sharing.connector import DataSharing
from connectors.data_sharing.sandbox import SharingPlatform
from gridapp.contract import Outcome, Parcel, Submitted
from tests.conftest import Until


def ask(platform: SharingPlatform, what: str, argument: Sequence[Any], **settings: str) -> list[Any]:
    """One of the connector's questions, over a channel of its own."""

    async def asking() -> list[Any]:
        async with DataSharing({**platform.settings(), **settings}) as connector:
            return list(await getattr(connector, what)(argument))

    return asyncio.run(asking())


def send(platform: SharingPlatform, *parcels: Parcel, **settings: str) -> list[Outcome]:
    return ask(platform, "send", parcels, **settings)


def ticket(platform: SharingPlatform, parcel: Parcel) -> str:
    (said,) = send(platform, parcel)
    assert isinstance(said, Submitted)
    return said.ticket


def decided(platform: SharingPlatform, until: Until, given: str) -> Outcome:
    outcome: Outcome = until(lambda: ask(platform, "track", [given])[0])
    return outcome


def sent(platform: SharingPlatform, until: Until, parcel: Parcel) -> Outcome:
    return decided(platform, until, ticket(platform, parcel))
