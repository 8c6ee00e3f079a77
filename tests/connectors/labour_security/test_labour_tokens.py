"""Tokens: fetched once, fetched anew when they are dead, never chased."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from connectors.labour_security.connector import LabourSecurity
from connectors.labour_security.sandbox import LabourOffice
from gridapp.contract import Delivered, Misconfigured, NotYet, Outcome, Unavailable
from tests.connectors.labour_security.workers import number, send, tokens, worker
from tests.connectors.transport.raw_server import Request, Writer, reply, serving


def test_one_token_serves_a_whole_batch(office: LabourOffice) -> None:
    came = send(office, *[worker(person) for person in range(1, 7)])

    assert [type(one) for one in came] == [Delivered] * 6
    assert tokens(office) == 1


def test_a_forgotten_token_is_fetched_anew_and_the_call_repeated(office: LabourOffice) -> None:
    async def run() -> Sequence[Outcome]:
        async with LabourSecurity(office.settings()) as connector:
            await connector.send([worker(1)])
            office.faults.set("session_lost", times=1)
            return await connector.send([worker(2), worker(3)])

    assert [type(one) for one in asyncio.run(run())] == [Delivered, Delivered]
    assert [line["key"] for line in office.ledger.lines()] == [number(1), number(2), number(3)]


def test_a_token_that_is_forgotten_again_and_again_is_not_chased(office: LabourOffice) -> None:
    office.faults.set("session_lost")

    (came,) = send(office, worker())

    assert came == NotYet("301 token失效", code="301")
    assert tokens(office) == 0
    assert office.store.dump() == {}


def test_a_token_near_its_end_is_not_used(office: LabourOffice) -> None:
    office.token_life = 60.0

    async def run() -> list[Outcome]:
        async with LabourSecurity(office.settings()) as connector:
            return [*await connector.send([worker(1)]), *await connector.send([worker(2)])]

    assert [type(one) for one in asyncio.run(run())] == [Delivered, Delivered]
    assert tokens(office) == 2


def test_several_calls_that_meet_a_dead_token_fetch_one_together() -> None:
    asked: list[str] = []

    async def department(request: Request, writer: Writer) -> None:
        if "getToken" in request.head:
            asked.append("token")
            token = f"token{len(asked)}"
            body = orjson.dumps({"appcode": "0", "data": {"token": token, "expires_in": 7200}})
        elif "Bearer token2" in request.head or not crowd:
            body = orjson.dumps({"appcode": "0", "data": {"AAC001": "990100000007"}})
        else:
            body = orjson.dumps({"appcode": "301", "message": "token失效"})
        writer.write(reply("200 OK", body))

    crowd: list[bool] = []

    async def run() -> Sequence[Outcome]:
        settings = {"app_id": "a", "secret": "s", "sm4_key": "0" * 32, "mac_key": "m"}
        async with serving(department) as seen, LabourSecurity({**settings, "url": seen.url}) as connector:
            await connector.send([worker(1)])
            crowd.append(True)
            return await connector.send([worker(person) for person in range(2, 6)])

    assert [type(one) for one in asyncio.run(run())] == [Delivered] * 4
    assert asked == ["token", "token"]


@pytest.mark.parametrize(
    ("answer", "ended"),
    [
        ({"appcode": "302", "message": "appId或secret错误"}, Misconfigured),
        ({"appcode": "0", "data": {}}, Misconfigured),
        ({"appcode": "0", "data": {"token": "line\r\nbreak", "expires_in": 7200}}, Misconfigured),
        ({"appcode": "999", "message": "系统繁忙"}, Unavailable),
        ({"code": 0}, Unavailable),
    ],
)
def test_without_a_token_nothing_has_been_sent(answer: dict[str, Any], ended: type[Exception]) -> None:
    async def department(request: Request, writer: Writer) -> None:
        writer.write(reply("200 OK", orjson.dumps(answer)))

    async def run() -> tuple[Exception, int]:
        settings = {"app_id": "a", "secret": "s", "sm4_key": "0" * 32, "mac_key": "m"}
        async with serving(department) as seen, LabourSecurity({**settings, "url": seen.url}) as connector:
            with pytest.raises(ended) as raised:
                await connector.send([worker()])
            return raised.value, len(seen.requests)

    error, calls = asyncio.run(run())
    assert calls == 1
    assert not getattr(error, "maybe_sent", False)
