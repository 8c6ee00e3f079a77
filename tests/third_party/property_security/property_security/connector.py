"""物业安保系统: one card holder, one signed POST.

Questions are POSTs too, so that no document number stands in an address.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from typing import Any, Self

import orjson

from connectors.transport.http import Answer, Http
from connectors.transport.in_turn import in_turn
from connectors.transport.one_by_one import OneByOne
from gridapp.contract import (
    Action,
    Capabilities,
    Connector,
    Inexpressible,
    Line,
    Outcome,
    Parcel,
    Preview,
    Rejected,
    Setting,
    Unknown,
)

from .mapping import PROFILE
from .replies import found, judge, read

ANSWER_WITHIN = 8.0
"""Seconds for one call, all in all."""
OPERATIONS = {Action.CREATE: "ENTER", Action.CHANGE: "AMEND", Action.CLOSE: "LEAVE"}
ENOUGH_TO_LEAVE = ("holder.certNo", "flat.estate", "flat.building", "flat.room")
NOT_ASKED = Unknown("尚未问到，稍后再问")


class PropertySecurity(Connector):
    """They key on document number and flat: who enters twice has one card."""

    profile = PROFILE
    capabilities = Capabilities(
        batch=30, concurrency=2, per_second=5.0, deadline=3 * ANSWER_WITHIN, resend_safe=True, can_read_back=True
    )
    settings = (
        Setting("url", "接口地址", "Address"),
        Setting("company", "物业企业编号", "Number of the property manager"),
        Setting("sign_secret", "签名密钥", "Signing secret", secret=True),
    )

    async def __aenter__(self) -> Self:
        can = self.capabilities
        self._http = Http(self.setting["url"], deadline=ANSWER_WITHIN, concurrency=can.concurrency)
        # What is left of the deadline after the call that knocks and before the last one, which must still end.
        begin_within = can.deadline - 2 * ANSWER_WITHIN
        self._line = OneByOne(self._deliver, concurrency=can.concurrency, seconds=begin_within)
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._http.__aexit__(*error)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return await self._line.send(parcels)

    async def read_back(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        within = self.capabilities.deadline - ANSWER_WITHIN
        return await in_turn(parcels, self._look_up, seconds=within, otherwise=NOT_ASKED)

    def preview(self, parcel: Parcel) -> Preview:
        told = content(parcel)
        lines = tuple(Line(name, str(value)) for name, value in told.items() if value is not None)
        return Preview(lines, orjson.dumps(nested(told), option=orjson.OPT_INDENT_2).decode())

    async def check(self) -> None:
        """A question about nobody: proves address and signature and changes nothing."""
        read(await self._call("pass/find", dict.fromkeys(ENOUGH_TO_LEAVE, "")))

    async def _deliver(self, parcel: Parcel) -> Outcome:
        try:
            told = content(parcel)
        except Inexpressible as error:
            return Rejected("inexpressible", error.reason, (error.field,))
        return judge(await self._call("pass", told))

    async def _look_up(self, parcel: Parcel) -> Outcome:
        try:
            told = content(parcel)
        except Inexpressible as error:
            return Rejected("inexpressible", error.reason, (error.field,))
        return found(await self._call("pass/find", {name: told[name] for name in ENOUGH_TO_LEAVE}), nested(told))

    async def _call(self, path: str, told: Mapping[str, Any]) -> Answer:
        body = orjson.dumps(nested(told))
        at = str(int(time.time()))
        signed = hmac.new(self.setting["sign_secret"].encode(), at.encode() + body, hashlib.sha256).hexdigest()
        headers = {"X-Company": self.setting["company"], "X-Time": at, "X-Sign": signed}
        return await self._http.post(body, path=path, content_type="application/json", headers=headers)


def content(parcel: Parcel) -> dict[str, Any]:
    """Their field -> value, by the dotted names of the mapping. Raises Inexpressible.

    To leave, the keys are enough: a field that no longer fits must not keep a card alive there.
    """
    layout = PROFILE.layouts[parcel.kind]
    told = {"serial": parcel.key, "op": OPERATIONS[parcel.action]}
    if parcel.action is Action.CLOSE:
        return told | {row.name: row.value(parcel.fields) for row in layout.rows if row.name in ENOUGH_TO_LEAVE}
    return told | layout.content(parcel.fields)


def nested(told: Mapping[str, Any]) -> dict[str, Any]:
    """`{"holder.name": …}` as they want it: `{"holder": {"name": …}}`; what nobody knows is left out."""
    made: dict[str, Any] = {}
    for name, value in told.items():
        group, dot, own = name.partition(".")
        if dot and value is not None:
            made.setdefault(group, {})[own] = value
        elif value is not None:
            made[name] = value
    return made
