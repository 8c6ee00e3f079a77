"""The platform's own rules, met without the connector: signatures, nonces, times, fields, codes, pace."""

from __future__ import annotations

import base64
import http.client
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import gmalg
import pytest
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from connectors.self_declaration.sandbox import DeclarationPlatform
from connectors.self_declaration.sandbox_rules import ENCRYPTED, STAYING

SAMPLES = Path(__file__).parent / "samples"
TENANT: dict[str, Any] = json.loads((SAMPLES / "floating_tenant.sent.json").read_text(encoding="utf-8"))
LEAVING: dict[str, Any] = json.loads((SAMPLES / "moved_out.sent.json").read_text(encoding="utf-8"))
REFUSED = {"code": 40100, "msg": "验签失败", "data": None}


@pytest.fixture(scope="module")
def running() -> Iterator[DeclarationPlatform]:
    one = DeclarationPlatform()
    one.start()
    yield one
    one.stop()


@pytest.fixture
def platform(running: DeclarationPlatform) -> DeclarationPlatform:
    running.reset()
    return running


def headers(platform: DeclarationPlatform, body: bytes, *, age: float = 0, nonce: str = "") -> dict[str, str]:
    """As the interface document has them: SM2 over four lines, the last the SM3 of the body."""
    agreed, nonce = platform.settings(), nonce or secrets.token_hex(16)
    stamp = str(int((time.time() - age) * 1000))
    digest = hashes.Hash(hashes.SM3())
    digest.update(body)
    text = f"{agreed['app_key']}\n{stamp}\n{nonce}\n{digest.finalize().hex()}".encode()
    r, s = gmalg.SM2(bytes.fromhex(agreed["sign_key"]), b"1234567812345678").sign(text)
    signature = encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
    return {
        "X-App-Key": agreed["app_key"],
        "X-Timestamp": stamp,
        "X-Nonce": nonce,
        "X-Sign": base64.b64encode(signature).decode(),
    }


def call(platform: DeclarationPlatform, body: bytes, given: dict[str, str], path: str = "") -> dict[str, Any]:
    with closing(http.client.HTTPConnection("127.0.0.1", platform.port, timeout=30)) as connection:
        connection.request("GET" if path else "POST", f"/zzsb/declare{path}", body or None, given)
        answer: dict[str, Any] = json.load(connection.getresponse())
        return answer


def sealed(platform: DeclarationPlatform, text: str) -> str:
    iv, padder = secrets.token_bytes(16), padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.SM4(bytes.fromhex(platform.settings()["field_key"])), modes.CBC(iv)).encryptor()
    return base64.b64encode(iv + encryptor.update(padder.update(text.encode()) + padder.finalize())).decode()


def declare(platform: DeclarationPlatform, *records: dict[str, Any]) -> dict[str, Any]:
    told = [
        {name: sealed(platform, value) if name in ENCRYPTED else value for name, value in one.items()}
        for one in records
    ]
    body = json.dumps(told).encode()
    return call(platform, body, headers(platform, body))


def case(platform: DeclarationPlatform, **changed: Any) -> dict[str, Any]:
    """Their answer to the tenant of the samples; None takes a field away."""
    record = {name: value for name, value in {**TENANT, **changed}.items() if value is not None}
    only: dict[str, Any] = declare(platform, record)["data"][0]
    return only


# --- Who is let in -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        {"X-App-Key": "another"},
        {"X-Sign": ""},
        {"X-Sign": "no base64"},
        {"X-Sign": base64.b64encode(b"no DER").decode()},
        {"X-Sign": base64.b64encode(encode_dss_signature(1, 1)).decode()},
        {"X-Timestamp": "yesterday"},
        {"X-Timestamp": "0"},
        {"X-Nonce": ""},
        {"X-Nonce": "short"},
        {"X-Nonce": "0" * 32},
    ],
    ids=["app", "none", "text", "no DER", "other", "words", "1970", "no nonce", "short nonce", "other nonce"],
)
def test_a_call_that_is_not_signed_is_not_let_in(platform: DeclarationPlatform, changed: dict[str, str]) -> None:
    assert call(platform, b"[]", headers(platform, b"[]") | changed) == REFUSED


def test_a_body_that_was_changed_on_the_way_is_not_let_in(platform: DeclarationPlatform) -> None:
    assert call(platform, b"[ ]", headers(platform, b"[]")) == REFUSED


def test_a_call_that_is_heard_twice_is_not_let_in_again(platform: DeclarationPlatform) -> None:
    given = headers(platform, b"[]")

    assert [call(platform, b"[]", given)["code"] for _ in range(2)] == [0, 40100]


@pytest.mark.parametrize("age", [400, -400])
def test_an_old_signature_is_none(platform: DeclarationPlatform, age: float) -> None:
    assert call(platform, b"[]", headers(platform, b"[]", age=age)) == REFUSED


@pytest.mark.parametrize("field", ["idNo", "lessorIdNo", "mobile"])
def test_a_field_in_clear_is_as_bad_as_no_signature(platform: DeclarationPlatform, field: str) -> None:
    body = json.dumps([{**LEAVING, "idNo": sealed(platform, LEAVING["idNo"]), field: "990101199202290010"}]).encode()

    assert call(platform, body, headers(platform, body)) == REFUSED
    assert platform.store.dump() == {}


@pytest.mark.parametrize("body", [b"", b"null", b"{}", b"[1]", b"[", json.dumps([{}] * 51).encode()])
def test_what_is_no_array_of_fifty_is_refused(platform: DeclarationPlatform, body: bytes) -> None:
    assert call(platform, body, headers(platform, body))["code"] == 40000


