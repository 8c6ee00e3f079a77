"""The lease filing system as the housing bureau would write it: a counter that takes filings, a window that decides.

One house has one valid filing. What is handed in gets an acceptance number, the same request again the same one; what
comes for a house while it is being looked at, or after 补正, continues under the number it has.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from connectors.sandbox import Channel, Department, HttpChannel

from .sandbox_gate import CHINA, Form, Gate, read, refusal
from .sandbox_rules import REASONS, SaidError, check, contract, reviewed

REVIEW = 24 * 3600.0  # most reviews; three working days are the limit
REVIEWING, PASSED, SUPPLEMENT, RETURNED, WITHDRAWN = "审核中", "通过", "补正", "退回", "已撤回"
VALID, CANCELLED = "有效", "已注销"
LARGEST_BODY = 12 * 1024 * 1024
AT_THE_COUNTER = frozenset({"CF01", "4001", "4013", "4015", "4040", "5000"})

Told = dict[str, Any]
Act = Callable[[dict[str, str], Form], Told]


class LeaseOffice(Department):
    """Holds `filings` and `cases` by housing code, and `seized` houses. A case remembers every number it has had."""

    key = "ZLBA"
    slug = "lease_filing"
    takes = (0.5, 1.5)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.gate = Gate()
        self._numbers = 0

    def channel(self) -> Channel:
        routes = [
            web.post("/api/filings", self._answering("filings", self._file, counts=True)),
            web.post("/api/filings/{no}/change", self._answering("filings/{no}/change", self._change, counts=True)),
            web.post("/api/filings/{no}/cancel", self._answering("filings/{no}/cancel", self._cancel)),
            web.get("/api/filings/{no}", self._answering("filings/{no}", self._decision)),
            web.get("/api/houses/{fwbm}", self._answering("houses/{fwbm}", self._house)),
        ]
        return HttpChannel(self, routes, error_in_200=lambda: _said(SaidError("5000")), largest=LARGEST_BODY)

    def settings(self) -> dict[str, str]:
        url = f"http://127.0.0.1:{self.port}/api"
        return {"url": url, "app_id": self.gate.app_id, "secret": self.gate.secret}

    def reset(self) -> None:
        super().reset()
        self.gate.rest()

    def _answering(self, pattern: str, act: Act, *, counts: bool = False) -> Callable[[web.Request], Any]:
        async def handler(request: web.Request) -> web.Response:
            names, body = dict(request.match_info), await request.read()
            if self.faults.take("wrong_credentials"):
                return refusal(401, "4010", "签名校验失败")
            refused = self.gate.refuses(request, pattern.format(**names), body) or (
                self.gate.full() if counts else None
            )
            if refused is not None:
                return refused
            if self.faults.take("window_closed"):
                return refusal(503, "5030", "受理时间为08:00-20:00")
            try:
                form = read(request.headers.get("Content-Type", ""), body) if body else Form({})
                with self.store.together():
                    return web.json_response({"code": "0", "message": "", "data": act(names, form)})
            except SaidError as said:
                return _said(said)
            except ValueError:
                return _said(SaidError("4001"))

        return handler

    # --- The counter -------------------------------------------------------------------------------------------------

    def _file(self, names: dict[str, str], form: Form) -> Told:
        house, request_id, verdict = self._looked_at(form, "file")
        case, filing = self.store.get("cases", house) or {}, self.store.get("filings", house)
        if request_id in case.get("requests", {}):
            return {"acceptNo": case["requests"][request_id]}
        if self.faults.take("duplicate"):
            return {"filingNo": self._register(house, request_id, form.document, _digests(form)), "existed": True}
        if filing is not None and filing["status"] == VALID:
            if contract(filing["filing"]) != contract(form.document):
                raise SaidError("CF01")
            return {"filingNo": filing["filingNo"], "existed": True}
        return {"acceptNo": self._lay_on_the_table(house, request_id, form, verdict)}

    def _change(self, names: dict[str, str], form: Form) -> Told:
        house, request_id, verdict = self._looked_at(form, "change")
        case, filing = self.store.get("cases", house) or {}, self.store.get("filings", house)
        if filing is None or (filing["filingNo"], filing["status"]) != (names["no"], VALID):
            raise SaidError("4040")
        if request_id in case.get("requests", {}):
            return {"acceptNo": case["requests"][request_id]}
        return {"acceptNo": self._lay_on_the_table(house, request_id, form, verdict)}

    def _cancel(self, names: dict[str, str], form: Form) -> Told:
        number = names["no"]
        self.ledger.add(str(form.document.get("requestId", "")), "cancel", number=number)
        for house, case in self.store.table("cases").items():
            filing = self.store.get("filings", house) or {}
            if number not in (case["acceptNo"], filing.get("filingNo")):
                continue
            if not self.faults.take("lose"):
                self.store.put("cases", house, {**case, "status": WITHDRAWN})
                if filing:
                    self.store.put("filings", house, {**filing, "status": CANCELLED})
            return {"cancelled": number}
        raise SaidError("4040")

    def _looked_at(self, form: Form, action: str) -> tuple[str, str, str]:
        """House, request, and what the window has been told to say of it. Raises SaidError."""
        house, request_id = str(form.document.get("fwbm", "")), str(form.document.get("requestId", ""))
        self.ledger.add(request_id, action, fwbm=house, files=sorted(form.files))
        scripted = self.faults.scripted(house, request_id) or ""
        if scripted in AT_THE_COUNTER:
            raise SaidError(scripted)
        check(form)
        return house, request_id, scripted

    def _lay_on_the_table(self, house: str, request_id: str, form: Form, verdict: str) -> str:
        case = self.store.get("cases", house) or {"requests": {}, "decided": {}}
        goes_on = case.get("status") in (REVIEWING, SUPPLEMENT)
        number = case["acceptNo"] if goes_on else self._number("SL")
        laid = {
            "acceptNo": number,
            "requestId": request_id,
            "status": REVIEWING,
            "due": time.time() + (REVIEW / self.hurry if self.own_time else 0.0),
            "verdict": verdict,
            "filing": _without_id(form.document),
            "files": _digests(form),
            "requests": {**case["requests"], request_id: number},
            "decided": case["decided"],
        }
        if not self.faults.take("lose"):
            self.store.put("cases", house, laid)
        return number

    # --- The window --------------------------------------------------------------------------------------------------

    def _decision(self, names: dict[str, str], form: Form) -> Told:
        self.ledger.add(names["no"], "ask")
        for house, case in self.store.table("cases").items():
            if names["no"] == case["acceptNo"]:
                return _shown(self._decided(house))
            if names["no"] in case["decided"]:
                decided: Told = case["decided"][names["no"]]
                return decided
        raise SaidError("4040")

    def _house(self, names: dict[str, str], form: Form) -> Told:
        self.ledger.add(names["fwbm"], "look")
        case = self._decided(names["fwbm"]) if self.store.get("cases", names["fwbm"]) else None
        filing = self.store.get("filings", names["fwbm"])
        if case is None and filing is None:
            raise SaidError("4040")
        return {**(filing or {}), "case": case and {**_shown(case), "requestId": case["requestId"]}}

    def _decided(self, house: str) -> Told:
        """The case of a house, decided where its time has come."""
        case: Told = self.store.get("cases", house) or {}
        if case["status"] != REVIEWING or time.time() < case["due"]:
            return case
        seized = self.store.get("seized", house) is not None
        code = case["verdict"] or reviewed(case["filing"], case["files"], seized=seized)
        if code:
            status = SUPPLEMENT if code.startswith("BZ") else RETURNED
            case |= {"status": status, "code": code, "reason": REASONS[code]}
        else:
            number = self._register(house, case["requestId"], case["filing"], case["files"])
            case |= {"status": PASSED, "code": "", "reason": "", "filingNo": number}
        case["decided"] = {**case["decided"], case["acceptNo"]: _shown(case)}
        self.store.put("cases", house, case)
        return case

    def _register(self, house: str, request_id: str, document: Told, files: Told) -> str:
        held = self.store.get("filings", house)
        number = held["filingNo"] if held and held["status"] == VALID else self._number("BA")
        filing = {
            "filingNo": number,
            "requestId": request_id,
            "status": VALID,
            "filing": _without_id(document),
            "files": files,
        }
        self.store.put("filings", house, filing)
        if self.faults.take("twice"):
            self.store.put("filings", f"{house}-2", filing)
        return str(number)

    def _number(self, kind: str) -> str:
        self._numbers += 1
        return f"{kind}990101{datetime.now(CHINA):%Y%m%d}{self._numbers:06d}"


def _without_id(document: Told) -> Told:
    return {name: value for name, value in document.items() if name != "requestId"}


def _digests(form: Form) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in form.files.items()}


def _shown(case: Told) -> Told:
    """What the applicant may know of a case."""
    return {name: case[name] for name in ("acceptNo", "status", "code", "reason", "filingNo") if case.get(name)}


def _said(error: SaidError) -> web.Response:
    told = {"field": error.field} if error.field else None
    return web.json_response({"code": error.code, "message": REASONS[error.code], "data": told})


DEPARTMENT = LeaseOffice
