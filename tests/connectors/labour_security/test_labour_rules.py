"""The department's own rules, met without the connector: tokens, sealed messages, fields, its register."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, hmac, padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from connectors.labour_security.sandbox import LabourOffice
from connectors.labour_security.sandbox_rules import is_credit_code

SAMPLES = Path(__file__).parent / "samples"
WORKER: dict[str, Any] = json.loads((SAMPLES / "floating_tenant.sent.json").read_text(encoding="utf-8"))
NUMBER = WORKER["AAC147"]
OTHER_FIRM = {"AAB003": "9199010100000011AE", "AAB004": "测试区便民超市"}


def post(office: LabourOffice, path: str, body: Any, token: str = "") -> tuple[int, dict[str, Any]]:
    with closing(http.client.HTTPConnection("127.0.0.1", office.port, timeout=30)) as connection:
        connection.request("POST", f"/ldyg/v2/{path}", json.dumps(body), {"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else {}


def sign_in(office: LabourOffice, **changed: str) -> dict[str, Any]:
    granted = office.settings()
    return post(office, "getToken", {"appId": granted["app_id"], "secret": granted["secret"]} | changed)[1]


def sealed(office: LabourOffice, record: Any, operation: str) -> dict[str, str]:
    """As their interface document has it."""
    granted = office.settings()
    padder = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.SM4(bytes.fromhex(granted["sm4_key"])), modes.ECB()).encryptor()  # noqa: S305
    content = encryptor.update(padder.update(json.dumps(record).encode()) + padder.finalize()).hex()
    mac = hmac.HMAC(granted["mac_key"].encode(), hashes.SM3())
    mac.update(f"{operation}{content}".encode())
    return {
        "APP_ID": granted["app_id"],
        "OPER_TYPE": operation,
        "ENCRYPT_DATA": content,
        "MAC": mac.finalize().hex(),
    }


def tell(office: LabourOffice, record: Any, operation: str = "1", **changed: Any) -> dict[str, Any]:
    token = sign_in(office)["data"]["token"]
    status, answer = post(office, "employment", sealed(office, record, operation) | changed, token)
    assert status == 200
    return answer


# --- The door ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("changed", [{"secret": "guessed"}, {"appId": "another"}])
def test_a_token_is_given_for_appid_and_secret_alone(office: LabourOffice, changed: dict[str, str]) -> None:
    assert sign_in(office, **changed) == {"appcode": "302", "message": "appId或secret错误", "data": {}}


def test_a_token_is_good_for_two_hours(office: LabourOffice) -> None:
    assert sign_in(office)["data"]["expires_in"] == 7200


@pytest.mark.parametrize("token", ["", "made up"])
def test_a_token_they_did_not_give_is_none(office: LabourOffice, token: str) -> None:
    _, answer = post(office, "employment", sealed(office, WORKER, "1"), token)

    assert (answer["appcode"], answer["message"]) == ("301", "token失效")
    assert office.store.dump() == {}


def test_a_token_ends(office: LabourOffice) -> None:
    office.token_life = 0.0

    assert tell(office, WORKER)["appcode"] == "301"


@pytest.mark.parametrize(
    "changed", [{"MAC": "0" * 64}, {"OPER_TYPE": "3"}, {"APP_ID": "another"}, {"ENCRYPT_DATA": "00" * 16}]
)
def test_a_message_that_is_not_sealed_is_not_read(office: LabourOffice, changed: dict[str, str]) -> None:
    assert tell(office, WORKER, **changed)["appcode"] == "303"
    assert len(office.ledger) == 0


def test_who_calls_too_often_is_sent_away(office: LabourOffice) -> None:
    token = sign_in(office)["data"]["token"]

    statuses = [post(office, "query", sealed(office, {}, "9"), token)[0] for _ in range(15)]

    assert statuses[:10] == [200] * 10
    assert 429 in statuses[10:]


# --- The fields --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"BAZ001": ""}, "100"),
        ({"AAC058": "111"}, "100"),
        ({"AAC147": None}, "100"),
        ({"AAC004": "1"}, "100"),
        ({"AAC005": "汉"}, "100"),
        ({"AAC006": "19920229"}, "100"),
        ({"AAC006": "1992-02-30"}, "100"),
        ({"AAC006": "1992-03-01"}, "100"),
        ({"AAC009": "1"}, "100"),
        ({"AAC011": "30"}, "100"),
        ({"AAE006": ""}, "100"),
        ({"AAB003": "9199010100000001AA"}, "101"),
        ({"AAB003": "9199010100000001A"}, "101"),
        ({"AAC161": None}, "105"),
        ({"AAC161": "2024-1"}, "105"),
    ],
)
def test_an_employment_is_refused_by_their_rules(office: LabourOffice, changed: dict[str, Any], refusal: str) -> None:
    assert tell(office, WORKER | changed)["appcode"] == refusal
    assert office.store.dump() == {}


def test_who_is_fifteen_is_not_theirs(office: LabourOffice) -> None:
    born = date.today().replace(year=date.today().year - 15, day=1)  # noqa: DTZ011 - a day more or less is no matter
    young = {"AAC006": f"{born}", "AAC147": f"990101{born:%Y%m%d}0010"}

    assert tell(office, WORKER | young)["appcode"] == "103"


def test_a_local_needs_no_residence_registration(office: LabourOffice) -> None:
    local = {name: value for name, value in WORKER.items() if name != "AAC161"} | {"AAC301": "990101"}

    assert tell(office, local)["appcode"] == "0"


@pytest.mark.parametrize(
    ("code", "holds"),
    [("9199010100000001AQ", True), ("91990101000000010Q", False), ("9199010100000001AI", False), ("", False)],
)
def test_a_credit_code_has_a_check_character(code: str, holds: bool) -> None:
    assert is_credit_code(code) is holds


# --- The register ------------------------------------------------------------------------------------------------


def test_a_firm_is_registered_under_its_first_name(office: LabourOffice) -> None:
    tell(office, WORKER)

    answer = tell(office, WORKER | {"AAC147": "99010119920229003X", "AAB004": "测试电子"})

    assert (answer["appcode"], answer["data"]) == ("102", {"AAB004": WORKER["AAB004"]})


def test_whoever_is_employed_elsewhere_is_not_new_and_a_change_takes_them_along(office: LabourOffice) -> None:
    number = tell(office, WORKER)["data"]["AAC001"]

    assert tell(office, WORKER | OTHER_FIRM)["appcode"] == "104"
    assert tell(office, WORKER | OTHER_FIRM, "2")["data"] == {"AAC001": number}
    assert (office.store.get("employments", NUMBER) or {})["AAB003"] == OTHER_FIRM["AAB003"]


def test_who_has_left_stays_in_the_register_and_may_begin_elsewhere(office: LabourOffice) -> None:
    tell(office, WORKER)
    keys = {name: WORKER[name] for name in ("BAZ001", "AAC058", "AAC147", "AAB003")}

    assert tell(office, keys | {"AAB003": OTHER_FIRM["AAB003"]}, "3")["appcode"] == "0"
    assert (office.store.get("employments", NUMBER) or {})["AAE100"] == "1"
    assert tell(office, keys, "3")["appcode"] == "0"
    assert (office.store.get("employments", NUMBER) or {})["AAE100"] == "0"
    assert tell(office, WORKER | OTHER_FIRM)["appcode"] == "0"


def test_to_end_what_never_was_is_no_trouble(office: LabourOffice) -> None:
    keys = {name: WORKER[name] for name in ("BAZ001", "AAC058", "AAC147")}

    assert tell(office, keys, "3") == {"appcode": "0", "message": "success", "data": {}}


def test_a_registration_that_was_cancelled_is_none(office: LabourOffice) -> None:
    office.store.put("void", WORKER["AAC161"], {})

    assert tell(office, WORKER)["appcode"] == "105"


def test_told_to_store_twice_it_does(office: LabourOffice) -> None:
    office.faults.set("twice")

    tell(office, WORKER)

    assert list(office.store.table("employments")) == [NUMBER, f"{NUMBER}/2"]
