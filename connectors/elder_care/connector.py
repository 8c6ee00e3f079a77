"""养老服务/高龄津贴系统: leads on old people over SOAP behind a gateway, one a call; asks what the home visit found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

from lxml import etree

from connectors.transport.http import Http
from connectors.transport.in_turn import Pace, in_turn
from connectors.transport.one_by_one import OneByOne
from connectors.transport.soap import Fault, Soap
from gridapp.contract import (
    Action,
    Capabilities,
    Connector,
    Inexpressible,
    Line,
    Outcome,
    Parcel,
    Preview,
    Rejected,
    Setting,
    Unavailable,
    Unknown,
)

from . import messages
from .gateway import Gateway
from .mapping import PROFILE, RESIDENT
from .messages import Reply, Unwritable
from .replies import judge, judge_fault, judge_held, judge_ticket

WSDL = Path(__file__).with_name("mzyl.wsdl")
ANSWER_WITHIN = 10.0
"""Seconds for one call; they answer in one."""
SPACING = 0.1
"""Seconds between two calls: they allow ten a second."""
_ENOUGH_TO_CLOSE = ("xm", "sfzh", "swrq")


class ElderCare(Connector):
    """A new person is a lead: accepted at once, on file when a care worker has been there (up to 15 working days)."""

    profile = PROFILE
    capabilities = Capabilities(
        batch=10,
        per_second=10.0,
        deadline=40.0,
        asynchronous=True,
        resend_safe=True,  # they key on the person: what comes again is E02, or has the ticket it had
        can_read_back=True,
        track_every=4 * 3600.0,  # somebody has to walk there: asking more often would be asking thousands of times
    )
    settings = (
        Setting("url", "网关地址", "Address of the gateway"),
        Setting("rid", "请求者标识(rid)", "Requester id (rid)"),
        Setting("sid", "服务标识(sid)", "Service id (sid)"),
        Setting("app_key", "应用密钥(appkey)", "Application key (appkey)", secret=True),
        Setting("user", "服务账号", "Account of the service"),
        Setting("password", "服务密码", "Password of the service", secret=True),
    )

    async def __aenter__(self) -> Self:
        setting, can = self.setting, self.capabilities
        self._http = Http(setting["url"], deadline=ANSWER_WITHIN)
        self._soap = Soap(
            WSDL, f"{setting['url'].strip().rstrip('/')}/service/{setting['sid']}", deadline=ANSWER_WITHIN
        )
        self._gateway = Gateway(self._http, rid=setting["rid"], sid=setting["sid"], app_key=setting["app_key"])
        self._pace = Pace(SPACING)
        # What is left of the deadline after the call that knocks and before the last one, each with its own secret.
        self._begin_within = can.deadline - 3 * ANSWER_WITHIN
        self._sender = OneByOne(self._deliver, concurrency=1, seconds=self._begin_within)
        await self._http.__aenter__()
        await self._soap.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._soap.__aexit__(*error)
        await self._http.__aexit__(*error)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        return await self._sender.send(parcels)

    async def track(self, tickets: Sequence[str]) -> Sequence[Outcome | None]:
        return await in_turn(tickets, self._ask_after, seconds=self._begin_within, otherwise=None)

    async def read_back(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        not_asked = Unknown("尚未查询")
        return await in_turn(parcels, self._look_up, seconds=self._begin_within, otherwise=not_asked)

    def preview(self, parcel: Parcel) -> Preview:
        person = _person(parcel)
        lines = tuple(Line(name, str(value)) for name, value in person.items() if value is not None)
        message = etree.fromstring(_request(parcel, person))
        etree.indent(message)
        return Preview(lines, etree.tostring(message, encoding="unicode"))

    async def check(self) -> None:
        """Asks for a ticket that nobody has: proves gateway, account and address, changes nothing."""
        await self._ask_after("000000")

    async def _deliver(self, parcel: Parcel) -> Outcome:
        try:
            return judge(await self._ask("saveOldPerson", _request(parcel, _person(parcel))))
        except Inexpressible as error:
            return Rejected("inexpressible", error.reason, (error.field,))
        except Fault as fault:
            return judge_fault(fault)

    async def _ask_after(self, ticket: str) -> Outcome | None:
        try:
            return judge_ticket(await self._ask("queryOldPerson", messages.question("slh", ticket)))
        except Fault as fault:
            return judge_fault(fault)

    async def _look_up(self, parcel: Parcel) -> Outcome:
        try:
            person = _person(parcel)
            reply = await self._ask("queryOldPerson", messages.question("sfzh", str(person["sfzh"])))
            return judge_held(reply, parcel.key, parcel.action, person)
        except Inexpressible:
            return Unknown("这份档案现在无法按对方格式写出")
        except Fault as fault:
            return judge_fault(fault)

    async def _ask(self, operation: str, text: str) -> Reply:
        try:
            return messages.read(await self._gateway.through(partial(self._call, operation, text)))
        except messages.Unreadable:
            raise Unavailable("对方的应答不是约定的报文", maybe_sent=True) from None

    async def _call(self, operation: str, text: str, headers: Mapping[str, str]) -> Any:
        await self._pace.turn()
        account = self.setting["user"], self.setting["password"]
        return await self._soap.call(operation, http_headers=headers, account=account, xml=etree.CDATA(text))


def _person(parcel: Parcel) -> dict[str, Any]:
    """The person in their words. Raises Inexpressible.

    To close, they want no more than who it is and when it was: a field that no longer fits must not keep a file open.
    """
    if parcel.action is not Action.CLOSE:
        return RESIDENT.content(parcel.fields)
    rows = (row for row in RESIDENT.content_rows if row.name in _ENOUGH_TO_CLOSE)
    return {row.name: row.value(parcel.fields) for row in rows}


def _request(parcel: Parcel, person: dict[str, Any]) -> str:
    """Raises Inexpressible."""
    ends = messages.DIED if person.get("swrq") else messages.LEFT
    operation = messages.OPERATIONS.get(parcel.action, ends)
    try:
        return messages.request(parcel.key, operation, parcel.reference, person)
    except Unwritable as error:
        source = next(row.source for row in RESIDENT.content_rows if row.name == error.column)
        raise Inexpressible(source, "含有报文不能携带的控制字符") from None
