"""Plain JSON over HTTP: one record, one POST. Read this one first, then the README beside it on how to add your own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import orjson

from connectors.transport.http import Http
from connectors.transport.one_by_one import OneByOne
from gridapp.contract import Capabilities, Connector, Inexpressible, Line, Outcome, Parcel, Preview, Rejected, Setting

from .mapping import PROFILE
from .replies import REFUSALS, judge

ANSWER_WITHIN = 10.0
"""Seconds for one POST, all in all."""


class PlainJson(Connector):
    """One session for the connector's life, sixteen records in flight."""

    profile = PROFILE
    # The target keys on our key: what is sent twice is stored once. A batch of slow answers still ends in 30 s.
    capabilities = Capabilities(batch=200, concurrency=16, deadline=30.0, resend_safe=True)
    settings = (
        Setting("url", "接口地址", "Address"),
        Setting("token", "访问令牌", "Access token", secret=True, required=False),
        Setting(
            "key_from", "以哪个字段为主键(空：推送编号)", "Field that is the key (empty: our own key)", required=False
        ),
        Setting("success", "成功标志(ok 或 2xx)", "What is a success (ok or 2xx)", default="ok"),
    )

    async def __aenter__(self) -> Self:
        can = self.capabilities
        self._http = Http(self.setting["url"], deadline=ANSWER_WITHIN, concurrency=can.concurrency)
        self._line = OneByOne(self._post, concurrency=can.concurrency, seconds=can.deadline - ANSWER_WITHIN)
        self._headers = {"Authorization": f"Bearer {self.setting['token']}"} if self.setting["token"] else {}
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._http.__aexit__(*error)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return await self._line.send(parcels)

    def preview(self, parcel: Parcel) -> Preview:
        content = self.profile.layouts[parcel.kind].content(parcel.fields)
        lines = tuple(Line(name, _text(value)) for name, value in content.items() if value is not None)
        return Preview(lines, orjson.dumps(self._told(parcel, content), option=orjson.OPT_INDENT_2).decode())

    async def check(self) -> None:
        # 404 and 405 are answers too: many receivers know nothing but POST at this address.
        await self._http.get(headers=self._headers, judges=(404, 405))

    async def _post(self, parcel: Parcel) -> Outcome:
        try:
            content = self.profile.layouts[parcel.kind].content(parcel.fields)
        except Inexpressible as error:
            return Rejected("inexpressible", error.reason, (error.field,))
        body = orjson.dumps(self._told(parcel, content))
        answer = await self._http.post(body, content_type="application/json", headers=self._headers, judges=REFUSALS)
        return judge(answer, status_is_enough=self.setting["success"] == "2xx")

    def _told(self, parcel: Parcel, content: dict[str, Any]) -> dict[str, Any]:
        # "key" comes first: the receiver may look at nothing else to know a record that it already has.
        key = parcel.fields.get(self.setting["key_from"]) or parcel.key
        told = {"key": key, "action": parcel.action, "reference": parcel.reference, "madeAt": parcel.made_at}
        return told | content


def _text(value: Any) -> str:
    """A code goes with its words."""
    return f"{value['code']} {value['label']}" if isinstance(value, dict) else str(value)
