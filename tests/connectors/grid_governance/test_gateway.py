"""The department's own rules, met without the connector: signature, fields, codes."""

from __future__ import annotations

import hashlib
import http.client
import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from connectors.grid_governance.sandbox import GridLedger
from connectors.grid_governance.signature import signed

SAMPLES = Path(__file__).parent / "samples"
PERSON: dict[str, Any] = json.loads((SAMPLES / "floating_tenant.sent.json").read_text(encoding="utf-8"))
HOUSE: dict[str, Any] = json.loads((SAMPLES / "shared_rental.sent.json").read_text(encoding="utf-8"))


@pytest.fixture
def department() -> Iterator[GridLedger]:
    running = GridLedger()
    running.start()
    yield running
    running.stop()


def headers(department: GridLedger, *, age: float = 0, nonce: str = "n0") -> dict[str, str]:
    """As the gateway's handbook has them: SHA-256 over timestamp, token, nonce, timestamp."""
    granted = department.settings()
    stamp = str(int(time.time() - age))
    text = stamp + granted["token"] + nonce + stamp
    return {
        "x-tif-paasid": granted["paas_id"],
        "x-tif-timestamp": stamp,
        "x-tif-nonce": nonce,
        "x-tif-signature": hashlib.sha256(text.encode()).hexdigest(),
    }


def ask(department: GridLedger, path: str, body: Any, given: dict[str, str]) -> dict[str, Any]:
    with closing(http.client.HTTPConnection("127.0.0.1", department.port, timeout=30)) as connection:
        connection.request("POST", f"/wg/{path}", json.dumps(body), given)
        answer: dict[str, Any] = json.load(connection.getresponse())
        return answer


def code(department: GridLedger, path: str, record: dict[str, Any]) -> int:
    name = "persons" if path.startswith("person") else "houses"
    return int(ask(department, path, {name: [record]}, headers(department))["errcode"])


@pytest.mark.parametrize(
    "changed",
    [
        {"x-tif-paasid": "another"},
        {"x-tif-signature": "0" * 64},
        {"x-tif-signature": ""},
        {"x-tif-timestamp": "yesterday"},
        {"x-tif-nonce": ""},
    ],
)
def test_a_call_that_is_not_signed_is_not_let_in(department: GridLedger, changed: dict[str, str]) -> None:
    answer = ask(department, "person/save", {"persons": []}, headers(department) | changed)

    assert answer == {"errcode": 48001, "errmsg": "接口无权限", "data": None}


def test_a_call_that_is_heard_twice_is_not_let_in_again(department: GridLedger) -> None:
    given = headers(department)

    answers = [ask(department, "person/save", {"persons": []}, given)["errcode"] for _ in range(2)]

    assert answers == [0, 48001]


@pytest.mark.parametrize("age", [400, -400])
def test_an_old_signature_is_none(department: GridLedger, age: float) -> None:
    assert ask(department, "person/save", {"persons": []}, headers(department, age=age))["errcode"] == 48001


def test_what_we_sign_they_let_in(department: GridLedger) -> None:
    granted = department.settings()

    given = signed(granted["paas_id"], granted["token"])

    assert ask(department, "person/save", {"persons": []}, given)["errcode"] == 0


@pytest.mark.parametrize("body", [None, [], {}, {"persons": {}}, {"persons": ["x"]}, {"persons": [{}] * 201}])
def test_what_is_no_batch_is_refused(department: GridLedger, body: Any) -> None:
    assert ask(department, "person/save", body, headers(department))["errcode"] == 41000


@pytest.mark.parametrize(
    ("field", "value", "refusal"),
    [
        ("gridCode", "", 41001),
        ("gridCode", "990101", 41000),
        ("nation", None, 41002),
        ("nation", "汉", 41002),
        ("houseCode", "T000000000000000000000001", 41003),
        ("houseCode", "9901010010010000000000301", 41003),
        ("contact", "0755-12345678", 41005),
        ("contact", "23912340001", 41005),
        ("personSex", "男", 41000),
        ("dateBirth", "1992-02-29", 41000),
        ("residenceAddr", "长" * 81, 41000),
        ("vocationCode", "6", 41000),
        ("marriageFlag", "已婚", 41000),
        ("partyFlag", "99", 41000),
        ("doorNo", "1234567890", 41000),
        ("identityNum", 990101199202290010, 41000),
    ],
)
def test_a_person_is_refused_by_their_rules(department: GridLedger, field: str, value: Any, refusal: int) -> None:
    assert code(department, "person/save", PERSON | {field: value}) == refusal
    assert department.store.table("persons") == {}


@pytest.mark.parametrize(
    ("field", "value", "refusal"),
    [
        ("gridCode", None, 41001),
        ("houseAddr", "", 41000),
        ("homeownerMobile", "12", 41005),
        ("lesseeMobile", "12", 41005),
        ("hazardType", "01,03", 41000),
        ("homeownerName", None, 41000),
        ("houseCode", "", 41003),
    ],
)
def test_a_flat_is_refused_by_their_rules(department: GridLedger, field: str, value: Any, refusal: int) -> None:
    assert code(department, "house/save", HOUSE | {field: value}) == refusal


def test_a_batch_is_taken_whole_or_not_at_all(department: GridLedger) -> None:
    wrong = PERSON | {"identityNum": "990101199202290029", "nation": ""}

    answer = ask(department, "person/save", {"persons": [PERSON, wrong]}, headers(department))

    assert answer == {"errcode": 41002, "errmsg": "民族必须选择", "data": {"index": 1}}
    assert department.store.table("persons") == {}
