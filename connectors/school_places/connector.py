"""适龄儿童学位系统: a signed, encrypted CSV a week and sub-district over SFTP; verdicts row by row a week later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo

from connectors.transport.batch_files import BatchFiles, Line
from connectors.transport.files import Account, Files
from gridapp.contract import (
    Capabilities,
    Connector,
    Evidence,
    Inexpressible,
    NotYet,
    Outcome,
    Parcel,
    Preview,
    Rejected,
    Setting,
    Unknown,
)
from gridapp.contract import Line as Shown

from .mapping import PROFILE
from .sheets import CensusFiles, table, written

ANSWER_WITHIN = 30.0
"""Seconds that a visit may take until its files are there; as long again to read them back."""
A_WEEK = 7 * 86_400
READ_BACK = 200
"""Files, the newest first, that are looked into for records in doubt: a season of a dozen sub-districts."""
THEIR_CLOCK = ZoneInfo("Asia/Shanghai")


class SchoolPlaces(Connector):
    """Keyed on the child's number there: the same row sent twice is one child, and they say so (01)."""

    profile = PROFILE
    capabilities = Capabilities(
        batch=20_000,
        batch_is_one_call=True,
        per_second=1 / A_WEEK,
        deadline=3 * ANSWER_WITHIN,
        asynchronous=True,
        resend_safe=True,
        can_read_back=True,
        evidence=Evidence.RECEIPT,
        track_every=3600.0,
    )
    settings = (
        Setting("host", "文件服务器地址", "File server, host"),
        Setting("port", "端口", "Port", default="22"),
        Setting("user", "账号", "Account"),
        Setting("private_key", "登录私钥(OpenSSH)", "Private key to sign in with (OpenSSH)", secret=True),
        Setting("host_key", "对方主机公钥", "Public host key of the server"),
        Setting("zip_password", "压缩包密码", "Password of the zip files", secret=True),
        Setting("sign_key", "签名私钥(SM2)", "Private key of the signature (SM2)", secret=True),
        Setting("up", "上传目录", "Folder for uploads", default="/up"),
        Setting("down", "回执目录", "Folder for return files", default="/down"),
    )

    def __init__(self, settings: Mapping[str, str]) -> None:
        super().__init__(settings)
        account = Account(**{name: self.setting[name] for name in ("host", "port", "user", "host_key", "private_key")})
        secrets = (self.setting["zip_password"], self.setting["sign_key"])
        self._paper = CensusFiles(*secrets, up=self.setting["up"], down=self.setting["down"])
        self._batches = BatchFiles(Files(account, deadline=2 * ANSWER_WITHIN), self._paper)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        """A file for every sub-district. A child that is there twice goes with the next file."""
        outcomes: dict[str, Outcome] = {}
        lines: dict[str, Line] = {}
        groups: dict[str, dict[str, Line]] = {}
        for parcel in parcels:
            try:
                lines[parcel.key] = line = self._paper.line(parcel)
            except Inexpressible as error:
                outcomes[parcel.key] = Rejected("inexpressible", error.reason, (error.field,))
                continue
            group = groups.setdefault(f"{_prefix(parcel)}{_week(self.now())}_", {})
            if group.setdefault(line.key, line) is not line:
                outcomes[parcel.key] = NotYet("本批已有同一名儿童的另一条，下一批再报")
        if groups:
            said = await self._batches.send({series: list(group.values()) for series, group in groups.items()})
            outcomes = {key: said[line.key] for key, line in lines.items()} | outcomes
        return [outcomes[parcel.key] for parcel in parcels]

    async def track(self, tickets: Sequence[str]) -> Sequence[Outcome | None]:
        return await self._batches.track(tickets) if tickets else []

    async def read_back(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        """From this year's files: they have no question for one child, and every census begins anew."""
        outcomes: list[Outcome] = [Unknown("有对方系统不能表达的内容，无法核对")] * len(parcels)
        lines: dict[int, Line] = {}
        for place, parcel in enumerate(parcels):
            with suppress(Inexpressible):
                lines[place] = self._paper.line(parcel)
        prefixes = {f"{_prefix(parcels[place])}{_week(self.now())[:4]}" for place in lines}
        found, all_seen = await self._batches.find(list(lines.values()), prefixes, most=READ_BACK)
        absent = NotYet("今年的文件中没有这一条") if all_seen else Unknown("对方的文件过多，没有全部核对")
        for place, said in zip(lines, found, strict=True):
            outcomes[place] = said or absent
        return outcomes

    def preview(self, parcel: Parcel) -> Preview:
        row = written(parcel)
        return Preview(tuple(Shown(name, text) for name, text in row.items() if text), table([row]))

    async def check(self) -> None:
        """Looks into both folders: proves address, host key, account and paths."""
        await self._batches.check()

    def now(self) -> datetime:
        return datetime.now(THEIR_CLOCK)


def _prefix(parcel: Parcel) -> str:
    """A file is of one sub-district: the first nine digits of where the child lives."""
    return f"XW_{parcel.fields['housing.division_code'][:9]}_"


def _week(at: datetime) -> str:
    year, week, _ = at.isocalendar()
    return f"{year}W{week:02d}"
