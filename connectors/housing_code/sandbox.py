"""The housing code office as its interface document describes it: an old .asmx service over a register of addresses.

Buildings of the test division are known and coded at once; for others a clerk looks at the map first (受理号, CXBM).
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from aiohttp import web
from lxml import etree

from connectors.sandbox import Channel, Department, HttpChannel

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
OURS = "http://tempuri.org/"
OPERATIONS = {"SQFWBM": "SQ", "BGFWBM": "BG", "ZXFWBM": "ZX", "CXBM": "CX"}
SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).with_name("sandbox.xsd")))

MESSAGES = {
    "0000": "成功",
    "0001": "已受理,待核图",
    "0004": "受理号不存在",
    "E101": "该地址已存在编码,请勿重复申请",
    "E102": "楼栋不存在,请先报楼栋信息",
    "E103": "房号格式不符合编码规则",
    "E104": "社区编码与坐标位置不符",
    "E201": "楼层超出楼栋最大层数",
    "E301": "已拆除楼栋不得新增房屋",
    "S999": "系统繁忙,请稍后再试",
}
KNOWN = re.compile(r"990101[0-9]{13}")
ROOM = re.compile(r"[0-9A-Z-]{1,20}")
HIGHEST = 60
PER_SECOND = 10
MAP_CHECK = 2 * 3600.0  # of office time, once it is on the clerk's table


class Refused(Exception):
    """An answer other than success: its code and the codes that go with it."""

    def __init__(self, code: str, **more: str) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


class HousingCodeOffice(Department):
    key = "FWBM"
    slug = "housing_code"
    takes = (0.8, 3.0)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._app_id, self._password = f"wg{secrets.token_hex(3)}", secrets.token_urlsafe(12)
        self._tokens, self._filled_at = float(PER_SECOND), time.monotonic()

    def channel(self) -> Channel:
        routes = [web.post("/FwbmService.asmx", self._serve)]
        return HttpChannel(self, routes, error_in_200=lambda: _answer("SQFWBM", _result("S999")))

    def settings(self) -> dict[str, str]:
        url = f"http://127.0.0.1:{self.port}/FwbmService.asmx"
        return {"url": url, "app_id": self._app_id, "password": self._password}

    def reset(self) -> None:
        super().reset()
        self._tokens = float(PER_SECOND)

    async def _serve(self, request: web.Request) -> web.Response:
        try:
            envelope = _parsed(await request.read())
            (call,) = envelope.iterfind(f"{{{SOAP}}}Body/{{{OURS}}}*")
            operation = etree.QName(call).localname
            asked = _parsed((call.findtext(f"{{{OURS}}}xml") or "").encode())
        except (etree.XMLSyntaxError, ValueError):
            return _fault("Client", "报文不是约定的 XML")
        if request.headers.get("SOAPAction") != f'"{OURS}{operation}"' or OPERATIONS.get(operation) != asked.tag:
            return _fault("Client", f"SOAPAction 与报文不符:{operation}")
        if not self._lets_in(envelope) or self.faults.take("wrong_credentials"):
            return _fault("Client.Authentication", "appId 或密码错误")
        try:
            SCHEMA.assertValid(asked)
        except etree.DocumentInvalid as error:
            return _fault("Client", f"报文不符合格式:{str(error).split(':')[0]}")
        self.ledger.add(asked.findtext("LSH") or asked.findtext("SLH") or "", operation)
        if self._too_fast() or self.faults.take("window_closed"):
            return _answer(operation, _result("S999"))
        with self.store.together():
            try:
                return _answer(operation, _result("0000", **self._answer(operation, asked)))
            except Refused as refused:
                return _answer(operation, _result(refused.code, **refused.more))

    def _lets_in(self, envelope: etree._Element) -> bool:
        at = f"{{{SOAP}}}Header/{{{OURS}}}Security/{{{OURS}}}"
        return (envelope.findtext(f"{at}appId"), envelope.findtext(f"{at}password")) == (self._app_id, self._password)

    def _too_fast(self) -> bool:
        now = time.monotonic()
        self._tokens = min(PER_SECOND, self._tokens + (now - self._filled_at) * PER_SECOND)
        self._filled_at = now
        self._tokens -= 1
        if self._tokens < 0:
            self._tokens = 0
            return True
        return False

    def _answer(self, operation: str, asked: etree._Element) -> dict[str, str]:
        """What goes with 0000. Raises Refused."""
        if operation == "CXBM":
            return self._looked_at(asked.findtext("SLH") or "")
        serial, code = asked.findtext("LSH") or "", asked.findtext("FWBM") or ""
        if operation == "ZXFWBM":
            return self._cancel(serial, code)
        housing = {child.tag: child.text or "" for child in asked.iterfind("FW/*")}
        scripted = self.faults.scripted(serial, code, housing["FH"], housing["LDBM"])
        if scripted == "E101" or self.faults.take("duplicate"):
            raise Refused("E101", **self._codes(self._enter(serial, housing)))
        if scripted is not None:
            raise Refused(scripted)
        _check(housing)
        if operation == "BGFWBM":
            return self._change(serial, code, housing)
        return self._apply(serial, housing)

    def _apply(self, serial: str, housing: Mapping[str, str]) -> dict[str, str]:
        building = housing["LDBM"]
        held = self.store.get("addresses", _place(housing))
        if held is not None and held["FWBM"]:
            raise Refused("E101", **self._codes(held["FWBM"]))
        if held is not None:
            raise Refused("0001", SLH=held["SLH"])
        if self.store.get("demolished", building) is not None:
            raise Refused("E301")
        if not KNOWN.fullmatch(building):
            raise Refused("0001", SLH=self._lay_on_the_table(serial, housing))
        if self.faults.take("lose"):
            return {"FWBM": f"{building}{999:06d}", "LDBM": building, "BZDZ": _address(housing)}
        return self._codes(self._enter(serial, housing))

    def _change(self, serial: str, code: str, housing: Mapping[str, str]) -> dict[str, str]:
        held = self.store.get("addresses", _place(housing))
        if held is not None and held["FWBM"] != code:
            raise Refused("E101", **self._codes(held["FWBM"]))
        before = self.store.get("codes", code)
        if before is not None:
            self.store.remove("addresses", before["place"])
        self._keep(serial, code, housing)
        return self._codes(code)

    def _cancel(self, serial: str, code: str) -> dict[str, str]:
        held = self.store.get("codes", code)
        if held is not None:
            self.store.put("codes", code, {**held, "LSH": serial, "ZT": "9"})
            self.store.remove("addresses", held["place"])
        return {"FWBM": code, "LDBM": code[:19]}

    def _lay_on_the_table(self, serial: str, housing: Mapping[str, str]) -> str:
        ticket = f"SL{len(self.store.table('applications')) + 1:08d}"
        wait = MAP_CHECK / self.hurry if self.own_time else 0.0
        self.store.put("applications", ticket, {"LSH": serial, "FW": dict(housing), "due": time.time() + wait})
        self.store.put("addresses", _place(housing), {"FWBM": "", "SLH": ticket})
        return ticket

    def _looked_at(self, ticket: str) -> dict[str, str]:
        application = self.store.get("applications", ticket)
        if application is None:
            raise Refused("0004")
        if time.time() < application["due"]:
            raise Refused("0001", SLH=ticket)
        housing = application["FW"]
        held = self.store.get("addresses", _place(housing)) or {"FWBM": ""}
        if not held["FWBM"]:
            number = len(self.store.table("applications")) + 9_000_000
            building = housing["LDBM"] or f"{housing['SQBM']}{number:07d}"
            held = {"FWBM": self._enter(application["LSH"], {**housing, "LDBM": building}, at=_place(housing))}
        return self._codes(held["FWBM"])

    def _enter(self, serial: str, housing: Mapping[str, str], *, at: str = "") -> str:
        """The code of the address or a new one: the room's number, else the next free one of its building."""
        held = self.store.get("addresses", at or _place(housing))
        if held is not None and held["FWBM"]:
            return str(held["FWBM"])
        building = housing["LDBM"] or f"{housing['SQBM']}9000000"
        room = housing["FH"] if housing["FH"].isdigit() and len(housing["FH"]) <= 6 else "900001"
        number = int(room)
        while self.store.get("codes", f"{building}{number:06d}") is not None:
            number = max(number + 1, 900_001)
        self._keep(serial, f"{building}{number:06d}", housing, at=at)
        return f"{building}{number:06d}"

    def _keep(self, serial: str, code: str, housing: Mapping[str, str], *, at: str = "") -> None:
        place = at or _place(housing)
        self.store.put("codes", code, {**housing, "LSH": serial, "BZDZ": _address(housing), "place": place})
        self.store.put("addresses", place, {"FWBM": code})

    def _codes(self, code: str) -> dict[str, str]:
        held = self.store.get("codes", code) or {"BZDZ": ""}
        return {"FWBM": code, "LDBM": code[:19], "BZDZ": held["BZDZ"]}


