"""居住登记系统: rows into the exchange table of the front machine, verdicts out of it when the police are through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from connectors.transport.exchange_table import ExchangeTables, Table
from gridapp.contract import (
    Action,
    Capabilities,
    Connector,
    Evidence,
    Inexpressible,
    Misconfigured,
    Outcome,
    Parcel,
    Rejected,
    Setting,
    Submitted,
)

from .mapping import PROFILE, RESIDENT
from .replies import BAD_SIGNATURE, judge, judge_refusal
from .signature import sign

UP = Table("T_JH_JZDJ_UP", "DSBM", (*(row.name for row in RESIDENT.rows), "QM"))
WAITING = Table("T_JH_JZDJ_UP", "DSBM", ("DSBM", "CLZT"))
DOWN = Table("T_JH_JZDJ_DOWN", "DSBM", ("DSBM", "CLZT", "CWDM", "CWXX", "SHZT", "RKBM", "DJBH", "QM"))
ANSWER_WITHIN = 10.0
"""Seconds for one transaction; a call takes two of them."""
THEIR_CLOCK = ZoneInfo("Asia/Shanghai")
OPERATIONS = {Action.CREATE: "A", Action.CHANGE: "U", Action.VERIFY: "U", Action.CLOSE: "D"}


class ResidenceRegistration(Connector):
    """`send` commits up to 500 rows at once and knows no verdict; `track` finds it by our own number of the row."""

    profile = PROFILE
    capabilities = Capabilities(
        batch=500,
        batch_is_one_call=True,
        per_day=20_000,
        deadline=2 * ANSWER_WITHIN,
        asynchronous=True,
        resend_safe=True,
        can_read_back=True,
        evidence=Evidence.RECEIPT,
        track_every=15.0,
    )
    settings = (
        Setting("host", "前置机地址", "Front machine, host"),
        Setting("port", "端口", "Port", default="5432"),
        Setting("database", "库名", "Database"),
        Setting("user", "账号", "Account"),
        Setting("password", "密码", "Password", secret=True),
        Setting("sslmode", "加密方式(sslmode)", "Encryption (sslmode)", default="prefer"),
        Setting("sign_secret", "行签名密钥", "Secret of the row signature", secret=True),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings)
        address = {name: self.setting[name] for name in ("host", "port", "user", "password", "sslmode")}
        self._tables = ExchangeTables({**address, "dbname": self.setting["database"]}, deadline=ANSWER_WITHIN)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        outcomes: dict[str, Outcome] = {}
        rows: list[dict[str, Any]] = []
        for parcel in parcels:
            try:
                rows.append(self._row(parcel))
            except Inexpressible as error:
                outcomes[parcel.key] = Rejected("inexpressible", error.reason, (error.field,))
        if rows:
            await self._stop_if_refused_before(rows)
            for row, refusal in zip(rows, await self._tables.put(UP, rows), strict=True):
                outcomes[row["DSBM"]] = Submitted(row["DSBM"]) if refusal is None else judge_refusal(refusal)
        return [outcomes[parcel.key] for parcel in parcels]

    async def track(self, tickets: Sequence[str]) -> Sequence[Outcome | None]:
        waiting, verdicts = await self._tables.read((WAITING, DOWN), tickets)
        return [judge(waiting.get(ticket), verdicts.get(ticket)) for ticket in tickets]

    async def read_back(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        found = await self.track([parcel.key for parcel in parcels])
        return [Submitted(parcel.key) if one is None else one for parcel, one in zip(parcels, found, strict=True)]

    async def check(self) -> None:
        """Looks for no rows in both tables: proves address, account and its rights to read."""
        await self._tables.read((WAITING, DOWN), ())

    def _row(self, parcel: Parcel) -> dict[str, Any]:
        """Raises Inexpressible."""
        row = {
            "DSBM": parcel.key,
            "CZLX": OPERATIONS[parcel.action],
            **RESIDENT.content(parcel.fields),
            "CJR": parcel.worker.id_number or parcel.worker.no,
            "CJSJ": f"{parcel.made_at.astimezone(THEIR_CLOCK):%Y%m%d%H%M%S}",
        }
        return {**row, "QM": sign(row, self.setting["sign_secret"])}

    async def _stop_if_refused_before(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """A row they refused for its signature is not put again with the same one. Raises Misconfigured."""
        (verdicts,) = await self._tables.read((DOWN,), [row["DSBM"] for row in rows])
        for row in rows:
            verdict = verdicts.get(row["DSBM"])
            if verdict is not None and verdict["CWDM"] == BAD_SIGNATURE and verdict["QM"] == row["QM"]:
                raise Misconfigured(BAD_SIGNATURE, verdict["CWXX"] or "签名校验失败")
