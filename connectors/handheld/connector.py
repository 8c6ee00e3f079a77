"""Speaks to the handheld system: packets of up to 100 lines in GBK, one packet every two seconds, an answer a line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self

from connectors.transport.http import Http
from gridapp.contract import (
    Capabilities,
    Connector,
    Inexpressible,
    Manual,
    NotYet,
    Outcome,
    Parcel,
    Rejected,
    Setting,
)

from .mapping import PROFILE
from .packet import LOCAL_TIME, MOST_BYTES, MOST_LINES, OutsideCharset, form, header, line
from .replies import Line, judge, read

ANSWER_WITHIN = 15.0
"""Seconds for one packet; their 95th percentile is 2 s."""


class Handheld(Connector):
    """What they hold already they answer with 41, so a packet may be sent again."""

    profile = PROFILE
    capabilities = Capabilities(
        batch=MOST_LINES, batch_is_one_call=True, per_second=0.5, deadline=ANSWER_WITHIN, resend_safe=True
    )
    settings = (
        Setting("url", "报文地址", "Address for packets"),
        Setting("device", "设备编号", "Device id"),
        Setting("worker_no", "设备登记人工号", "Worker number of the device"),
        Setting("password", "设备口令", "Device password", secret=True),
    )

    async def __aenter__(self) -> Self:
        self._http = Http(self.setting["url"], deadline=ANSWER_WITHIN)
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._http.__aexit__(*error)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        """One packet; what does not fit any more goes with the next one."""
        outcomes: dict[str, Outcome] = {}
        packed: list[Parcel] = []
        lines: list[bytes] = []
        head = self._header()
        size = len(head)
        for parcel in parcels:
            try:
                text = line(parcel)
            except Inexpressible as error:
                outcomes[parcel.key] = _unsayable(error)
                continue
            if len(head) + 2 + len(text) > MOST_BYTES:
                outcomes[parcel.key] = Rejected("too_long", "这一条超过对方系统每包64KB的限制")
            elif len(lines) < MOST_LINES and size + 2 + len(text) <= MOST_BYTES:
                packed.append(parcel)
                lines.append(text)
                size += 2 + len(text)
        if packed:
            said = judge(await self._post(head, lines), packed)
            outcomes.update(zip((parcel.key for parcel in packed), said, strict=True))
        full = NotYet("本包已满，随下一包发送", retry_after=0)
        return [outcomes.get(parcel.key, full) for parcel in parcels]

    async def check(self) -> None:
        """A packet of its header alone: proves device and password and reports nothing."""
        judge(await self._post(self._header(), []), [])

    def _header(self) -> bytes:
        setting = self.setting
        today = datetime.now(LOCAL_TIME).date()
        return header(setting["device"], setting["worker_no"], setting["password"], today=today)

    async def _post(self, head: bytes, lines: Sequence[bytes]) -> dict[int, Line]:
        content_type = "application/x-www-form-urlencoded; charset=GBK"
        return read((await self._http.post(form(head, lines), content_type=content_type)).body)


def _unsayable(error: Inexpressible) -> Outcome:
    """A rare character is right and stays: a clerk writes that record by hand. Anything else the worker can mend."""
    if isinstance(error, OutsideCharset):
        return Manual("gbk", error.reason, (error.field,))
    return Rejected("inexpressible", error.reason, (error.field,))
