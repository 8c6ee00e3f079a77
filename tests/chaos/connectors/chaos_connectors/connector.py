"""One record, one POST, a second and a half for it; three kinds of department that differ in what they promise."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import orjson

from connectors.transport.http import Http
from connectors.transport.in_turn import in_turn
from connectors.transport.one_by_one import OneByOne
from gridapp.contract import Capabilities, Connector, Inexpressible, Outcome, Parcel, Rejected, Setting, Unknown

from . import replies
from .mapping import POISON, profile

ANSWER_WITHIN = float(os.environ.get("CHAOS_ANSWER_WITHIN", "1.5"))
"""Seconds for one POST, all in all, where the setting does not say otherwise."""
_CAN = Capabilities(batch=50, concurrency=2, deadline=2 * ANSWER_WITHIN)  # two at once: much of a batch is still to go
_NOT_ASKED = Unknown("尚未问到，稍后再问")


class Neither(Connector):
    """It applies whatever comes and can tell nothing: what is in doubt is for a person."""

    profile = profile("CHN", "chaos_neither", "混沌台账(不可问)", "Ledger that cannot be asked")
    capabilities = _CAN
    settings = (
        Setting("url", "接口地址", "Address"),
        Setting("deadline", "应答时限(秒)", "Seconds for an answer", required=False, default=str(ANSWER_WITHIN)),
    )

    async def __aenter__(self) -> Self:
        can, within = self.capabilities, float(self.setting["deadline"])
        self._http = Http(self.setting["url"], deadline=within, concurrency=can.concurrency)
        self._line = OneByOne(self._post, concurrency=can.concurrency, seconds=max(0.0, can.deadline - within))
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._http.__aexit__(*error)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return await self._line.send(parcels)

    async def check(self) -> None:
        await self._http.get()

    async def _post(self, parcel: Parcel) -> Outcome:
        if parcel.fields.get("employer_name") == POISON:
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            content = self.profile.layouts[parcel.kind].content(parcel.fields)
        except Inexpressible as error:
            return Rejected("inexpressible", error.reason, (error.field,))
        body = orjson.dumps({"key": parcel.key, "action": parcel.action, **content})
        answer = await self._http.post(body, content_type="application/json", judges=replies.REFUSALS)
        return replies.judge(answer, parcel.key)


class Idempotent(Neither):
    """It keys on our key: what is sent twice is applied once."""

    profile = profile("CHI", "chaos_idempotent", "混沌台账(幂等)", "Ledger that keys on our key")
    capabilities = replace(_CAN, resend_safe=True)


class Askable(Neither):
    """It applies whatever comes, and tells what it holds of a record."""

    profile = profile("CHA", "chaos_askable", "混沌台账(可查)", "Ledger that can be asked")
    capabilities = replace(_CAN, can_read_back=True)

    async def read_back(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        within = self.capabilities.deadline - float(self.setting["deadline"])
        return await in_turn(parcels, self._ask, seconds=within, otherwise=_NOT_ASKED)

    async def _ask(self, parcel: Parcel) -> Outcome:
        # A made-up word, not a person's number: the ledger's only name for a record.
        return replies.found(await self._http.get(f"held/{parcel.fields['occupation']}"), parcel.key)
