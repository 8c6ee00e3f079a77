"""计生系统: encrypted XML files over SFTP, a few a day; the next morning a return file with a verdict a record."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from connectors.transport.batch_files import BatchFiles, Line
from connectors.transport.files import Account, Files
from gridapp.contract import (
    Capabilities,
    Connector,
    Evidence,
    Inexpressible,
    Misconfigured,
    NotYet,
    Outcome,
    Parcel,
    Preview,
    Rejected,
    Setting,
    Unknown,
)
from gridapp.contract import Line as Shown

from .mapping import PROFILE, RESIDENT
from .messages import PopulationFiles, document, record

ANSWER_WITHIN = 20.0
"""Seconds that a visit may take until its files are there; as long again to read them back."""
CUT_OFF = time(20)
"""Files that arrive later count for the next day."""
A_DAY = 13 * 3600
"""Seconds from their opening to the cut-off."""
FILES_A_DAY, MOST = 4, 5000
KEPT = timedelta(days=25)
"""Files and answers stay with them for 30 days; after this long nobody concludes anything from a file that is gone."""
READ_BACK = 40
"""Files, the newest first, that are looked into for records in doubt."""
THEIR_CLOCK = ZoneInfo("Asia/Shanghai")


class FamilyPlanning(Connector):
    """Keyed on LSH there, our key: a record that stands in two files is held once."""

    profile = PROFILE
    capabilities = Capabilities(
        batch=MOST,
        batch_is_one_call=True,
        per_second=FILES_A_DAY / A_DAY,
        per_day=FILES_A_DAY * MOST,
        deadline=3 * ANSWER_WITHIN,
        asynchronous=True,
        resend_safe=True,
        can_read_back=True,
        evidence=Evidence.RECEIPT,
        track_every=900.0,
    )
    settings = (
        Setting("host", "文件服务器地址", "File server, host"),
        Setting("port", "端口", "Port", default="22"),
        Setting("user", "账号", "Account"),
        Setting("private_key", "登录私钥(OpenSSH)", "Private key to sign in with (OpenSSH)", secret=True),
        Setting("host_key", "对方主机公钥", "Public host key of the server"),
        Setting("division", "区划代码(6位)", "Division, 6 digits"),
        Setting("file_key", "文件主密钥(32位十六进制)", "File key, 32 hex digits", secret=True),
        Setting("up", "上传目录", "Folder for uploads", default="/up"),
        Setting("down", "回执目录", "Folder for return files", default="/down"),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings)
        account = Account(**{name: self.setting[name] for name in ("host", "port", "user", "host_key", "private_key")})
        paper = PopulationFiles(self.setting["file_key"], up=self.setting["up"], down=self.setting["down"])
        self._batches = BatchFiles(Files(account, deadline=2 * ANSWER_WITHIN), paper)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        outcomes: dict[str, Outcome] = {}
        lines = []
        for parcel in parcels:
            try:
                lines.append(Line(parcel.key, parcel.key, record(parcel)))
            except Inexpressible as error:
                outcomes[parcel.key] = Rejected("inexpressible", error.reason, (error.field,))
        if lines:
            outcomes |= await self._batches.send({f"{self._prefix}{counts_for(self.now()):%Y%m%d}_": lines})
        return [outcomes[parcel.key] for parcel in parcels]

    async def track(self, tickets: Sequence[str]) -> Sequence[Outcome | None]:
        return await self._batches.track(tickets) if tickets else []

    async def read_back(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        """From the files themselves: they have no question for one person."""
        lines = [Line(parcel.key, parcel.key, {}) for parcel in parcels]
        found, all_seen = await self._batches.find(lines, [self._prefix], most=READ_BACK)
        absent = NotYet("对方现有的文件中没有这一条")
        unsure = Unknown("报送已久，对方的文件已不全")
        return [
            said or (absent if not one.reference or (all_seen and self._lately(one)) else unsure)
            for one, said in zip(parcels, found, strict=True)
        ]

    def preview(self, parcel: Parcel) -> Preview:
        row = record(parcel)
        lines = tuple(Shown(one.name, row[one.name]) for one in RESIDENT.rows if one.name in row)
        return Preview(lines, document([row], readable=True).decode())

    async def check(self) -> None:
        """Looks into both folders: proves address, host key, account and paths."""
        await self._batches.check()

    def now(self) -> datetime:
        return datetime.now(THEIR_CLOCK)

    @property
    def _prefix(self) -> str:
        if not re.fullmatch("[0-9]{6}", self.setting["division"]):
            raise Misconfigured("division", "区划代码应为6位数字")
        return f"QYRK_{self.setting['division']}_"

    def _lately(self, parcel: Parcel) -> bool:
        return self.now() - parcel.made_at < KEPT


def counts_for(at: datetime) -> date:
    """The day in the name of a file that is sent now, by their clock."""
    return at.date() + timedelta(days=1) if at.time() >= CUT_OFF else at.date()
