"""The elder care system as the civil affairs bureau would write it: files on old people, and leads to be looked into.

A lead is taken at once; a care worker goes to the door, then the file is opened or the lead goes back. Keyed on the
document number: one person has one file, and one open lead.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from aiohttp import web
from lxml import etree

from connectors.sandbox import Channel, Department, HttpChannel

from .sandbox_gateway import DAY, Account, Gate, refusal

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
OURS = "urn:mzyl:oldperson"
SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).with_name("sandbox.xsd")))
ROOTS = {"saveOldPerson": "request", "queryOldPerson": "query"}
NEW, CHANGE, DIED, LEFT = "1", "2", "3", "4"
KEPT = "1"  # state of a file; one that is closed has the operation that closed it
REQUIRED = ("xb", "csrq", "hjqh", "xzqh", "jzdz", "lxdh", "jzzk")
OLD = 60
HOME_VISIT = 3 * DAY  # most visits; fifteen working days are the limit
CHINA = timezone(timedelta(hours=8))

MESSAGES = {
    "0000": "成功",
    "0001": "已受理,待养老专员上门核实",
    "0002": "查无记录",
    "E01": "未满60周岁",
    "E02": "该老年人已建档",
    "E03": "紧急联系人必填",
    "E04": "死亡日期早于出生日期",
    "E10": "退回:查无此人,请核实居住地址",
    "E99": "网关超时",
}
Person = Mapping[str, str]


class SaidError(Exception):
    """An answer other than a file: its code and what goes with it."""

    def __init__(self, code: str, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more


class FormatError(Exception):
    """The message is not what the interface document asks for; names the element."""


class ElderCareOffice(Department):
    """Holds `files` by document number and `leads` by their own number."""

    key = "MZYL"
    slug = "elder_care"
    takes = (1.0, 2.0)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.gate = Gate(DAY / self.hurry if self.own_time else DAY)
        self.account = Account()

    def channel(self) -> Channel:
        routes = [web.post("/auth/secret", self._exchange), web.post(f"/service/{self.gate.sid}", self._serve)]
        return HttpChannel(self, routes, error_in_200=lambda: _answer("saveOldPerson", _result("E99")))

    def settings(self) -> dict[str, str]:
        return {
            "url": f"http://127.0.0.1:{self.port}",
            "rid": self.gate.rid,
            "sid": self.gate.sid,
            "app_key": self.gate.app_key,
            "user": self.account.user,
            "password": self.account.password,
        }

    def reset(self) -> None:
        super().reset()
        self.gate.rest()

    async def _exchange(self, request: web.Request) -> web.Response:
        if self.faults.take("wrong_credentials"):
            return refusal(401, "40101", "签名校验失败")
        return self.gate.exchange(request)

    async def _serve(self, request: web.Request) -> web.Response:
        if self.faults.take("wrong_credentials"):
            return refusal(401, "40101", "签名校验失败")
        if refused := self.gate.refuses(request):
            return refused
        if self.faults.take("window_closed"):
            return refusal(503, "50301", "服务开放时间为08:00-22:00")
        try:
            envelope = _parsed(await request.read())
            (call,) = envelope.iterfind(f"{{{SOAP}}}Body/{{{OURS}}}*")
            operation = etree.QName(call).localname
            asked = _parsed((call.findtext("xml") or "").encode())
        except (etree.XMLSyntaxError, ValueError):
            return _fault("soap:Client", "报文不是约定的 XML")
        if not self.account.lets_in(envelope):
            return _fault("wsse:FailedAuthentication", "用户名或密码错误")
        try:
            with self.store.together():
                return _answer(operation, self._told(operation, asked))
        except FormatError as error:
            return _fault("soap:Client", str(error))

    def _told(self, operation: str, asked: etree._Element) -> str:
        """The result as XML. Raises FormatError."""
        if ROOTS.get(operation) != asked.tag:
            raise FormatError("方法与报文不符")
        try:
            SCHEMA.assertValid(asked)
        except etree.DocumentInvalid as error:
            raise FormatError(f"报文不符合格式:{str(error).split(':')[0]}") from error
        try:
            more = self._save(asked) if operation == "saveOldPerson" else self._query(asked)
            return _result("0000", **more)
        except SaidError as said:
            return _result(said.code, **said.more)

    def _save(self, asked: etree._Element) -> dict[str, Any]:
        serial, operation = asked.findtext("lsh") or "", asked.findtext("czlx") or ""
        person = {str(child.tag): child.text or "" for child in asked.iterfind("oldPerson/*")}
        document = person["sfzh"]
        self.ledger.add(serial, operation, sfzh=document)
        scripted = self.faults.scripted(document, serial)
        if scripted == "E10":
            raise SaidError("0001", slh=self._lead(serial, person, verdict="E10"))
        if scripted == "E02" or self.faults.take("duplicate"):
            raise SaidError("E02", lnrbh=self._file(serial, person))
        if scripted is not None:
            raise SaidError(scripted)
        if operation in (DIED, LEFT):
            return self._close(serial, operation, person)
        self._check(person)
        held = self.store.get("files", document)
        if held is None or held["zt"] != KEPT:
            raise SaidError("0001", slh=self._lead(serial, person))
        if operation == NEW:
            raise SaidError("E02", lnrbh=held["lnrbh"])
        return {"lnrbh": held["lnrbh"] if self.faults.take("lose") else self._file(serial, person)}

    def _check(self, person: Person) -> None:
        """Their rules beyond the schema. Raises SaidError or FormatError."""
        if missing := [name for name in REQUIRED if not person.get(name)]:
            raise FormatError(f"必填项为空:{missing[0]}")
        born = date.fromisoformat(person["csrq"])
        today = datetime.now(CHINA).date()
        if today.year - born.year - ((today.month, today.day) < (born.month, born.day)) < OLD:
            raise SaidError("E01")
        if not person.get("jjlxr") or not person.get("jjlxdh"):
            raise SaidError("E03")
        if person.get("swrq") and date.fromisoformat(person["swrq"]) < born:
            raise SaidError("E04")

    def _lead(self, serial: str, person: Person, *, verdict: str = "") -> str:
        """The open lead on this person with what was said last, or a new one."""
        leads = self.store.table("leads")
        ticket = next(
            (number for number, lead in leads.items() if lead["sfzh"] == person["sfzh"] and lead["open"]),
            f"SL{datetime.now(CHINA):%Y%m%d}{len(leads) + 1:06d}",
        )
        wait = HOME_VISIT / self.hurry if self.own_time else 0.0
        due = leads[ticket]["due"] if ticket in leads else time.time() + wait
        lead = {"sfzh": person["sfzh"], "lsh": serial, "open": True, "due": due, "verdict": verdict, "person": person}
        if not self.faults.take("lose"):
            self.store.put("leads", ticket, lead)
        return ticket

    def _file(self, serial: str, person: Person) -> str:
        document = person["sfzh"]
        held = self.store.get("files", document) or {}
        number = held.get("lnrbh") or f"LNR{person['hjqh']}{len(self.store.table('files')) + 1:08d}"
        kept = {**person, "lnrbh": number, "lsh": serial, "zt": KEPT}
        self.store.put("files", document, kept)
        if self.faults.take("twice"):
            self.store.put("files", f"{document}-2", kept)
        return str(number)

    def _close(self, serial: str, operation: str, person: Person) -> dict[str, Any]:
        held = self.store.get("files", person["sfzh"])
        for number, lead in self.store.table("leads").items():
            if lead["sfzh"] == person["sfzh"] and lead["open"]:
                self.store.put("leads", number, {**lead, "open": False, "verdict": "0002"})
        if held is None:
            raise SaidError("0002")
        died = person.get("swrq", "")
        if operation == DIED and (not died or died < held["csrq"]):
            raise SaidError("E04")
        if not self.faults.take("lose"):
            self.store.put("files", person["sfzh"], {**held, "lsh": serial, "swrq": died, "zt": operation})
        return {"lnrbh": held["lnrbh"]}

    def _query(self, asked: etree._Element) -> dict[str, Any]:
        ticket, document = asked.findtext("slh") or "", asked.findtext("sfzh") or ""
        self.ledger.add(ticket or document, "query")
        if ticket:
            return self._looked_into(ticket)
        leads = [number for number, lead in self.store.table("leads").items() if lead["sfzh"] == document]
        held = self.store.get("files", document)
        if held is not None:
            person = {name: value for name, value in held.items() if name not in ("lnrbh", "lsh", "zt")}
            return {"lnrbh": held["lnrbh"], "lsh": held["lsh"], "zt": held["zt"], "oldPerson": person}
        if not leads:
            raise SaidError("0002")
        return self._looked_into(leads[-1])

    def _looked_into(self, ticket: str) -> dict[str, Any]:
        lead = self.store.get("leads", ticket)
        if lead is None:
            raise SaidError("0002")
        if lead["open"] and time.time() < lead["due"]:
            raise SaidError("0001", slh=ticket, lsh=lead["lsh"])
        if lead["open"]:
            verdict = lead["verdict"] or "0000"
            number = self._file(lead["lsh"], lead["person"]) if verdict == "0000" else ""
            lead = {**lead, "open": False, "verdict": verdict, "lnrbh": number}
            self.store.put("leads", ticket, lead)
        if lead["verdict"] != "0000":
            raise SaidError(lead["verdict"], lsh=lead["lsh"])
        return {"slh": ticket, "lnrbh": lead["lnrbh"], "lsh": lead["lsh"]}


def _parsed(text: bytes) -> etree._Element:
    """Raises ValueError or etree.XMLSyntaxError."""
    root = etree.fromstring(text, etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True))
    if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]  # stubs
        raise ValueError("a document type, and entities with it, is never needed")
    return root


def _result(code: str, **more: Any) -> str:
    person = more.pop("oldPerson", {})
    said = {"code": code, "message": MESSAGES[code], **more}
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in person.items() if value)
    parts = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in said.items())
    return f"<result>{parts}{f'<oldPerson>{inner}</oldPerson>' if person else ''}</result>"


def _answer(operation: str, result: str) -> web.Response:
    inner = f"<return>{escape(result)}</return>"
    return _envelope(f'<n:{operation}Response xmlns:n="{OURS}">{inner}</n:{operation}Response>', status=200)


def _fault(code: str, reason: str) -> web.Response:
    text = f"<faultcode>{code}</faultcode><faultstring>{escape(reason)}</faultstring>"
    return _envelope(f"<soap:Fault>{text}</soap:Fault>", status=500)


def _envelope(body: str, *, status: int) -> web.Response:
    text = f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Body>{body}</soap:Body></soap:Envelope>'
    return web.Response(status=status, body=text.encode(), content_type="text/xml", charset="utf-8")


DEPARTMENT = ElderCareOffice
