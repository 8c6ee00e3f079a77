"""政务信息资源共享系统: rows into delta tables, found again in the quality report of the next morning."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

from connectors.transport.exchange_table import ExchangeTables
from connectors.transport.guomi import sm3
from gridapp.contract import (
    Capabilities,
    Connector,
    Inexpressible,
    Kind,
    Misconfigured,
    Outcome,
    Parcel,
    Preview,
    Rejected,
    Setting,
    Submitted,
    Unknown,
)

from .gateway import Gateway
from .mapping import PROFILE
from .replies import NOT_APPROVED, compare, judge, judge_refusal
from .rows import TABLES, WAITING, delta, plain, read_key, ticket_of

ANSWER_WITHIN = 10.0
"""Seconds for one transaction or one question; a call takes up to three of them."""

Row = dict[str, Any]


class DataSharing(Connector):
    """`send` commits a batch and knows no verdict; `track` and `read_back` ask the platform's signed services."""

    profile = PROFILE
    capabilities = Capabilities(
        batch=1000,
        batch_is_one_call=True,
        deadline=3 * ANSWER_WITHIN,
        asynchronous=True,
        resend_safe=True,  # it keys on TONG_ID
        can_read_back=True,
        track_every=900.0,
    )
    settings = (
        Setting("host", "前置库地址", "Front-end database, host"),
        Setting("port", "端口", "Port", default="5432"),
        Setting("database", "库名", "Database"),
        Setting("user", "账号", "Account"),
        Setting("password", "密码", "Password", secret=True),
        Setting("sslmode", "加密方式(sslmode)", "Encryption (sslmode)", default="prefer"),
        Setting("url", "目录/校核接口地址", "Address of the services"),
        Setting("rid", "请求方标识(rid)", "Who asks (rid)"),
        Setting("appkey", "应用密钥(appkey)", "Application key (appkey)", secret=True),
        Setting("sm4_key", "证件号码列的SM4密钥", "SM4 key of the column of document numbers", secret=True),
        Setting("catalogue_resident", "人口资源目录代码", "Catalogue code of people"),
        Setting("catalogue_housing", "房屋资源目录代码", "Catalogue code of housing"),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings)
        address = {name: self.setting[name] for name in ("host", "port", "user", "password", "sslmode")}
        self._tables = ExchangeTables({**address, "dbname": self.setting["database"]}, deadline=ANSWER_WITHIN)
        self._gateway = Gateway(
            self.setting["url"], rid=self.setting["rid"], appkey=self.setting["appkey"], deadline=ANSWER_WITHIN
        )

    async def __aenter__(self) -> Self:
        await self._gateway.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._gateway.__aexit__(*error)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        outcomes: dict[str, Outcome] = {}
        rows: dict[Kind, list[Row]] = {kind: [] for kind in TABLES}
        for parcel in parcels:
            try:
                rows[parcel.kind].append(self._row(parcel))
            except Inexpressible as error:
                outcomes[parcel.key] = Rejected("inexpressible", error.reason, (error.field,))
        if any(rows.values()):
            await self._stop_if_left_there(rows)
            batches = [(TABLES[kind], of_kind) for kind, of_kind in rows.items()]
            for (_, put), refusals in zip(batches, await self._tables.put_together(batches), strict=True):
                for row, refusal in zip(put, refusals, strict=True):
                    outcomes[row["TONG_ID"]] = judge_refusal(refusal) if refusal else Submitted(ticket_of(row))
        return [outcomes[parcel.key] for parcel in parcels]

    async def track(self, tickets: Sequence[str]) -> Sequence[Outcome | None]:
        numbers = [ticket.partition(".")[0] for ticket in tickets]
        waiting = await self._waiting(numbers)  # first: a row moves from the table into the report, never back
        lines = await self._gateway.quality(numbers)
        if lines is None:
            return [Unknown("共享平台的质量报告与所问的行对不上")] * len(tickets)
        return [
            judge(ticket, lines.get(number), waiting=number in waiting)
            for ticket, number in zip(tickets, numbers, strict=True)
        ]

    async def read_back(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        numbers = [parcel.key for parcel in parcels]
        key = read_key(self.setting["sm4_key"])
        waiting = await self._waiting(numbers)
        lines = await self._gateway.verification(numbers)
        if lines is None:
            return [Unknown("共享平台的校核结果与所问的行对不上")] * len(parcels)
        return [
            self._compared(parcel, lines.get(parcel.key), waiting=parcel.key in waiting, key=key) for parcel in parcels
        ]

    def preview(self, parcel: Parcel) -> Preview:
        """The whole row, its number in clear and without the hash, which is over the sealed one."""
        row = plain(parcel, catalogue=self._code(parcel.kind))
        return replace(super().preview(parcel), message=json.dumps(row, ensure_ascii=False, indent=1))

    async def check(self) -> None:
        """Looks into both tables, at both catalogue entries, and whether the platform has the same key."""
        key = read_key(self.setting["sm4_key"])
        await self._waiting(())
        for kind in TABLES:
            entry = await self._approved(kind)
            if entry.get("MYZW") not in (None, sm3(key).hex()[:8]):
                raise Misconfigured("sm4_key", "SM4密钥与共享平台登记的不同")

    def _compared(self, parcel: Parcel, line: Mapping[str, Any] | None, *, waiting: bool, key: bytes) -> Outcome:
        try:
            row = self._row(parcel)
        except Inexpressible:
            return Unknown("现有内容无法用共享平台的格式表达")
        return compare(parcel, row, line, waiting=waiting, key=key)

    def _row(self, parcel: Parcel) -> Row:
        """Raises Inexpressible, and Misconfigured for a key that is none."""
        key = read_key(self.setting["sm4_key"])
        return delta(parcel, catalogue=self._code(parcel.kind), key=key)

    def _code(self, kind: Kind) -> str:
        return self.setting["catalogue_resident" if kind is Kind.RESIDENT else "catalogue_housing"]

    async def _waiting(self, numbers: Sequence[str]) -> set[str]:
        """Which of these rows still stand in a delta table."""
        residents, housing = await self._tables.read(WAITING, numbers)
        return {*residents, *housing}

    async def _stop_if_left_there(self, rows: Mapping[Kind, Sequence[Row]]) -> None:
        """A row that stands there already may be of an entry that nobody has approved: then one alarm is enough.

        Raises Misconfigured.
        """
        waiting = await self._waiting([row["TONG_ID"] for of_kind in rows.values() for row in of_kind])
        for kind, of_kind in rows.items():
            if any(row["TONG_ID"] in waiting for row in of_kind):
                await self._approved(kind)

    async def _approved(self, kind: Kind) -> Mapping[str, Any]:
        """The catalogue entry of a kind. Raises Misconfigured where it is not approved."""
        entry = await self._gateway.catalogue(self._code(kind))
        if entry.get("ZT") != "1":
            raise Misconfigured(NOT_APPROVED, "目录未审批，拒绝归集")
        return entry