def _check(housing: Mapping[str, str]) -> None:
    """Their rules beyond the schema. Raises Refused."""
    community, building, storey = housing["SQBM"], housing["LDBM"], housing["LC"]
    if not ROOM.fullmatch(housing["FH"]):
        raise Refused("E103")
    in_china = 73 < float(housing["X"]) < 136 and 3 < float(housing["Y"]) < 54
    if housing["WGBM"][:12] != community or (building and building[:12] != community) or not in_china:
        raise Refused("E104")
    if storey.isdigit() and int(storey) > HIGHEST:
        raise Refused("E201")


def _address(housing: Mapping[str, str]) -> str:
    """Their standard address text."""
    return "".join(housing[level] for level in ("JLX", "MPH", "JZWMC", "LDH", "DYH", "FH")) + "室"


def _place(housing: Mapping[str, str]) -> str:
    """What makes two applications the same: the address within its community, and the building where it has a code."""
    return f"{housing['SQBM']}/{housing['LDBM']}/{_address(housing)}"


def _parsed(text: bytes) -> etree._Element:
    """Raises ValueError or etree.XMLSyntaxError."""
    root = etree.fromstring(text, etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True))
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # stubs
        raise ValueError("no message of theirs has a document type; the schema cannot judge an unresolved entity")
    return root


def _result(code: str, **more: str) -> str:
    said = {"CODE": code, "MSG": MESSAGES[code], "FWBM": "", "LDBM": "", "BZDZ": "", "SLH": "", **more}
    return "<RESULT>" + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in said.items()) + "</RESULT>"


def _answer(operation: str, result: str) -> web.Response:
    inner = f"<{operation}Result><![CDATA[{result}]]></{operation}Result>"
    return _envelope(f'<{operation}Response xmlns="{OURS}">{inner}</{operation}Response>', status=200)


def _fault(code: str, reason: str) -> web.Response:
    text = f"<faultcode>soap:{code}</faultcode><faultstring>{escape(reason)}</faultstring>"
    return _envelope(f"<soap:Fault>{text}</soap:Fault>", status=500)


def _envelope(body: str, *, status: int) -> web.Response:
    text = f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Body>{body}</soap:Body></soap:Envelope>'
    return web.Response(
        status=status,
        body=f'<?xml version="1.0" encoding="utf-8"?>{text}'.encode(),
        content_type="text/xml",
        charset="utf-8",
    )


DEPARTMENT = HousingCodeOffice
