"""What the lease filing system refuses: at the counter by form, at the window by the regulations."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from .sandbox_gate import Form

REASONS = {
    "BZ01": "补正:缺少出租人签字页",
    "BZ02": "补正:租赁期限超过20年",
    "TH01": "退回:厨房、卫生间、阳台、地下储藏室不得单独出租用于居住",
    "TH02": "退回:人均面积低于本市标准",
    "TH03": "退回:房屋被查封",
    "CF01": "该房屋存在有效备案",
    "4001": "参数错误",
    "4013": "附件超过5MB",
    "4015": "附件须为PDF或JPG",
    "4040": "没有这件备案",
    "5000": "系统繁忙",
}
PARTS = frozenset({"leaseSignature", "ownershipProof"})
LARGEST = 5 * 1024 * 1024
LONGEST_YEARS = 20
LEAST_AREA = 5.0
"""Square metres a person: the standard of the modelled city."""
SIGNED_ABOVE = 20_000.0
"""Yuan a month from which the window wants to see the page with the lessor's signature."""

_TEXT = {"lessor.name": 50, "lessor.idNo": 30, "lessee.name": 50, "lessee.idNo": 30}
_FORMS = {
    "requestId": r"[0-9A-Za-z]{1,64}",
    "fwbm": r"[0-9]{25}",
    "area": r"[0-9]{1,6}\.[0-9]{2}",
    "purpose": r"[1-59]",
    "rentType": r"[123]",
    "lessor.phone": r"[0-9-]{7,20}",
    "lessee.idType": r"[1-5]",
    "lessee.phone": r"[0-9-]{7,20}",
    "rent": r"[0-9]{1,8}\.[0-9]{2}",
}
_KNOWN = {*_TEXT, *_FORMS, "certNo", "startDate", "endDate", "persons"}


class SaidError(Exception):
    """A refusal: its code, and the field at fault where the counter knows it."""

    def __init__(self, code: str, field: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.field = field


def flat(document: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in document.items():
        found |= {f"{name}.{inner}": one for inner, one in value.items()} if isinstance(value, dict) else {name: value}
    return found


def check(form: Form) -> None:
    """The counter: form and files. Raises SaidError."""
    told = flat(form.document)
    if unknown := sorted(set(told) - _KNOWN):
        raise SaidError("4001", unknown[0])
    for name, pattern in _FORMS.items():
        if not re.fullmatch(pattern, _text(told, name)):
            raise SaidError("4001", name)
    for name, most in _TEXT.items():
        if not 0 < len(_text(told, name)) <= most:
            raise SaidError("4001", name)
    for name in ("startDate", "endDate"):
        _date(told, name)
    if type(told.get("persons")) is not int or not 0 <= told["persons"] < 1000:
        raise SaidError("4001", "persons")
    if _date(told, "endDate") <= _date(told, "startDate"):
        raise SaidError("4001", "endDate")
    for name, content in form.files.items():
        if name not in PARTS:
            raise SaidError("4001", name)
        if len(content) > LARGEST:
            raise SaidError("4013", name)
        if not content.startswith((b"%PDF-", b"\xff\xd8\xff")):
            raise SaidError("4015", name)


def reviewed(document: Mapping[str, Any], files: Mapping[str, Any], *, seized: bool) -> str:
    """The window: "" passes, else the code of what is lacking or forbidden."""
    told = flat(document)
    start, end = _date(told, "startDate"), _date(told, "endDate")
    if (end.year - start.year, end.month, end.day) > (LONGEST_YEARS, start.month, start.day):
        return "BZ02"
    if seized:
        return "TH03"
    if told["purpose"] == "1" and float(told["area"]) / max(told["persons"], 1) < LEAST_AREA:
        return "TH02"
    if float(told["rent"]) >= SIGNED_ABOVE and "leaseSignature" not in files:
        return "BZ01"
    return ""


def contract(document: Mapping[str, Any]) -> tuple[str, str]:
    """What makes two filings of one house the same contract: who rents, from when."""
    told = flat(document)
    return str(told["lessee.idNo"]), str(told["startDate"])


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _date(told: Mapping[str, Any], name: str) -> date:
    text = _text(told, name)
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # the 31st of February is refused like any other text
    raise SaidError("4001", name)
