"""The grid governance system as its department would write it: a signed gateway in front of a ledger of the grid.

Keyed on identityNum and houseCode: what comes again overwrites. A batch is taken whole or not at all. Field checks name
the record by its index, checks against the ledger (41003, 41004) happen in the database and name none.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from connectors.sandbox import Department, HttpChannel

REASONS = {
    "41000": "参数错误",
    "41001": "所属网格不能为空",
    "41002": "民族必须选择",
    "41003": "房屋编码不存在",
    "41004": "该身份证号已存在于其他网格",
    "41005": "联系手机只能输入1开头的11位数字",
    "48001": "接口无权限",
    "50000": "内部错误",
}

NATIONS = {f"{number:02}" for number in range(1, 57)} | {"97", "98"}
SEXES = {"1", "2"}
MARRIAGES = {"10", "20", "21", "22", "23", "30", "40", "90"}
PARTIES = {f"{number:02}" for number in range(1, 14)}
HAZARDS = {"00", "01", "02", "03", "04", "05", "99"}
STALE = 300
"""Seconds that a timestamp may be off."""


class RefusalError(Exception):
    """What goes back instead of the data. `index`: the record to blame, where the check knows it."""

    def __init__(self, code: str, detail: str = "", index: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.reason = REASONS.get(code, "业务校验不通过") + (f":{detail}" if detail else "")
        self.index = index


@dataclass(frozen=True)
class Book:
    """One of the two books: the name of its list, what it keys on, the number it gives, its check of a record."""

    table: str
    natural_key: str
    number: str
    prefix: str
    check: Callable[[dict[str, Any]], None]


def _check_person(person: dict[str, Any]) -> None:
    if not _text(person, "gridCode"):
        raise RefusalError("41001")
    if person.get("nation") not in NATIONS:
        raise RefusalError("41002")
    if not re.fullmatch(r"1\d{10}", _text(person, "contact")):
        raise RefusalError("41005")
    for name, most in (("identityNum", 30), ("personName", 50), ("residenceAddr", 80), ("registeredAddr", 80)):
        if not 0 < len(_text(person, name)) <= most:
            raise RefusalError("41000", name)
    for name, codes in (("personSex", SEXES), ("marriageFlag", MARRIAGES), ("partyFlag", PARTIES)):
        if person.get(name) not in codes:
            raise RefusalError("41000", name)
    for name, form in (
        ("dateBirth", r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"),
        ("educationBg", r"[1-9]\d"),
        ("vocationCode", r"[0-9A-Z]{5}"),
        ("nativeInfo", r"\d{6}"),
        ("registeredPlace", r"\d{6}"),
        ("residence", r"\d{6}"),
        ("gridCode", r"\d{15}"),
    ):
        if not re.fullmatch(form, _text(person, name)):
            raise RefusalError("41000", name)
    if "doorNo" in person and not 0 < len(_text(person, "doorNo")) <= 9:
        raise RefusalError("41000", "doorNo")


def _check_house(house: dict[str, Any]) -> None:
    if not _text(house, "gridCode"):
        raise RefusalError("41001")
    if not 0 < len(_text(house, "houseAddr")) <= 80:
        raise RefusalError("41000", "houseAddr")
    for name in ("homeownerMobile", "lesseeMobile"):
        if name in house and not re.fullmatch(r"1\d{10}", _text(house, name)):
            raise RefusalError("41005")
    if "hazardType" in house and house["hazardType"] not in HAZARDS:
        raise RefusalError("41000", "hazardType")
    if "rentPurpose" in house:
        for name in ("homeownerName", "homeownerMobile", "cardType", "cardNo", "hazardType"):
            if not _text(house, name):
                raise RefusalError("41000", name)


PERSONS = Book("persons", "identityNum", "personId", "P", _check_person)
HOUSES = Book("houses", "houseCode", "houseId", "H", _check_house)


class GridLedger(Department):
    """Holds `persons` by identityNum and `houses` by houseCode; `numbers` remembers what was ever given."""

    key = "WG"
    slug = "grid_governance"
    takes = (0.2, 0.8)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._paas_id = f"wg_{secrets.token_hex(4)}"
        self._token = secrets.token_urlsafe(24)
        self._nonces: dict[str, float] = {}

    def channel(self) -> HttpChannel:
        routes = []
        for folder, book in (("person", PERSONS), ("house", HOUSES)):
            routes.append(web.post(f"/wg/{folder}/save", self._answering(self._save, book)))
            routes.append(web.post(f"/wg/{folder}/cancel", self._answering(self._cancel, book)))
        return HttpChannel(self, routes, error_in_200=lambda: _envelope(RefusalError("50000")))

    def settings(self) -> dict[str, str]:
        return {"url": f"http://127.0.0.1:{self.port}/wg", "paas_id": self._paas_id, "token": self._token}

    def _answering(
        self, act: Callable[[Book, list[dict[str, Any]]], list[dict[str, Any]]], book: Book
    ) -> Callable[[web.Request], Any]:
        async def handler(request: web.Request) -> web.Response:
            try:
                self._verify(request)
                if self.faults.take("window_closed"):
                    raise RefusalError("50000")  # open round the clock; what is closed here is broken
                told = await _told(request, book)
                for record in told:
                    self.ledger.add(_text(record, book.natural_key), f"{book.table}:{act.__name__.strip('_')}")
                self._follow_script(book, told)
                with self.store.together():
                    return web.json_response({"errcode": 0, "errmsg": "ok", "data": act(book, told)})
            except RefusalError as refusal:
                return _envelope(refusal)

        return handler

    def _verify(self, request: web.Request) -> None:
        timestamp = request.headers.get("x-tif-timestamp", "")
        nonce = request.headers.get("x-tif-nonce", "")
        text = timestamp + self._token + nonce + timestamp
        wanted = hashlib.sha256(text.encode()).hexdigest()
        now = time.time()
        self._nonces = {used: at for used, at in self._nonces.items() if now - at < 2 * STALE}
        if (
            self.faults.take("wrong_credentials")
            or request.headers.get("x-tif-paasid") != self._paas_id
            or not hmac.compare_digest(request.headers.get("x-tif-signature", "").encode(), wanted.encode())
            or not timestamp.isdigit()
            or abs(now - int(timestamp)) > STALE
            or not nonce
            or nonce in self._nonces
        ):
            raise RefusalError("48001")
        self._nonces[nonce] = now

    def _follow_script(self, book: Book, told: list[dict[str, Any]]) -> None:
        for index, record in enumerate(told):
            code = self.faults.scripted(_text(record, "identityNum"), _text(record, "houseCode"))
            if code is not None:
                raise RefusalError(code, index=index if code in ("41000", "41001", "41002", "41005") else None)

    def _save(self, book: Book, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for index, record in enumerate(told):
            try:
                book.check(record)
            except RefusalError as refusal:
                refusal.index = index
                raise
        for record in told:
            self._check_against_ledger(book, record)
        existed, lost = self.faults.take("duplicate") is not None, self.faults.take("lose") is not None
        given = []
        for record in told:
            key = _text(record, book.natural_key)
            number = self._number(book, key)
            if not existed and not lost:
                self.store.put(book.table, key, {**record, book.number: number})
            given.append({book.natural_key: key, book.number: number, **({"existed": 1} if existed else {})})
        return given

    def _check_against_ledger(self, book: Book, record: dict[str, Any]) -> None:
        # Every coded building and room of the city is known here; a building 0 or a room 0 is none.
        code = re.fullmatch(r"\d{12}(\d{7})(\d{6})", _text(record, "houseCode"))
        if code is None or not int(code[1]) or not int(code[2]):
            raise RefusalError("41003")
        held = self.store.get(book.table, _text(record, book.natural_key))
        if book is PERSONS and held is not None and held["gridCode"] != record["gridCode"]:
            raise RefusalError("41004")

    def _cancel(self, book: Book, told: list[dict[str, Any]]) -> list[dict[str, Any]]:
        lost = self.faults.take("lose") is not None
        given = []
        for record in told:
            key = _text(record, book.natural_key)
            if not lost:
                self.store.remove(book.table, key)
            given.append({book.natural_key: key, book.number: self._number(book, key)})
        return given

    def _number(self, book: Book, key: str) -> str:
        """The number this person or house has had from the first day; cancelling does not free it."""
        given = self.store.get("numbers", key)
        if given is None:
            given = {"number": f"{book.prefix}{self.store.sizes().get('numbers', 0) + 1:010d}"}
            self.store.put("numbers", key, given)
        return str(given["number"])


async def _told(request: web.Request, book: Book) -> list[dict[str, Any]]:
    try:
        told = (await request.json())[book.table]
    except (ValueError, KeyError, TypeError) as error:
        raise RefusalError("41000", "报文") from error
    if not isinstance(told, list) or not all(isinstance(record, dict) for record in told):
        raise RefusalError("41000", "报文")
    if len(told) > 200:
        raise RefusalError("41000", "每次不超过200条")
    return told


def _text(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


def _envelope(refusal: RefusalError) -> web.Response:
    blamed = None if refusal.index is None else {"index": refusal.index}
    return web.json_response({"errcode": int(refusal.code), "errmsg": refusal.reason, "data": blamed})


DEPARTMENT = GridLedger
