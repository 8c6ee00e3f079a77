"""The population register of the health commission: files in at the counter, verdicts out the next morning.

Its hours, its cut-off and the freeze on the 1st are not kept by the wall clock, or a demo in the evening would stand
still: the fault `window_closed` closes the counter and stops the clerk.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from lxml import etree

from connectors.sandbox import Channel, Department
from connectors.sandbox.file_room import FileRoom
from connectors.sandbox.sftp import HONOURS, Site

from .sandbox_rules import DISTRICT, BadFile, Record, judge, read

REASONS = {
    "R01": "身份证号码与出生日期不符",
    "R02": "婚姻状况必填",
    "R03": "户籍地区划代码已撤销",
    "R04": "库中已存在有效记录(他区)",
    "R05": "母亲信息缺失",
    "R09": "文件校验失败/记录数不符",
}
OF_THE_FILE = "R09"

Verdict = dict[str, str]


class PopulationRegister(Department):
    """Tables: `residents` by number (SFZH); `other_districts`, where tests put whom another district holds."""

    key = "JS"
    slug = "family_planning"
    takes = (12 * 3600.0, 24 * 3600.0)
    honours = HONOURS | {"window_closed"}

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.site = Site()
        self._file_key = secrets.token_bytes(16)
        self._serial = 0

    def channel(self) -> Channel:
        return FileRoom(self, self.site, self.answer, marker=".ok", comes_back="_RET.xml", closes=True)

    def settings(self) -> dict[str, str]:
        return {**self.site.settings(self.port), "division": DISTRICT, "file_key": self._file_key.hex()}

    def reset(self) -> None:
        with self.site.lock:
            super().reset()
            self.site.empty()

    def answer(self, batch: str) -> bytes:
        """The return file for one that came with its marker."""
        try:
            records = read(self.site.up, batch, self._file_key)
            verdicts = self._work(records)
        except BadFile:
            return _written(etree.Element("RET", WJM=batch, JLS="0", JG=OF_THE_FILE, YY=REASONS[OF_THE_FILE]))
        return _return_file(batch, self._as_told(verdicts))

    def _work(self, records: Sequence[Record]) -> list[Verdict]:
        """Raises BadFile where the file is to be refused for one of its records."""
        if self.faults.take("error_in_200"):
            raise BadFile
        taken = records[: len(records) // 2] if self.faults.take("half") else records
        codes = [self.faults.scripted(record["SFZH"], record["LSH"]) for record in taken]
        if OF_THE_FILE in codes:
            raise BadFile
        with self.store.together():
            return [self._one(record, code) for record, code in zip(taken, codes, strict=True)]

    def _one(self, record: Record, scripted: str | None) -> Verdict:
        self.ledger.add(record["LSH"], record["CZLX"])
        code = scripted or judge(record) or self._judge_place(record)
        if code:
            return {"LSH": record["LSH"], "JG": code, "YY": REASONS.get(code, "")}
        return {"LSH": record["LSH"], "JG": "0", "QYRKBM": self._keep(record)}

    def _judge_place(self, record: Record) -> str:
        """R04: somebody else holds this number, elsewhere or, as with twins under their mother's, here."""
        held = self.store.get("residents", record["SFZH"])
        another = (
            held is not None and record["CZLX"] == "1" and held["CSRQ"] + held["XM"] != record["CSRQ"] + record["XM"]
        )
        return "R04" if another or self.store.get("other_districts", record["SFZH"]) is not None else ""

    def _keep(self, record: Record) -> str:
        """Their number for the person, "" for one they never had."""
        number = record["SFZH"]
        held = self._held(record)
        if record["CZLX"] == "3":
            if held is not None:
                self.store.remove("residents", held["SFZH"])
            return held["QYRKBM"] if held is not None else ""
        if held is None:
            self._serial += 1
        code = held["QYRKBM"] if held is not None else f"QY{self._serial:016d}"
        if not self.faults.take("lose") and not self.faults.take("duplicate"):
            if held is not None and held["SFZH"] != number:  # a child that has got a number of its own
                self.store.remove("residents", held["SFZH"])
            self.store.put("residents", number, {**record, "QYRKBM": code})
            if self.faults.take("twice"):
                self.store.put("residents", f"{number} (2)", {**record, "QYRKBM": code})
        return code

    def _held(self, record: Record) -> dict[str, Any] | None:
        """By the document number, else by their own number where it is told."""
        held = self.store.get("residents", record["SFZH"])
        told = record.get("QYRKBM")
        if held is not None or not told:
            return held
        return next((one for one in self.store.table("residents").values() if one["QYRKBM"] == told), None)

    def _as_told(self, verdicts: list[Verdict]) -> list[Verdict]:
        """What they write down of their verdicts on a bad day."""
        if self.faults.take("return_short"):
            verdicts = verdicts[:-1]
        if self.faults.take("return_shuffled"):
            verdicts = verdicts[::-1]
        if self.faults.take("return_foreign"):
            verdicts = [*verdicts, {"LSH": secrets.token_hex(16), "JG": "0", "QYRKBM": f"QY{0:016d}"}]
        return verdicts


def _return_file(batch: str, verdicts: Sequence[Verdict]) -> bytes:
    root = etree.Element("RET", WJM=batch, JLS=str(len(verdicts)))
    for verdict in verdicts:
        rec = etree.SubElement(root, "REC")
        for name, text in verdict.items():
            etree.SubElement(rec, name).text = text
    return _written(root)


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


DEPARTMENT = PopulationRegister
