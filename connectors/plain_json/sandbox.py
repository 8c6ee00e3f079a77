"""A receiver of plain JSON as a small office would write it: keeps one document a number, checks three fields."""

from __future__ import annotations

import secrets
from typing import Any

from aiohttp import web

from connectors.sandbox import Department, HttpChannel


class PlainReceiver(Department):
    """Holds `records` by its own number, one for each key it was ever sent."""

    key = "JSON"
    slug = "plain_json"
    takes = (0.05, 0.2)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._token = secrets.token_urlsafe(16)

    def channel(self) -> HttpChannel:
        routes = [web.post("/residents", self._receive), web.get("/residents", self._greet)]
        return HttpChannel(self, routes, error_in_200=lambda: web.json_response({"error": "系统繁忙"}))

    def settings(self) -> dict[str, str]:
        return {"url": f"http://127.0.0.1:{self.port}/residents", "token": self._token}

    async def _greet(self, request: web.Request) -> web.Response:
        return web.json_response({"ok": True}) if self._lets_in(request) else web.Response(status=401)

    async def _receive(self, request: web.Request) -> web.Response:
        if not self._lets_in(request):
            return web.Response(status=401)
        if self.faults.take("window_closed"):
            return web.Response(status=503, text="不在服务时间内")
        try:
            told = await request.json()
            key, document, action = str(told["key"]), str(told["idNumber"]), str(told["action"])
        except (ValueError, KeyError, TypeError):
            return web.json_response({"ok": False, "code": "format", "reason": "报文格式不对"}, status=400)
        self.ledger.add(key, action)
        scripted = self.faults.scripted(document)
        if scripted:
            return web.json_response(
                {"ok": False, "code": scripted, "reason": "按测试要求拒收", "fields": ["idNumber"]}
            )
        for name, words in (("name", "姓名"), ("idNumber", "证件号码"), ("sex", "性别")):
            if not told.get(name) and action != "close":
                refusal = {"ok": False, "code": "missing", "reason": f"{words}必须填写", "fields": [name]}
                return web.json_response(refusal, status=422)
        number = str(told.get("reference") or f"R-{key}")  # the same key has the same number for ever
        if self.faults.take("duplicate"):
            return web.json_response({"ok": True, "existed": True, "id": number})
        if not self.faults.take("lose"):
            self._keep(number, told)
        return web.json_response({"ok": True, "id": number})

    def _keep(self, number: str, told: dict[str, Any]) -> None:
        if told["action"] == "close":
            self.store.remove("records", number)
        else:
            self.store.put("records", number, told)

    def _lets_in(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "")
        return given == f"Bearer {self._token}" and not self.faults.take("wrong_credentials")


DEPARTMENT = PlainReceiver
