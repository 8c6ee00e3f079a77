"""Speaks to the grid governance system through the city's gateway: signed JSON, 200 records a call, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any, Self

import orjson

from connectors.transport.http import Http
from gridapp.contract import (
    Action,
    Capabilities,
    Connector,
    Inexpressible,
    Kind,
    Misconfigured,
    Outcome,
    Parcel,
    Rejected,
    Setting,
    Unavailable,
)

from .batches import LATER, Batch, Written, undecided
from .mapping import PROFILE
from .replies import NUMBER, Refused, Taken, read
from .signature import signed

ANSWER_WITHIN = 10.0
"""Seconds for one call; their 95th percentile is 0.8 s."""

# Residents and housing go to different paths, what is cancelled to yet another one.
_PATHS = {
    (Kind.RESIDENT, False): ("person/save", "persons"),
    (Kind.RESIDENT, True): ("person/cancel", "persons"),
    (Kind.HOUSING, False): ("house/save", "houses"),
    (Kind.HOUSING, True): ("house/cancel", "houses"),
}
_ENOUGH_TO_CANCEL = frozenset({"identityNum", "houseCode", "gridCode"})


class GridGovernance(Connector):
    """Keyed on identityNum or houseCode there, so a batch may be sent again, whole or in parts."""

    profile = PROFILE
    capabilities = Capabilities(batch=200, batch_is_one_call=True, per_second=100.0, deadline=40.0, resend_safe=True)
    settings = (
        Setting("url", "网关地址", "Address of the gateway"),
        Setting("paas_id", "应用标识(paasid)", "Application id (paasid)"),
        Setting("token", "应用令牌(token)", "Application token", secret=True),
    )

    async def __aenter__(self) -> Self:
        self._http = Http(self.setting["url"], deadline=ANSWER_WITHIN)
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._http.__aexit__(*error)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        """Bisects what is refused as a whole; nothing is begun that could end after the deadline."""
        until = asyncio.get_running_loop().time() + self.capabilities.deadline - ANSWER_WITHIN
        outcomes: dict[str, Outcome] = {}
        groups: dict[tuple[Kind, bool], list[Written]] = {}
        for parcel in parcels:
            closing = parcel.action is Action.CLOSE
            try:
                written = Written(parcel, _record(parcel, closing))
            except Inexpressible as error:
                outcomes[parcel.key] = Rejected("inexpressible", error.reason, (error.field,))
            else:
                groups.setdefault((parcel.kind, closing), []).append(written)
        answered = False
        for way, group in groups.items():
            try:
                said = await Batch(group, partial(self._call, way)).send(until)
            except (Misconfigured, Unavailable) as error:
                if not answered:
                    raise
                outcomes.update((one.parcel.key, undecided(error)) for one in group)
                break
            answered = True
            outcomes.update(zip((one.parcel.key for one in group), said, strict=True))
        return [outcomes.get(parcel.key, LATER) for parcel in parcels]

    async def check(self) -> None:
        """An empty batch: proves address, signature and permission and changes nothing."""
        await self._call((Kind.RESIDENT, False), [])

    async def _call(self, way: tuple[Kind, bool], written: Sequence[Written]) -> Taken | Refused:
        path, name = _PATHS[way]
        body = orjson.dumps({name: [one.record for one in written]})
        headers = signed(self.setting["paas_id"], self.setting["token"])
        answer = await self._http.post(body, path=path, content_type="application/json", headers=headers)
        return read(answer, way[0])


def _record(parcel: Parcel, closing: bool) -> dict[str, Any]:
    """Their fields with what is known, plus their own number where they gave one. Raises Inexpressible.

    To cancel, they want no more than the keys: a field that no longer fits must not keep a record alive there.
    """
    layout = PROFILE.layouts[parcel.kind]
    if closing:
        rows = (row for row in layout.content_rows if row.name in _ENOUGH_TO_CANCEL)
        content = {row.name: row.value(parcel.fields) for row in rows}
    else:
        content = layout.content(parcel.fields)
    known = {name: value for name, value in content.items() if value is not None}
    return {NUMBER[parcel.kind]: parcel.reference, **known} if parcel.reference else known
