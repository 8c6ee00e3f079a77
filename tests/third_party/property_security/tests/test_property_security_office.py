"""The security desk by itself: what it keeps, what it refuses, whatever our connector does."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest
from property_security.sandbox import SecurityDesk

HOLDER = {"name": "测试甲", "certType": "IC", "certNo": "990101199202290010", "title": "先生", "tel": "13912340001"}
FLAT = {"estate": "安居苑", "building": "3栋", "unit": "2单元", "room": "1001"}
TENANT = {"serial": "0" * 32, "op": "ENTER", "holder": HOLDER, "flat": FLAT, "since": "2024/03/10"}


@pytest.fixture
def desk() -> Iterator[SecurityDesk]:
    running = SecurityDesk()
    running.start()
    yield running
    running.stop()


def post(desk: SecurityDesk, path: str, told: dict[str, Any], *, at: float | None = None, secret: str = "") -> Any:
    granted, body = desk.settings(), json.dumps(told).encode()
    moment = str(int(at or time.time()))
    key = (secret or granted["sign_secret"]).encode()
    signed = hmac.new(key, moment.encode() + body, hashlib.sha256).hexdigest()
    headers = {"X-Company": granted["company"], "X-Time": moment, "X-Sign": signed}
    with closing(HTTPConnection("127.0.0.1", desk.port, timeout=30)) as connection:
        connection.request("POST", f"/open/{path}", body, headers)
        return json.load(connection.getresponse())


def test_who_enters_twice_has_one_card(desk: SecurityDesk) -> None:
    first, second = post(desk, "pass", TENANT), post(desk, "pass", TENANT)

    assert first == second
    assert desk.store.sizes()["cards"] == 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"holder": HOLDER | {"tel": "0755-123"}}, "P102"),
        ({"flat": FLAT | {"room": "一〇〇一号房之二号铺位"}}, "P101"),
    ],
)
def test_what_does_not_fit_is_refused(desk: SecurityDesk, changed: dict[str, Any], code: str) -> None:
    assert post(desk, "pass", TENANT | changed)["errNo"] == code
    assert desk.store.dump() == {}


def test_a_signature_of_others_and_one_of_an_hour_ago_are_refused(desk: SecurityDesk) -> None:
    assert post(desk, "pass", TENANT, secret="of others")["errNo"] == "P201"
    assert post(desk, "pass", TENANT, at=time.time() - 3600)["errNo"] == "P201"


def test_who_leaves_has_no_card(desk: SecurityDesk) -> None:
    post(desk, "pass", TENANT)

    post(desk, "pass", TENANT | {"op": "LEAVE"})

    assert post(desk, "pass/find", TENANT)["errNo"] == "P404"
