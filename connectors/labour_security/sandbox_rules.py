"""What the labour department's own programme refuses, field by field, before it looks into its register."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

REASONS = {
    "100": "参数错误",
    "101": "单位统一社会信用代码不存在",
    "102": "单位名称与统一社会信用代码不一致",
    "103": "未满16周岁",
    "104": "该人员已在其他单位就业登记",
    "105": "居住登记编号无效",
    "201": "月结期间暂停受理",
    "301": "token失效",
    "302": "appId或secret错误",
    "303": "报文解密或校验失败",
    "999": "系统繁忙，请稍后再试",
}
PEOPLES_LIST = (
    "汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 "
    "柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 "
    "塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺"
)
PEOPLES = frozenset(f"{name}族" for name in PEOPLES_LIST.split()) | {"其他", "外国血统中国籍人士"}
FORMS = {
    "BAZ001": r"\w{8,64}",
    "AAC058": "01|02|03|04|05|90",
    "AAC147": r"[0-9A-Z()（）-]{5,30}",
    "AAC003": r".{1,50}",
    "AAC004": "[MF]",
    "AAC006": r"\d{4}-\d\d-\d\d",
    "AAC009": "10|20",
    "AAE005": r"[\d+ -]{3,20}",
    "AAC301": r"\d{6}",
    "AAB004": r".{1,100}",
    "AAE006": r".{1,200}",
}
MAY_LACK = {"AAC011": "11|14|21|31|41|61|71|81|90", "ACA112": r".{1,50}", "AAC001": r"\d{12}"}
KEYS = ("BAZ001", "AAC058", "AAC147")
OWN_CITY = "9901"
CREDIT_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The characters of GB 32100 in the order of their values."""


class RefusalError(Exception):
    """The code that goes back, with what belongs to it."""

    def __init__(self, code: str, detail: str = "", **told: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = REASONS.get(code, "其他错误") + (f":{detail}" if detail else "")
        self.told = told


def text(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


def check_keys(record: dict[str, Any]) -> None:
    for name in KEYS:
        _fits(record, name, FORMS[name])


def check(record: dict[str, Any], *, is_void: Callable[[str], bool]) -> None:
    """Everything that can be said of an employment by itself. `is_void`: of a residence registration. Raises."""
    for name, form in FORMS.items():
        _fits(record, name, form)
    for name, form in MAY_LACK.items():
        if name in record:
            _fits(record, name, form)
    if text(record, "AAC005") not in PEOPLES:
        raise RefusalError("100", "AAC005")
    if not is_credit_code(text(record, "AAB003")):
        raise RefusalError("101")
    try:
        born = date.fromisoformat(text(record, "AAC006"))
    except ValueError:
        raise RefusalError("100", "AAC006") from None
    if record["AAC058"] == "01" and text(record, "AAC147")[6:14] != f"{born:%Y%m%d}":
        raise RefusalError("100", "AAC006")
    if _years(born) < 16:
        raise RefusalError("103")
    _check_registration(record, is_void)


def _check_registration(record: dict[str, Any], is_void: Callable[[str], bool]) -> None:
    registration = text(record, "AAC161")
    from_elsewhere = record["AAC058"] == "01" and not text(record, "AAC301").startswith(OWN_CITY)
    if not registration and not from_elsewhere:
        return
    if not re.fullmatch(r"\d{20}", registration) or is_void(registration):
        raise RefusalError("105")


def is_credit_code(code: str) -> bool:
    """The check character of GB 32100."""
    if len(code) != 18 or any(character not in CREDIT_CODE for character in code):
        return False
    total = sum(CREDIT_CODE.index(character) * pow(3, place, 31) for place, character in enumerate(code[:17]))
    return CREDIT_CODE[-total % 31] == code[17]


def _fits(record: dict[str, Any], name: str, form: str) -> None:
    if not re.fullmatch(form, text(record, name)):
        raise RefusalError("100", name)


def _years(born: date) -> int:
    today = (datetime.now(UTC) + timedelta(hours=8)).date()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
