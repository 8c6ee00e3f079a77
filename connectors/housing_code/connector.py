"""房屋编码系统: applies for the 25-digit housing code over SOAP, one flat a call; asks after what they still check."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from lxml import etree

from connectors.transport.one_by_one import OneByOne
from connectors.transport.soap import Fault, Soap
from gridapp.contract import (
    Action,
    Capabilities,
    Connector,
    Inexpressible,
    NotApplicable,
    Outcome,
    Parcel,
    Rejected,
    Setting,
    Unavailable,
)

from . import messages
from .mapping import PROFILE
from .messages import Reply, Unwritable
from .replies import judge, judge_fault, judge_ticket

WSDL = Path(__file__).with_name("fwbm.wsdl")
ANSWER_WITHIN = 10.0
"""Seconds for one call; their 95th percentile is 3 s."""
SPACING = 0.1
"""Seconds between two calls: they allow ten a second."""


class HousingCode(Connector):
    """`send` makes up to ten calls, one after the other: they allow one session. What time does not allow is NotYet."""

    profile = PROFILE
    capabilities = Capabilities(
        batch=10, per_second=10.0, deadline=30.0, asynchronous=True, resend_safe=True, track_every=30.0
    )
    settings = (
        Setting("url", "服务地址(.asmx)", "Address of the service (.asmx)"),
        Setting("app_id", "应用编号 appId", "Application id (appId)"),
        Setting("password", "密码", "Password", secret=True),
    )

    _soap: Soap
    _sender: OneByOne
    _free_at = 0.0

    async def __aenter__(self) -> Self:
        self._soap = Soap(WSDL, self.setting["url"], deadline=ANSWER_WITHIN)
        # What is left of the deadline after the call that knocks and before the last one, which must still end.
        begin_within = self.capabilities.deadline - 2 * ANSWER_WITHIN
        self._sender = OneByOne(self._deliver, concurrency=1, seconds=begin_within)
        await self._soap.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._soap.__aexit__(*error)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return await self._sender.send(parcels)

    async def track(self, tickets: Sequence[str]) -> Sequence[Outcome | None]:
        clock = asyncio.get_running_loop().time
        until = clock() + self.capabilities.deadline - 2 * ANSWER_WITHIN
        outcomes: list[Outcome | None] = []
        for ticket in tickets:
            if clock() > until:
                break  # the lane asks for the others next time
            try:
                outcomes.append(await self._ask_after(ticket))
            except Unavailable:
                if not outcomes:
                    raise
                break
        return [*outcomes, *[None] * (len(tickets) - len(outcomes))]

    async def check(self) -> None:
        """Asks for a ticket that nobody has: proves address and credentials, changes nothing."""
        await self._ask_after("0")

    async def _deliver(self, parcel: Parcel) -> Outcome:
        if parcel.action is Action.CLOSE and not parcel.reference:
            return NotApplicable("", "没有编码，无需注销")
        try:
            operation, text = _request(parcel)
            return judge(await self._ask(operation, text))
        except Inexpressible as error:
            return Rejected("inexpressible", error.reason, (error.field,))
        except Fault as fault:
            return judge_fault(fault)

    async def _ask_after(self, ticket: str) -> Outcome | None:
        try:
            return judge_ticket(await self._ask("CXBM", messages.question(ticket)))
        except Fault as fault:
            return judge_fault(fault)

    async def _ask(self, operation: str, text: str) -> Reply:
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(self._free_at - clock())
        self._free_at = clock() + SPACING
        header = {"Security": {"appId": self.setting["app_id"], "password": self.setting["password"]}}
        try:
            return messages.read(await self._soap.call(operation, header=header, xml=etree.CDATA(text)))
        except messages.Unreadable:
            raise Unavailable("对方的应答不是约定的报文", maybe_sent=True) from None


def _request(parcel: Parcel) -> tuple[str, str]:
    """The operation and its inner XML. A housing they gave no code yet is applied for, whatever happened to it here."""
    if parcel.action is Action.CLOSE:
        return "ZXFWBM", messages.request("ZX", serial=parcel.key, code=parcel.reference)
    layout = PROFILE.layouts[parcel.kind]
    housing = layout.content(parcel.fields)
    try:
        if parcel.action is not Action.CREATE and parcel.reference:
            return "BGFWBM", messages.request("BG", serial=parcel.key, code=parcel.reference, housing=housing)
        return "SQFWBM", messages.request("SQ", serial=parcel.key, housing=housing)
    except Unwritable as error:
        source = next(row.source for row in layout.content_rows if row.name == error.column)
        raise Inexpressible(source, "含有报文不能携带的控制字符") from None
