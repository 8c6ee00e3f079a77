"""自主申报平台: up to 50 declarations a call, each answered by itself; landlord and station decide, we are called."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Self

import orjson

from connectors.transport.guomi import Sm2Key, sm2_verify
from connectors.transport.http import Http
from connectors.transport.in_turn import Pace, in_turn
from gridapp.contract import (
    Action,
    Call,
    Capabilities,
    Connector,
    Delivered,
    Differs,
    Forged,
    Inexpressible,
    Line,
    Misconfigured,
    Notice,
    NotYet,
    Outcome,
    Parcel,
    Preview,
    Setting,
    Signed,
    Submitted,
    Unknown,
)

from . import replies
from .declaration import declaration, differing, sealed, unsealed
from .mapping import PROFILE
from .replies import NOT_NAMED, Case, judge, number
from .signature import signed, verified

ANSWER_WITHIN = 15.0
"""Seconds for one call."""
MOST = 50
"""Declarations in a call, and numbers in a question."""
PER_SECOND = 20.0
NOBODYS_NUMBER = "0" * 20
_LATE = Unknown("尚未问到，稍后再问")

Sorted = Callable[[Sequence[Case]], dict[str, Case | None]]


class SelfDeclaration(Connector):
    """They key on requestId, and on person and room after a day: what is sent twice they hold once."""

    profile = PROFILE
    capabilities = Capabilities(
        batch=MOST,
        batch_is_one_call=True,
        per_second=PER_SECOND,
        per_day=50_000,
        deadline=2 * ANSWER_WITHIN,
        asynchronous=True,
        calls_back=True,
        resend_safe=True,
        can_read_back=True,
        track_every=7200.0,
    )
    settings = (
        Setting("url", "接口地址", "Address"),
        Setting("app_key", "应用标识(appKey)", "Application (appKey)"),
        Setting("sign_key", "我方签名私钥(SM2，64位十六进制)", "Our signing key (SM2, 64 hex digits)", secret=True),
        Setting("field_key", "字段加密密钥(SM4，32位十六进制)", "Key of the fields (SM4, 32 hex digits)", secret=True),
        Setting("platform_key", "平台公钥(SM2，130位十六进制)", "The platform's public key (SM2, 130 hex digits)"),
    )

    async def __aenter__(self) -> Self:
        try:
            self._sign_key = Sm2Key(self.setting["sign_key"])
            self._field_key = bytes.fromhex(self.setting["field_key"])
        except ValueError as error:
            raise Misconfigured("keys", "签名私钥或字段加密密钥不是约定的十六进制") from error
        if len(self._field_key) != 16:
            raise Misconfigured("keys", "字段加密密钥须为32位十六进制")
        self._http = Http(self.setting["url"], deadline=ANSWER_WITHIN)
        self._pace = Pace(1 / PER_SECOND)
        await self._http.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._http.__aexit__(*error)

    async def send(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        """One call; each declaration is matched to its own case by requestId, never by its place."""
        outcomes: dict[str, Outcome] = {}
        records: list[dict[str, Any]] = []
        for parcel in parcels:
            try:
                records.append(declaration(parcel))
            except Inexpressible as error:
                outcomes[parcel.key] = replies.unsayable(error)
        if records:
            said = replies.by_request(await self._declare(records))
            outcomes |= {record["requestId"]: _taken(said.get(record["requestId"])) for record in records}
        return [outcomes[parcel.key] for parcel in parcels]

    async def track(self, tickets: Sequence[str]) -> Sequence[Outcome | None]:
        asked = [ticket for ticket in tickets if replies.NUMBER.fullmatch(ticket)]
        said = await self._about("declare", asked, replies.by_number)
        late = set(asked) - set(said)
        return [None if ticket in late else judge(said.get(ticket)) for ticket in tickets]

    async def read_back(self, parcels: Sequence[Parcel]) -> Sequence[Outcome]:
        said = await self._about("declare/by-request", [parcel.key for parcel in parcels], replies.by_request)
        return [self._held(parcel, said[parcel.key]) if parcel.key in said else _LATE for parcel in parcels]

    def verify(self, call: Call) -> Signed:
        try:
            return verified(call, self.setting["app_key"], self.setting["platform_key"])
        except ValueError as error:
            raise Forged("no platform key to check it with") from error

    def notices(self, body: bytes) -> Sequence[Notice]:
        case = orjson.loads(body)
        if not isinstance(case, dict) or not number(case):
            raise ValueError("a call about no declaration")
        return [Notice(number(case), judge(case))]

    def preview(self, parcel: Parcel) -> Preview:
        """The declaration as it is before its numbers are encrypted."""
        record = declaration(parcel)
        message = orjson.dumps(record, option=orjson.OPT_INDENT_2).decode()
        return Preview(tuple(Line(name, str(value)) for name, value in record.items()), message)

    async def check(self) -> None:
        """Asks for a number that nobody has: proves address, application and signature, and changes nothing."""
        try:
            sm2_verify(self.setting["platform_key"], b"", b"")
        except ValueError as error:
            raise Misconfigured("keys", "平台公钥不是SM2公钥") from error
        await self._query("declare", [NOBODYS_NUMBER])

    async def _declare(self, records: Sequence[Mapping[str, Any]]) -> list[Case]:
        body = orjson.dumps([sealed(record, self._field_key) for record in records])
        headers = await self._turn(body)
        return replies.cases(
            await self._http.post(body, path="declare", content_type="application/json", headers=headers)
        )

    async def _about(self, path: str, asked: Sequence[str], by: Sorted) -> dict[str, Case | None]:
        """Their case of each, 50 a question; those that there was no time for are left out."""
        parts = [asked[start : start + MOST] for start in range(0, len(asked), MOST)]
        seconds = self.capabilities.deadline - ANSWER_WITHIN
        said = await in_turn(parts, partial(self._query, path), seconds=seconds, otherwise=None)
        found: dict[str, Case | None] = {}
        for part, named in zip(parts, said, strict=True):
            if named is not None:
                sorted_out = by(named)
                found |= {one: sorted_out.get(one) for one in part}
        return found

    def _held(self, parcel: Parcel, case: Case | None) -> Outcome:
        if case is None:
            return NOT_NAMED
        if case.get("code") == replies.NOBODY_KNOWS:
            return NotYet("对方没有这一条申报", code=str(replies.NOBODY_KNOWS))
        if replies.status(case) == replies.ENDED:
            return Differs(number(case))
        outcome, theirs = judge(case) or Submitted(number(case)), replies.content(case)
        if not isinstance(outcome, Delivered) or theirs is None or parcel.action is Action.CLOSE:
            return outcome
        try:
            fields = differing(declaration(parcel), unsealed(theirs, self._field_key))
        except (Inexpressible, ValueError):
            return Unknown("对方所存内容无法比对")
        return Differs(number(case), fields) if fields else outcome

    async def _query(self, path: str, asked: Sequence[str]) -> list[Case]:
        headers = await self._turn(b"")
        return replies.cases(await self._http.get(f"{path}/{','.join(asked)}", headers=headers))

    async def _turn(self, body: bytes) -> dict[str, str]:
        await self._pace.turn()
        return signed(self.setting["app_key"], self._sign_key, body)


def _taken(case: Case | None) -> Outcome:
    """The answer to a declaration: nothing decided yet is a ticket, their number."""
    return NOT_NAMED if case is None else judge(case) or Submitted(number(case))
