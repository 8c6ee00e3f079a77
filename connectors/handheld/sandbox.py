"""The handheld back end as its vendor wrote it in 2009: GBK packets, one line a record, one answer line for each.

Keyed on document number and housing code, for housing on the housing code. A record that is new to it (1, F1) and the
same as the one it holds is 重复提交; one that differs overwrites. At night its port is shut: fault `window_closed`.
A scripted code "-" leaves the answer line out.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from datetime import datetime
from typing import Any
from urllib.parse import unquote_to_bytes
from zoneinfo import ZoneInfo

from aiohttp import web

from connectors.sandbox import Department, HttpChannel

REASONS = {
    "10": "报文格式不正确",
    "11": "身份证号码输入不正确",
    "12": "姓名含非法字符",
    "21": "房屋编码不存在",
    "31": "所属网格必须为片组片格",
    "32": "权限越界,不能将数据导入到该网格下",
    "41": "重复提交",
    "99": "服务器维护中",
}

PEOPLES_LIST = (
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 "
    "柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 "
    "塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺 其他 外国血统中国籍人士"
)
PEOPLES = frozenset(PEOPLES_LIST.split())
DAY = r"(19|20)\d\d/([1-9]|1[0-2])/([1-9]|[12]\d|3[01])"
MOMENT = DAY + r" (\d|1\d|2[0-3]):[0-5]\d:[0-5]\d"
DANGERS = r"((0[0-5]|99)(,(0[0-5]|99))*)?"
PERSON_COLUMNS = (
    "CZ", "XM", "XB", "SFZH", "CSNY", "MZ", "WHCD", "HF", "DH", "HJ", "HJXZ", "FWBM", "RZRQ", "JZFS", "SY", "CZW",
    "YH", "SJ", "GH",
)  # fmt: skip
HOUSE_COLUMNS = ("CZ", "FWBM", "DZ", "FX", "CZW", "JS", "RS", "FD", "FDDH", "YH", "ZRS", "SJ", "GH")
PERSON_FORMS = {
    "XB": "男|女", "CSNY": DAY, "WHCD": "[1-4]?", "HF": "[1-4]?", "DH": r"[\d+ -]{3,20}", "HJ": ".+", "HJXZ": ".+",
    "RZRQ": DAY, "JZFS": "[12349]", "CZW": "[YN]", "YH": DANGERS, "SJ": MOMENT, "GH": r"\w+",
}  # fmt: skip
HOUSE_FORMS = {
    "DZ": ".+", "FX": "[12349]", "CZW": "[YN]", "JS": r"\d*", "RS": r"\d+", "FD": ".+", "FDDH": r"[\d+ -]{3,20}",
    "YH": DANGERS, "ZRS": "[YN]", "SJ": MOMENT, "GH": r"\w+",
}  # fmt: skip
NOT_CONTENT = {"CZ", "SJ", "GH"}
LOCAL_TIME = ZoneInfo("Asia/Shanghai")
PACE = 1.8
"""Seconds between packets of a device below which it sends 429; two by the book."""


class RefusalError(Exception):
    """The code one line earns."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class HandheldBackEnd(Department):
    """Holds `persons` by "number|housing code" and `houses` by housing code, with the worker's number and the time.

    `unbound`: worker numbers that no grid of theirs is bound to (32).
    """

    key = "PDA"
    slug = "handheld"
    takes = (0.5, 2.0)
    shuts_port = frozenset({"down", "window_closed"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.unbound: set[str] = set()
        self._device, self._worker, self._password = f"PDA{secrets.token_hex(3)}", "W0001", secrets.token_hex(8)
        self._last = 0.0

    def channel(self) -> HttpChannel:
        return HttpChannel(self, [web.post("/pda/up", self._receive)], error_in_200=lambda: _text("0|99|服务器维护中"))

    def settings(self) -> dict[str, str]:
        return {
            "url": f"http://127.0.0.1:{self.port}/pda/up",
            "device": self._device,
            "worker_no": self._worker,
            "password": self._password,
        }

    async def _receive(self, request: web.Request) -> web.Response:
        now = time.monotonic()
        if self.own_time and now - self._last < PACE:
            return web.Response(status=429, headers={"Retry-After": "2"})
        self._last = now
        name, _, value = (await request.read()).partition(b"=")
        packet = unquote_to_bytes(value)
        if name != b"packet" or len(packet) > 64 * 1024:
            return web.Response(status=400)
        head, *lines = packet.split(b"\r\n")
        if head.decode("gbk", errors="replace") != self._header() or self.faults.take("wrong_credentials"):
            return web.Response(status=403, text="设备未登记或口令错误", charset="gbk")
        if not lines:
            return _text("0|0|0")
        if len(lines) > 100:
            return _text("0|10|每包不超过100行")
        existed, lost = self.faults.take("duplicate") is not None, self.faults.take("lose") is not None
        answers = [self._answer(line, existed=existed, lost=lost) for line in lines]
        return _text("\r\n".join(f"{number}|{said}" for number, said in enumerate(answers, 1) if said))

    def _header(self) -> str:
        text = f"{self._password}{datetime.now(LOCAL_TIME):%Y%m%d}"
        return f"{self._device}|{self._worker}|{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}"

    def _answer(self, line: bytes, *, existed: bool, lost: bool) -> str:
        """`0|number` or `code|reason`; "" where it was scripted to forget the answer."""
        try:
            columns = line.decode("gbk").split("|")
        except UnicodeDecodeError:
            return f"12|{REASONS['12']}"
        house = columns[0].startswith("F")
        names = HOUSE_COLUMNS if house else PERSON_COLUMNS
        record = dict(zip(names, columns, strict=False))
        key = record.get("FWBM", "") if house else f"{record.get('SFZH', '')}|{record.get('FWBM', '')}"
        self.ledger.add(key, columns[0])
        scripted = self.faults.scripted(record.get("SFZH", ""), record.get("FWBM", ""))
        try:
            if len(columns) != len(names):
                raise RefusalError("10")
            if scripted and scripted != "-":
                raise RefusalError(scripted)
            if existed:
                raise RefusalError("41")
            self._check(record, house=house)
            number = self._write("houses" if house else "persons", key, record, lost=lost)
        except RefusalError as refusal:
            return f"{refusal.code}|{REASONS.get(refusal.code, '其他错误')}"
        return "" if scripted else f"0|{number}"

    def _check(self, record: dict[str, str], *, house: bool) -> None:
        operation = record["CZ"].removeprefix("F")
        if operation not in ("1", "2", "3", "4"):
            raise RefusalError("10")
        if not house and not _is_document_number(record["SFZH"]):
            raise RefusalError("11")
        if not house and not re.fullmatch(r"[^\W\d_][^\d_|]*", record["XM"]):
            raise RefusalError("12")
        code = re.fullmatch(r"\d{9}(\d{3})(\d{7})(\d{6})", record["FWBM"])
        if code is None or not int(code[2]) or not int(code[3]):
            raise RefusalError("21")
        if not int(code[1]):
            raise RefusalError("31")  # a flat of the sub-district itself: no leaf of the tree of grids
        if record["GH"] in self.unbound:
            raise RefusalError("32")
        if operation == "3":
            return  # who is cancelled is looked up by the key, the other columns are not read
        forms = HOUSE_FORMS if house else PERSON_FORMS
        if any(not re.fullmatch(form, record[name]) for name, form in forms.items()):
            raise RefusalError("10")
        if not house and (record["MZ"] not in PEOPLES or not _born_on(record)):
            raise RefusalError("10" if record["MZ"] not in PEOPLES else "11")
        longest = {"DZ": 100} if house else {"HJXZ": 60}
        if any(len(record[name].encode("gbk")) > most for name, most in longest.items()):
            raise RefusalError("10")

    def _write(self, table: str, key: str, record: dict[str, str], *, lost: bool) -> str:
        """The record number: 16 digits, the same for the same key for ever."""
        operation = record["CZ"].removeprefix("F")
        with self.store.together():
            held = self.store.get(table, key)
            given = self.store.get("numbers", key) or {"number": f"{self.store.sizes().get('numbers', 0) + 1:016d}"}
            if operation == "3" and held is None:
                raise RefusalError("41")
            if operation == "1" and held is not None and _content(held) == _content(record):
                raise RefusalError("41")
            self.store.put("numbers", key, given)
            if operation == "3" and not lost:
                self.store.remove(table, key)
            elif not lost:
                self.store.put(table, key, {**record, "JLH": given["number"]})
        return str(given["number"])


def _content(record: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in record.items() if name not in NOT_CONTENT | {"JLH"}}


def _is_document_number(number: str) -> bool:
    """15 digits, or 18 with the check character of GB 11643."""
    if re.fullmatch(r"\d{15}", number):
        return True
    if not re.fullmatch(r"\d{17}[\dX]", number):
        return False
    weights = [2 ** (17 - place) % 11 for place in range(17)]
    total = sum(weight * int(digit) for weight, digit in zip(weights, number, strict=False))
    return "10X98765432"[total % 11] == number[17]


def _born_on(record: dict[str, str]) -> bool:
    """The day of birth in the number and in its own column are the same."""
    year, month, day = record["CSNY"].split("/")
    number = record["SFZH"]
    return (
        number[6 : -4 if len(number) == 18 else -3] == f"{year if len(number) == 18 else year[2:]}{month:0>2}{day:0>2}"
    )


def _text(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/plain", charset="gbk")


DEPARTMENT = HandheldBackEnd
