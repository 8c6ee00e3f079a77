"""劳保系统: who works where, encrypted JSON with a token of two hours, one person a call, five calls a second."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from zoneinfo import ZoneInfo

import orjson

from connectors.transport.in_turn import in_turn
from connectors.transport.one_by_one import OneByOne
from gridapp.contract import (
    Capabilities,
    Connector,
    Inexpressible,
    Line,
    Misconfigured,
    Outcome,
    Parcel,
    Preview,
    Rejected,
    Setting,
    Unavailable,
    Unknown,
)

from .gateway import Gateway
from .mapping import PROFILE
from .messages import OPERATION, QUESTION, Seal, question, written
from .replies import CLOSED, Said, compare, judge

ANSWER_WITHIN = 8.0
"""Seconds for one call; their 95th percentile is 2 s."""
LOCAL_TIME = ZoneInfo("Asia/Shanghai")
_NOBODY = {"AAC058": "01", "AAC147": "0"}


class LabourSecurity(Connector):
    """They key on the person: what is sent again overwrites itself."""

    profile = PROFILE
    capabilities = Capabilities(
        batch=20, concurrency=4, per_second=5.0, deadline=40.0, resend_safe=True, can_read_back=True
    )
    settings = (
        Setting("url", "接口地址(到/ldyg为止)", "Address of the interface (up to /ldyg)"),
        Setting("app_id", "应用编号 appId", "Application id (appId)"),
        Setting("secret", "应用密钥 secret", "Application secret", secret=True),
        Setting("sm4_key", "报文加密密钥(SM4，32位十六进制)", "Key of the messages (SM4, 32 hex digits)", secret=True),
        Setting("mac_key", "报文校验密钥(SM3)", "Key of the MAC (SM3)", secret=True),
    )

    _until = 0.0

    async def __aenter__(self) -> Self:
        can = self.capabilities
        self._gateway = Gateway(self.setting, within=ANSWER_WITHIN, concurrency=can.concurrency)
        # What is begun last may take two calls: what it finds in the way of a dead token waits for the next turn.
        begin_within = can.deadline - 3 * ANSWER_WITHIN
        self._sender = OneByOne(self._deliver, concurrency=can.concurrency, seconds=begin_within)
        await self._gateway.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._gateway.__aexit__(*error)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        self._set_out()
        return await self._sender.send(parcels)

    async def read_back(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        self._set_out()
        later = Unknown("尚未询问，稍后继续")
        seconds = self.capabilities.deadline - 2 * ANSWER_WITHIN
        return await in_turn(parcels, self._look_up, seconds=seconds, otherwise=later)

    def preview(self, parcel: Parcel) -> Preview:
        record = written(parcel)
        sealed = {"APP_ID": self.setting["app_id"], "OPER_TYPE": OPERATION[parcel.action], "ENCRYPT_DATA": record}
        message = orjson.dumps(sealed, option=orjson.OPT_INDENT_2).decode()
        return Preview(tuple(Line(name, str(value)) for name, value in record.items()), message)

    async def check(self) -> None:
        """A token, and a question about nobody: proves address, credentials and both keys and changes nothing."""
        self._set_out()
        said = await self._ask(_NOBODY)
        if said.code not in ("0", CLOSED):
            raise Unavailable(f"{said.code} {said.reason}", maybe_sent=False)

    def _set_out(self) -> None:
        self._until = asyncio.get_running_loop().time() + self.capabilities.deadline

    async def _deliver(self, parcel: Parcel) -> Outcome:
        try:
            record = written(parcel)
        except Inexpressible as error:
            return Rejected("inexpressible", error.reason, (error.field,))
        said = await self._gateway.call("v2/employment", record, OPERATION[parcel.action], until=self._until)
        return judge(said, parcel, now=datetime.now(LOCAL_TIME))

    async def _look_up(self, parcel: Parcel) -> Outcome:
        try:
            said = await self._ask(question(parcel))
            held = Seal.of(self.setting).open(said.details) if said.details else {}
            return compare(held, parcel) if said.code == "0" else Unknown(f"{said.code} {said.reason}".strip())
        except Inexpressible as error:
            return Unknown(error.reason)
        except ValueError as error:
            raise Misconfigured("303", "对方的应答不能用现有密钥解开") from error

    async def _ask(self, whom: dict[str, Any]) -> Said:
        return await self._gateway.call("v2/query", whom, QUESTION, until=self._until)
