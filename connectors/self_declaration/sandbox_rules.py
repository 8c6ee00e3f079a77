"""What the platform accepts of one declaration: its code tables and forms, from its interface document."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

REASONS = {
    0: "成功",
    40000: "参数错误",
    40010: "houseCode不存在",
    40021: "手机号格式错误",
    40031: "该入住信息已由业主申报",
    40032: "该人员存在未搬离记录",
    40051: "姓名长度不符(2-20)",
    40100: "验签失败",
    40400: "申报不存在",
    42900: "请求过于频繁",
    50000: "系统繁忙,请稍后再试",
    50001: "退回:业主反馈无此人居住",
}

DOCUMENTS = frozenset({"SFZ", "GAJZZ", "TWJZZ", "HZ", "YJJL", "HXZ", "TBZ", "CSZM", "OTHER"})
LIVING = frozenset({"OWN", "RENT", "DORM", "BORROW", "OTHER"})
LEAVING = frozenset({"LEAVE_CITY", "MOVE", "DEATH", "DUP", "OTHER"})
STAYING = frozenset(
    {"WORK", "FARM", "BUSINESS", "STUDY", "MARRY", "FAMILY", "MEDICAL", "RELATIVE", "TRANSFER", "OTHER"}
)
ENCRYPTED = frozenset({"lessorIdNo", "idNo", "mobile"})
FIELDS = frozenset(
    {
        "requestId", "houseCode", "lessorName", "lessorIdNo", "lessorMobile", "residentName", "idType", "idNo",
        "gender", "birthday", "nation", "mobile", "domicileCode", "domicileAddress", "liveType", "checkInDate",
        "checkOutDate", "leaveReason", "stayReason", "agentName",
    }
)  # fmt: skip
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

Told = dict[str, Any]


class Refusal(Exception):
    """A code of the table; `field`: the one to blame."""

    def __init__(self, code: int, field: str = "", *, retry_after: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.retry_after = retry_after


def is_leaving(told: Told) -> bool:
    """A declaration with a day of leaving is one of moving out (搬离)."""
    return "checkOutDate" in told


def check(told: Told) -> None:
    """Raises Refusal."""
    for name in told:
        if name not in FIELDS:
            raise Refusal(40000, name)
    _form(told, "requestId", r"[0-9A-Za-z-]{1,64}")
    _text(told, "agentName", 50)
    _room(told)
    _one_of(told, "idType", DOCUMENTS)
    number = _text(told, "idNo", 30)
    if told["idType"] == "SFZ" and not _is_card(number):
        raise Refusal(40000, "idNo")
    if is_leaving(told):
        _day(told, "checkOutDate")
        _one_of(told, "leaveReason", LEAVING)
    else:
        _check_in(told)


def _check_in(told: Told) -> None:
    _text(told, "lessorName", 50)
    _phone(told, "lessorMobile")
    if not 2 <= len(_text(told, "residentName", 200)) <= 20:
        raise Refusal(40051, "residentName")
    if type(told.get("gender")) is not int or told["gender"] not in (1, 2):
        raise Refusal(40000, "gender")
    _day(told, "birthday")
    _phone(told, "mobile")
    _form(told, "domicileCode", r"\d{6}")
    _text(told, "domicileAddress", 200)
    _one_of(told, "liveType", LIVING)
    _day(told, "checkInDate")
    _one_of(told, "stayReason", STAYING)
    if "nation" in told:
        _form(told, "nation", r"[一-鿿]{1,20}")
    if "lessorIdNo" in told:
        _text(told, "lessorIdNo", 30)
    if "leaveReason" in told:
        raise Refusal(40000, "leaveReason")


def _room(told: Told) -> None:
    # Every coded building and room of the city is known here; a building 0 or a room 0 is none.
    code = re.fullmatch(r"\d{12}(\d{7})(\d{6})", str(told.get("houseCode", "")))
    if code is None or not int(code[1]) or not int(code[2]):
        raise Refusal(40010, "houseCode")


def _text(told: Told, name: str, most: int) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise Refusal(40000, name)
    return value


def _form(told: Told, name: str, form: str) -> None:
    if not re.fullmatch(form, _text(told, name, 200)):
        raise Refusal(40000, name)


def _one_of(told: Told, name: str, words: frozenset[str]) -> None:
    if told.get(name) not in words:
        raise Refusal(40000, name)


def _phone(told: Told, name: str) -> None:
    if not re.fullmatch(r"1\d{10}", str(told.get(name, ""))):
        raise Refusal(40021, name)


def _day(told: Told, name: str) -> None:
    _form(told, name, r"\d{4}-\d\d-\d\d")
    try:
        date.fromisoformat(told[name])
    except ValueError:
        raise Refusal(40000, name) from None


def _is_card(number: str) -> bool:
    """GB 11643: the last character follows from the seventeen before it."""
    if not re.fullmatch(r"\d{17}[\dX]", number):
        return False
    remainder = sum(int(digit) * weight for digit, weight in zip(number, WEIGHTS, strict=False)) % 11
    return number[17] == "10X98765432"[remainder]
