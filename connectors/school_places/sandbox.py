"""The school place census of the education bureau: signed tables in, once a week a table of verdicts out.

Its season is not kept by the wall clock, or a demo in the autumn would stand still: the fault `window_closed` is its
end. For the same reason it collects for every census since 2024, unless a test says for which (`census`).
"""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import gmalg

from connectors.sandbox import Channel, Department
from connectors.sandbox.file_room import FileRoom
from connectors.sandbox.sftp import HONOURS, Site

from .sandbox_rules import BadFile, Row, judge, read

REASONS = {
    "01": "儿童身份证号重复",
    "02": "不在采集年龄段",
    "03": "监护人手机格式错误",
    "04": "租赁备案号无效",
    "05": "非采集窗口期",
    "90": "文件验签失败、无法打开或格式不符",
}
TAKEN, DUPLICATE, CLOSED, OF_THE_FILE = "00", "01", "05", "90"
NUMBER = "儿童身份证号"
FIRST_CENSUS = 2024

Verdict = tuple[str, str]
"""The child's number and the code."""


class SchoolCensus(Department):
    """Tables: `children` by their number; `void_filings`, where tests put lease filings that do not hold (any more)."""

    key = "XW"
    slug = "school_places"
    takes = (4 * 86_400.0, 7 * 86_400.0)
    honours = HONOURS

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.site = Site()
        self.census: int | None = None
        self._password = secrets.token_urlsafe(12)
        self._sign_key, self._public_key = gmalg.SM2().generate_keypair()

    def channel(self) -> Channel:
        return FileRoom(self, self.site, self.answer, marker=".sig", comes_back="_RET.csv")

    def settings(self) -> dict[str, str]:
        keys = {"zip_password": self._password, "sign_key": self._sign_key.hex().rjust(64, "0")}
        return {**self.site.settings(self.port), **keys}

    def reset(self) -> None:
        with self.site.lock:
            super().reset()
            self.census = None
            self.site.empty()

    def answer(self, batch: str) -> bytes:
        """The return for one file that came with its signature."""
        try:
            verdicts = self._work(read(self.site.up, batch, self._password, self._public_key))
        except BadFile:
            verdicts = [("", OF_THE_FILE)]
        return _return_file(self._as_told(verdicts))

    def _work(self, rows: Sequence[Row]) -> list[Verdict]:
        """Raises BadFile where the file is to be refused."""
        if self.faults.take("error_in_200"):
            raise BadFile
        taken = rows[: len(rows) // 2] if self.faults.take("half") else rows
        codes = [self.faults.scripted(row[NUMBER]) for row in taken]
        if OF_THE_FILE in codes:
            raise BadFile
        if self.faults.is_on("window_closed"):
            codes = [CLOSED] * len(taken)
        with self.store.together():
            return [(row[NUMBER], self._one(row, code)) for row, code in zip(taken, codes, strict=True)]

    def _one(self, row: Row, scripted: str | None) -> str:
        number = row[NUMBER]
        self.ledger.add(number, "report")
        years = [self.census] if self.census else range(FIRST_CENSUS, datetime.now(UTC).year + 1)
        code = scripted or judge(row, years)
        if not code and self.store.get("void_filings", row["租赁备案号"]) is not None:
            code = "04"
        if code:
            return code
        if self.store.get("children", number) == row or self.faults.take("duplicate"):
            return DUPLICATE
        if not self.faults.take("lose"):
            self.store.put("children", number, row)
            if self.faults.take("twice"):
                self.store.put("children", f"{number} (2)", row)
        return TAKEN

    def _as_told(self, verdicts: list[Verdict]) -> list[Verdict]:
        """What they write down of their verdicts on a bad day."""
        if self.faults.take("return_short"):
            verdicts = verdicts[:-1]
        if self.faults.take("return_shuffled"):
            verdicts = verdicts[::-1]
        if self.faults.take("return_foreign"):
            verdicts = [*verdicts, ("990101201806019999", TAKEN)]
        return verdicts


def _return_file(verdicts: Sequence[Verdict]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([NUMBER, "结果", "原因"])
    writer.writerows((number, code, REASONS.get(code, "")) for number, code in verdicts)
    return text.getvalue().encode("utf-8-sig")


DEPARTMENT = SchoolCensus
