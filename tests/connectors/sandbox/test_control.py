"""The control server: what a test or a person can see and set over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from connectors.sandbox.control import Control
from tests.connectors.sandbox.office import Office

Ask = Callable[..., Awaitable[tuple[int, Any]]]


def controlled(office: Office, visit: Callable[[Ask], Awaitable[None]]) -> None:
    """Runs `visit` with a way to ask the control server of this one department."""

    async def run() -> None:
        control = Control({office.key: office})
        url = await control.open()
        async with aiohttp.ClientSession(url) as session:

            async def ask(method: str, path: str, body: Any = None) -> tuple[int, Any]:
                async with session.request(method, path, json=body) as answer:
                    json = answer.content_type == "application/json"
                    return answer.status, await (answer.json() if json else answer.text())

            await visit(ask)
        await control.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/departments/NONE/", 404),
        ("POST", "/departments/NONE/stop/", 404),
        ("GET", "/departments/OFFICE/stop/", 405),
        ("GET", "/", 404),
    ],
)
def test_what_is_not_there_is_not_there(office: Office, method: str, path: str, status: int) -> None:
    async def visit(ask: Ask) -> None:
        assert (await ask(method, path))[0] == status

    controlled(office, visit)


@pytest.mark.parametrize("body", [None, [], "slow", {"boom": True}, {"scripted": "41"}, {"scripted": {"a": {}}}])
def test_faults_that_nobody_understands_are_refused(office: Office, body: object) -> None:
    async def visit(ask: Ask) -> None:
        assert (await ask("POST", "/departments/OFFICE/faults/", body))[0] == 400

    controlled(office, visit)

    assert office.faults.as_json() == {"scripted": {}}


def test_a_department_shows_what_it_holds_and_saw(office: Office) -> None:
    office.post("a")

    async def visit(ask: Ask) -> None:
        standing = (await ask("GET", "/departments/"))[1]["OFFICE"]
        assert standing["slug"] == "office"
        assert standing["running"]
        assert (standing["store"], standing["ledger"]) == ({"kept": 1}, 1)
        assert (await ask("GET", "/departments/OFFICE/"))[1] == standing
        assert (await ask("GET", "/departments/OFFICE/store/"))[1] == {"kept": {"a": {"key": "a"}}}
        assert (await ask("GET", "/departments/OFFICE/ledger/"))[1][0]["key"] == "a"

    controlled(office, visit)


def test_faults_are_set_seen_and_cleared(office: Office) -> None:
    async def visit(ask: Ask) -> None:
        await ask("POST", "/departments/OFFICE/faults/", {"slow": {"value": 1, "times": 2}, "scripted": {"a": "41"}})
        assert (await ask("GET", "/departments/OFFICE/faults/"))[1]["slow"] == {"value": 1, "times": 2}

        await ask("POST", "/departments/OFFICE/faults/", {"slow": False, "scripted": {"a": None}})
        assert (await ask("GET", "/departments/OFFICE/faults/"))[1] == {"scripted": {}}

        await ask("POST", "/departments/OFFICE/faults/", {"hang": True})
        await ask("DELETE", "/departments/OFFICE/faults/")
        assert (await ask("GET", "/departments/OFFICE/faults/"))[1] == {"scripted": {}}

    controlled(office, visit)


def test_a_department_goes_down_and_comes_back(office: Office) -> None:
    async def visit(ask: Ask) -> None:
        assert not (await ask("POST", "/departments/OFFICE/stop/"))[1]["running"]
        assert (await ask("POST", "/departments/OFFICE/start/"))[1]["running"]
        assert not (await ask("POST", "/departments/OFFICE/faults/", {"down": True}))[1]["running"]
        assert (await ask("POST", "/departments/OFFICE/reset/"))[1]["running"]

    controlled(office, visit)

    assert office.post("a")[0] == 200


def test_all_are_reset_at_once(office: Office) -> None:
    office.post("a")

    async def visit(ask: Ask) -> None:
        assert (await ask("POST", "/reset/"))[1]["OFFICE"]["store"] == {}

    controlled(office, visit)


def test_it_says_which_faults_there_are_and_which_a_department_has(office: Office) -> None:
    async def visit(ask: Ask) -> None:
        words = (await ask("GET", "/faults/"))[1]
        assert words["down"] == {"zh": "停机：连接被拒绝", "en": "the socket refuses"}
        honours = (await ask("GET", "/departments/OFFICE/"))[1]["honours"]
        assert {"drip", "lose"} <= set(honours) < set(words)

    controlled(office, visit)


def test_who_went_elsewhere_is_listed(office: Office) -> None:
    office.elsewhere.add("/in", "GET")

    async def visit(ask: Ask) -> None:
        assert (await ask("GET", "/departments/OFFICE/elsewhere/"))[1][0]["key"] == "/in"
        await ask("POST", "/departments/OFFICE/reset/")
        assert (await ask("GET", "/departments/OFFICE/elsewhere/"))[1] == []

    controlled(office, visit)


class Counter(Office):
    """Takes workbooks from people who bring them."""

    def upload(self, content: bytes) -> bytes:
        if content != b"rows":
            raise ValueError("模板版本不正确")
        return b"answers"


@pytest.mark.parametrize(
    ("department", "content", "status", "said"),
    [
        (Office, b"rows", 501, "nothing is uploaded at OFFICE"),
        (Counter, b"rows", 200, "answers"),
        (Counter, b"nonsense", 400, "模板版本不正确"),
    ],
)
def test_a_workbook_is_uploaded(department: type[Office], content: bytes, status: int, said: str) -> None:
    async def run() -> None:
        control = Control({"OFFICE": department()})
        url = await control.open()
        address = f"{url}departments/OFFICE/upload/"
        async with aiohttp.ClientSession() as session, session.post(address, data=content) as answer:
            assert (answer.status, await answer.text()) == (status, said)
        await control.close()

    asyncio.run(run())