def test_who_calls_too_often_is_told_to_wait() -> None:
    slow = DeclarationPlatform()
    slow.per_second = 0.001
    slow.start()
    answers = []
    for _ in range(2):
        with closing(http.client.HTTPConnection("127.0.0.1", slow.port, timeout=30)) as connection:
            connection.request("POST", "/zzsb/declare", b"[]", headers(slow, b"[]"))
            answer = connection.getresponse()
            answers.append((json.load(answer)["code"], answer.headers["Retry-After"]))
    slow.stop()

    assert answers == [(0, None), (42900, "1")]


# --- What is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("houseCode", "T000000000000000000000001", 40010),
        ("houseCode", "9901010010010000000000301", 40010),
        ("houseCode", None, 40010),
        ("lessorMobile", "075512345678", 40021),
        ("lessorMobile", None, 40021),
        ("mobile", "12345", 40021),
        ("residentName", "一", 40051),
        ("residentName", "名" * 21, 40051),
        ("idType", "111", 40000),
        ("idNo", "990101199202290011", 40000),
        ("gender", "1", 40000),
        ("gender", True, 40000),
        ("gender", 9, 40000),
        ("birthday", "19920229", 40000),
        ("birthday", "1991-02-29", 40000),
        ("nation", "01", 40000),
        ("domicileCode", "4301", 40000),
        ("domicileAddress", "", 40000),
        ("liveType", "2", 40000),
        ("checkInDate", None, 40000),
        ("stayReason", "01", 40000),
        ("agentName", None, 40000),
        ("lessorName", None, 40000),
        ("leaveReason", "MOVE", 40000),
        ("requestId", "../1", 40000),
        ("religion", "1", 40000),
    ],
)
def test_a_tenant_is_refused_by_their_rules(platform: DeclarationPlatform, field: str, value: Any, code: int) -> None:
    refused = case(platform, **{field: value})

    assert (refused["code"], refused["data"]) == (code, {"field": field})
    assert platform.store.dump() == {}


@pytest.mark.parametrize(
    ("field", "value"), [("checkOutDate", "yesterday"), ("leaveReason", "2"), ("idNo", ""), ("idType", "")]
)
def test_a_move_out_is_refused_by_their_rules(platform: DeclarationPlatform, field: str, value: str) -> None:
    answer = declare(platform, {**LEAVING, field: value})

    assert (answer["data"][0]["code"], answer["data"][0]["data"]) == (40000, {"field": field})


def test_optional_fields_may_be_left_out(platform: DeclarationPlatform) -> None:
    assert case(platform, nation=None, lessorIdNo=None)["code"] == 0


def test_their_ten_reasons_to_stay_are_all_taken(platform: DeclarationPlatform) -> None:
    taken = declare(
        platform, *[{**TENANT, "requestId": f"r{place}", "stayReason": one} for place, one in enumerate(STAYING)]
    )

    assert [one["code"] for one in taken["data"]] == [0] * 10


def test_one_that_is_refused_keeps_nobody_out(platform: DeclarationPlatform) -> None:
    wrong = {**TENANT, "requestId": "2", "gender": 9}

    answer = declare(platform, wrong, TENANT)

    assert [one["code"] for one in answer["data"]] == [40000, 0]
    assert [one["requestId"] for one in answer["data"]] == ["2", TENANT["requestId"]]


# --- What is held ------------------------------------------------------------------------------------------------


def test_a_query_says_what_is_held_with_its_numbers_encrypted(platform: DeclarationPlatform) -> None:
    given = case(platform)["data"]["declareNo"]

    (by_number,) = call(platform, b"", headers(platform, b""), f"/{given}")["data"]
    (by_request,) = call(platform, b"", headers(platform, b""), f"/by-request/{TENANT['requestId']}")["data"]

    assert by_number["data"]["declareNo"] == by_request["data"]["declareNo"] == given
    held = by_number["data"]["declaration"]
    assert held["residentName"] == "张伟"
    assert held["idNo"] not in ("", TENANT["idNo"])
    assert "requestId" not in held


def test_nobody_knows_what_was_never_declared(platform: DeclarationPlatform) -> None:
    answer = call(platform, b"", headers(platform, b""), "/SB1,SB2")

    assert [(one["code"], one["data"]) for one in answer["data"]] == [
        (40400, {"declareNo": "SB1"}),
        (40400, {"declareNo": "SB2"}),
    ]


def test_more_than_fifty_numbers_are_not_looked_up(platform: DeclarationPlatform) -> None:
    assert call(platform, b"", headers(platform, b""), "/" + ",".join(["SB1"] * 51))["code"] == 40000


def test_their_bug_keeps_two_of_one(platform: DeclarationPlatform) -> None:
    platform.faults.set("twice")

    case(platform)

    assert len(platform.store.table("declarations")) == 2


def test_the_first_day_again_holds_nothing(platform: DeclarationPlatform) -> None:
    case(platform)

    platform.reset()

    assert (platform.store.dump(), len(platform.ledger), platform.calls.made) == ({}, 0, [])


def test_decisions_outlive_closing_time(platform: DeclarationPlatform, until: Any) -> None:
    platform.decides_after = 0.3
    case(platform)

    platform.stop()
    platform.decides_after = 0.0
    platform.start()

    assert until(lambda: platform.store.table("residents"))


def test_a_department_in_its_own_time_takes_at_most_the_landlords_three_days() -> None:
    slow = DeclarationPlatform(own_time=True, hurry=1000.0)

    waits = [slow._decision(0.8, 250_000.0) for _ in range(500)]

    assert max(waits) <= 72 * 3.6
    assert min(waits) < 1
