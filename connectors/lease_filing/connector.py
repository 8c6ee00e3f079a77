"""房屋租赁备案系统: files leases over signed JSON, with the pages the window asked for; asks what it decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import orjson

from connectors.transport.http import Http
from connectors.transport.in_turn import Pace, in_turn
from connectors.transport.one_by_one import OneByOne
from gridapp.contract import (
    Action,
    Capabilities,
    Connector,
    Inexpressible,
    NotApplicable,
    Outcome,
    Parcel,
    Preview,
    Rejected,
    Setting,
    Unknown,
)

from . import filing
from .mapping import PROFILE
from .replies import NOTHING_THERE, Reply, judge, judge_held, judge_ticket, read
from .signature import signed

ANSWER_WITHIN = 15.0
"""Seconds for one call; two scans of 5 MB are on their way for some."""
SPACING = 0.2
"""Seconds between two calls: they allow five a second."""


class LeaseFiling(Connector):
    """A filing gets an acceptance number at once, its filing number when the window has looked (≤ 3 working days)."""

    profile = PROFILE
    capabilities = Capabilities(
        batch=5,
        per_second=5.0,
        per_day=2000,
        deadline=60.0,
        asynchronous=True,
        resend_safe=True,  # they key on requestId, and on the house: one filing, or one open case of ours
        can_read_back=True,
        track_every=3600.0,
    )
    settings = (
        Setting("url", "接口地址", "Address of the interface"),
        Setting("app_id", "区级应用编号 appId", "The district's application id (appId)"),
        Setting("secret", "签名密钥", "Secret of the signature", secret=True),
    )

    async def __aenter__(self) -> Self:
        can = self.capabilities
        self._http = Http(self.setting["url"], deadline=ANSWER_WITHIN)
        self._pace = Pace(SPACING)
        # What is left of the deadline after the call that knocks and before the last one, which may be two.
        self._begin_within = can.deadline - 3 * ANSWER_WITHIN
        self._sender = OneByOne(self._deliver, concurrency=1, seconds=self._begin_within)
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._http.__aexit__(*error)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return await self._sender.send(parcels)

    async def track(self, tickets: Sequence[str]) -> Sequence[Outcome | None]:
        return await in_turn(tickets, self._ask_after, seconds=self._begin_within, otherwise=None)

    async def read_back(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        not_asked = Unknown("尚未查询")
        return await in_turn(parcels, self._look_up, seconds=self._begin_within, otherwise=not_asked)

    def preview(self, parcel: Parcel) -> Preview:
        if parcel.action is Action.CLOSE:
            return Preview((), _readable({"requestId": parcel.key}))
        return Preview(filing.lines(parcel), _readable(filing.document(parcel)))

    async def check(self) -> None:
        """Asks for a filing that nobody has: proves address and signature, changes nothing."""
        await self._ask_after("0")

    async def _deliver(self, parcel: Parcel) -> Outcome:
        if parcel.action is Action.CLOSE:
            return await self._cancel(parcel)
        try:
            body, content_type = await filing.body(filing.document(parcel), parcel.attachments)
        except Inexpressible as error:
            return Rejected("inexpressible", error.reason, (error.field,))
        if parcel.action is not Action.CREATE and parcel.reference:
            reply = await self._post(f"filings/{parcel.reference}/change", body, content_type)
            if reply.code != NOTHING_THERE:
                return judge(reply)
        return judge(await self._post("filings", body, content_type))  # what they do not have any more is filed anew

    async def _cancel(self, parcel: Parcel) -> Outcome:
        """Cancels by the filing number; where none has come yet, whatever they have open for the house."""
        number = parcel.reference
        if not number:
            held = await self._get(f"houses/{parcel.fields['housing.housing_code']}")
            number = held.number("filingNo") or held.case.number("acceptNo")
        if not number:
            return NotApplicable("", "没有备案，无需注销")
        body = orjson.dumps({"requestId": parcel.key})
        return judge(await self._post(f"filings/{number}/cancel", body, "application/json"))

    async def _ask_after(self, ticket: str) -> Outcome | None:
        return judge_ticket(await self._get(f"filings/{ticket}"))

    async def _look_up(self, parcel: Parcel) -> Outcome:
        try:
            sent = {} if parcel.action is Action.CLOSE else filing.fields(parcel)
        except Inexpressible:
            return Unknown("这份档案现在无法按对方格式写出")
        sent |= {name: parcel.fields[ours] for ours, name in filing.PARTS.items() if parcel.fields.get(ours)}
        reply = await self._get(f"houses/{parcel.fields['housing.housing_code']}")
        return judge_held(reply, parcel.key, parcel.action, sent)

    async def _get(self, path: str) -> Reply:
        await self._pace.turn()
        headers = signed(self.setting["app_id"], self.setting["secret"], "GET", path)
        return read(await self._http.get(path, headers=headers))

    async def _post(self, path: str, body: bytes, content_type: str) -> Reply:
        await self._pace.turn()
        headers = signed(self.setting["app_id"], self.setting["secret"], "POST", path, body)
        return read(await self._http.post(body, path=path, content_type=content_type, headers=headers))


def _readable(told: dict[str, Any]) -> str:
    return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()
