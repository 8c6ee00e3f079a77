"""The self-declaration platform as its interface document describes it: declarations by fifty, decided one by one.

A declaration is accepted at once, confirmed by the landlord within 72 hours (or by itself), then reviewed by the
station; who declared it is called when it is decided. Its hours for calls (08:00-22:00) are not kept by the wall clock,
or a demo in the evening would stand still: the fault `window_closed` keeps it from calling.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import Any

from aiohttp import web

from connectors.sandbox import Channel, Department, HttpChannel

from .sandbox_calls import Calls
from .sandbox_keys import Keys
from .sandbox_office import Office
from .sandbox_register import Case, Register
from .sandbox_rules import ENCRYPTED, REASONS, Refusal, Told, is_leaving

MOST = 50
PER_SECOND = 20.0
PER_DAY = 50_000
AUTO_PASS = 72 * 3600.0
TAKES = {"_landlord_answers": (0.8, 250_000.0), "_review": (0.2, 3600.0)}
OUR_TIME = timezone(timedelta(hours=8))

Ask = Callable[[web.Request, bytes], Awaitable[list[Case]]]


class DeclarationPlatform(Department):
    """Holds `declarations` by declareNo, `residents` by "idType-idNo" once passed, `waiting` likewise before, and
    `requests` by requestId: all in clear, in the words of the interface."""

    key = "ZZSB"
    slug = "self_declaration"
    takes = (0.3, 1.0)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.decides_after = 0.0
        """Seconds of each decision in a run without the department's own time."""
        self.per_second, self.per_day = PER_SECOND, PER_DAY
        self._keys, self._office = Keys(), Office()
        self.calls = Calls(self._keys, self.faults, self._office, self._address, self._pause)
        self.register = Register(self.store, self.faults, self._keys, later=self._later, decided=self.calls.about)
        self._tokens, self._filled_at = PER_SECOND, time.monotonic()
        self._today, self._declared_today = "", 0

    def channel(self) -> Channel:
        routes = [
            web.post("/zzsb/declare", self._answering(self._declare)),
            web.get("/zzsb/declare/by-request/{names}", self._answering(self._by_request)),
            web.get("/zzsb/declare/{names}", self._answering(self._by_number)),
        ]
        return _House(HttpChannel(self, routes, error_in_200=lambda: _refused(Refusal(50000))), self._office)

    def settings(self) -> dict[str, str]:
        return {
            "url": f"http://127.0.0.1:{self.port}/zzsb",
            "app_key": self._keys.app_key,
            "sign_key": self._keys.their_private.hex().rjust(64, "0"),
            "field_key": self._keys.field_key.hex(),
            "platform_key": self._keys.public_hex,
        }

    def reset(self) -> None:
        self._office.clear()
        super().reset()
        self.calls.made.clear()
        self._declared_today = 0

    def _answering(self, ask: Ask) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def handler(request: web.Request) -> web.Response:
            body = await request.read()
            try:
                if self.faults.take("wrong_credentials") or not self._keys.lets_in(request.headers, body):
                    raise Refusal(40100)
                self._not_too_fast()
                return _envelope(0, await ask(request, body))
            except Refusal as refusal:
                return _refused(refusal)

        return handler

    async def _declare(self, request: web.Request, body: bytes) -> list[Case]:
        told = _array(body)
        for one in told:
            self.ledger.add(str(one.get("requestId", "")), "leave" if is_leaving(one) else "declare")
        try:
            records = [self._unsealed(one) for one in told]
        except ValueError:
            raise Refusal(40100) from None
        self._not_too_many(len(records))
        heard = records[: len(records) // 2] if self.faults.take("half") else records
        taken = [self._case(one) for one in heard]
        if self.faults.is_on("callback_early"):
            await asyncio.to_thread(self._decide_first, taken)
        return taken

    async def _by_number(self, request: web.Request, body: bytes) -> list[Case]:
        return [self.register.case(number) for number in _names(request)]

    async def _by_request(self, request: web.Request, body: bytes) -> list[Case]:
        return [self.register.case_of_request(name) for name in _names(request)]

    def _case(self, told: Told) -> Case:
        try:
            return self.register.take(told)
        except Refusal as refusal:
            if refusal.code == 40100:
                raise
            blamed = {"field": refusal.field} if refusal.field else None
            return {"requestId": told.get("requestId"), **_said(refusal.code), "data": blamed}

    def _decide_first(self, cases: list[Case]) -> None:
        for case in cases:
            if (case["data"] or {}).get("status") == "WAIT_LESSOR":
                self.register.decide(case["data"]["declareNo"])

    def _unsealed(self, told: Told) -> Told:
        return {name: self._keys.unsealed(value) if name in ENCRYPTED else value for name, value in told.items()}

    def _not_too_fast(self) -> None:
        now = time.monotonic()
        most = max(1.0, self.per_second)
        self._tokens = min(most, self._tokens + (now - self._filled_at) * self.per_second)
        self._filled_at = now
        if self._tokens < 1:
            raise Refusal(42900, retry_after=1)
        self._tokens -= 1

    def _not_too_many(self, count: int) -> None:
        now = datetime.now(OUR_TIME)
        if self._today != now.date().isoformat():
            self._today, self._declared_today = now.date().isoformat(), 0
        if self._declared_today + count > self.per_day:
            midnight = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), OUR_TIME)
            raise Refusal(42900, retry_after=math.ceil((midnight - now).total_seconds()))
        self._declared_today += count

    def _later(self, step: Callable[[str], None], number: str) -> None:
        if self.faults.is_on("callback_early"):
            return  # decided before the answer goes out, and not by the clerks in between
        self._office.after(self._decision(*TAKES[step.__name__]), partial(step, number))

    def _decision(self, median: float, late: float) -> float:
        if not self.own_time:
            return self.decides_after
        seconds = random.lognormvariate(math.log(median), math.log(late / median) / 1.645)
        return self._pause(min(seconds, AUTO_PASS))

    def _pause(self, seconds: float) -> float:
        """A wait of the platform in this run's time."""
        if not self.own_time:
            return 0.05
        return seconds / self.hurry if seconds > 10 else seconds

    def _address(self) -> str:
        return f"{self.callback_url}{self.key}/" if self.callback_url else ""


class _House:
    """What opens and closes together: the interface, and the people behind it."""

    def __init__(self, door: HttpChannel, office: Office) -> None:
        self._door, self._office = door, office

    def open(self, port: int) -> int:
        served = self._door.open(port)
        self._office.open()
        return served

    def close(self) -> None:
        self._door.close()
        self._office.close()


def _array(body: bytes) -> list[Told]:
    try:
        told = json.loads(body)
    except ValueError:
        raise Refusal(40000) from None
    if not isinstance(told, list) or not all(isinstance(one, dict) for one in told) or len(told) > MOST:
        raise Refusal(40000)
    return told


def _names(request: web.Request) -> list[str]:
    names = request.match_info["names"].split(",")
    if len(names) > MOST:
        raise Refusal(40000)
    return names


def _said(code: int) -> Case:
    return {"code": code, "msg": REASONS.get(code, "业务校验不通过")}


def _envelope(code: int, cases: list[Case] | None, **headers: str) -> web.Response:
    text = json.dumps({**_said(code), "data": cases}, ensure_ascii=False)
    return web.json_response(text=text, headers=headers)


def _refused(refusal: Refusal) -> web.Response:
    headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    return _envelope(refusal.code, None, **headers)


DEPARTMENT = DeclarationPlatform
