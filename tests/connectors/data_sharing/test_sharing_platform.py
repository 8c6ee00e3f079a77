"""The platform by itself: what its services and its ETL say to somebody who has only read its documents."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import urllib.request
from typing import Any

import psycopg
import pytest

from connectors.data_sharing.sandbox import SharingPlatform
from connectors.data_sharing.sandbox_quality import hashed, sealed
from connectors.data_sharing.sandbox_tables import RESIDENTS
from tests.conftest import Until

NUMBER = "990101199202290010"


def post(platform: SharingPlatform, path: str, body: Any, headers: dict[str, str] | None = None) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310 - their own service
        f"{platform.settings()['url']}/{path}", json.dumps(body).encode(), headers or {}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        told: dict[str, Any] = json.loads(answer.read())
        return told


def secret(platform: SharingPlatform) -> str:
    given = platform.settings()
    told = post(platform, "secret", {"rid": given["rid"], "appkey": given["appkey"]})
    return str(told["data"]["secret"])


def signed(platform: SharingPlatform, service: str, /, **wrong: str) -> dict[str, str]:
    rid, at = platform.settings()["rid"], wrong.pop("at", str(int(time.time() * 1000)))
    key = wrong.pop("key", "") or secret(platform)
    mac = hmac.digest(key.encode(), f"{service}{rid}{at}".encode(), hashlib.sha256)
    headers = {"rid": rid, "sid": service, "rtime": at, "sign": base64.b64encode(mac).decode(), **wrong}
    return {f"gjgxjhpt_{name}": value for name, value in headers.items()}


def line(platform: SharingPlatform, until: Until, number: str) -> dict[str, Any]:
    """What the report says of a row, once it says anything."""

    def told() -> Any:
        answer = post(platform, "service/quality", {"TONG_ID": [number]}, signed(platform, "GX-ZL-01"))
        return answer["data"]["LB"]

    (found,) = until(told)
    return dict(found)


def put(platform: SharingPlatform, **changed: str | None) -> dict[str, str | None]:
    row: dict[str, str | None] = {
        "TONG_ID": "1", "OP_FLAG": "I", "SJGXSJ": "2024-03-15 09:05:07.089", "ZYDM": "30799010101/000001",
        "ZJLX": "111", "ZJHM": sealed(NUMBER, platform.sm4_key), "XM": "张伟", "XB": "1", "CSRQ": "1992-02-29",
        "MZ": "01", "HJDQH": "430102", "JZDQH": "990101001001", "FWBM": "9901010010010000012000301",
        "JZDZ": "测试路8号301", "RZRQ": None, "BLRQ": None, **changed,
    }  # fmt: skip
    row["SM3HASH"] = changed.get("SM3HASH") or hashed(row, RESIDENTS)
    columns, places = ", ".join(f'"{name}"' for name in row), ", ".join(["%s"] * len(row))
    with psycopg.connect(platform.database.url) as connection:
        connection.execute(f'INSERT INTO "{RESIDENTS}" ({columns}) VALUES ({places})', list(row.values()))
    return row


def test_a_good_row_is_in_the_base_and_in_the_report(platform: SharingPlatform, until: Until) -> None:
    row = put(platform)

    assert line(platform, until, "1") == {
        "TONG_ID": "1", "SM3HASH": row["SM3HASH"], "ZT": "1", "WTDM": "", "WTMS": "", "WTZD": "",
    }  # fmt: skip
    assert platform.store.table("persons")[f"111-{NUMBER}"]["ZJHM"] == NUMBER


@pytest.mark.parametrize(
    ("changed", "code", "column"),
    [
        ({"MZ": None}, "DQ-01", "MZ"),
        ({"ZJHM": None}, "DQ-01", "ZJHM"),
        ({"MZ": "汉"}, "DQ-02", "MZ"),
        ({"CSRQ": "19920229"}, "DQ-02", "CSRQ"),
        ({"JZDQH": "990101"}, "DQ-02", "JZDQH"),
        ({"OP_FLAG": "X"}, "DQ-02", "OP_FLAG"),
        ({"ZJHM": NUMBER}, "DQ-02", "ZJHM"),
        ({"SM3HASH": "0" * 64}, "DQ-02", "SM3HASH"),
        ({"ZYDM": "30799010101/000009"}, "DQ-05", "ZYDM"),
    ],
)
def test_a_row_that_is_not_as_the_catalogue_says_is_a_problem(
    platform: SharingPlatform, until: Until, changed: dict[str, str | None], code: str, column: str
) -> None:
    put(platform, **changed)

    told = line(platform, until, "1")

    assert (told["ZT"], told["WTDM"], told["WTZD"]) == ("2", code, column)
    assert told["WTMS"]
    assert platform.store.table("persons") == {}


def test_a_row_of_an_entry_that_nobody_approved_stays_in_the_table(platform: SharingPlatform, until: Until) -> None:
    put(platform, ZYDM="30799010101/000009")
    line(platform, until, "1")

    with psycopg.connect(platform.database.url) as connection:
        assert connection.execute('SELECT "TONG_ID" FROM "T_GX_RK_DELTA"').fetchall() == [("1",)]
    assert len(platform.ledger) == 0


def test_the_report_counts_its_lines(platform: SharingPlatform, until: Until) -> None:
    put(platform)
    put(platform, TONG_ID="2", MZ=None)
    line(platform, until, "2")

    told = post(platform, "service/quality", {"TONG_ID": ["1", "2", "3"]}, signed(platform, "GX-ZL-01"))

    assert (told["data"]["ZS"], told["data"]["HGL"]) == (2, "50.00")


def test_what_it_holds_comes_back_with_the_number_sealed(platform: SharingPlatform, until: Until) -> None:
    put(platform)
    line(platform, until, "1")

    told = post(platform, "service/verification", {"TONG_ID": ["1"]}, signed(platform, "GX-JH-01"))

    (found,) = told["data"]["LB"]
    assert found["XCSJ"]["XM"] == "张伟"
    assert NUMBER not in json.dumps(told)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"key": "guessed"}, "1001"),
        ({"rid": "another"}, "1001"),
        ({"sign": ""}, "1001"),
        ({"at": "0"}, "1002"),
        ({"at": "yesterday"}, "1002"),
        ({"sid": "GX-JH-01"}, "1005"),
    ],
)
def test_a_request_that_is_not_signed_as_it_must_be_is_refused(
    platform: SharingPlatform, wrong: dict[str, str], code: str
) -> None:
    secret(platform)

    told = post(platform, "service/quality", {"TONG_ID": []}, signed(platform, "GX-ZL-01", **wrong))

    assert told["code"] == code
    assert told["data"] is None


def test_a_secret_lasts_a_day(platform: SharingPlatform) -> None:
    key = secret(platform)
    headers = signed(platform, "GX-ZL-01", key=key)
    assert post(platform, "service/quality", {"TONG_ID": []}, headers)["code"] == "0"

    platform.gateway.expire()

    assert post(platform, "service/quality", {"TONG_ID": []}, headers)["code"] == "1003"
    assert secret(platform) != key


def test_the_secret_is_for_whoever_has_the_appkey(platform: SharingPlatform) -> None:
    assert post(platform, "secret", {"rid": platform.settings()["rid"], "appkey": "guessed"})["code"] == "1004"


def test_more_than_five_hundred_rows_are_not_asked_about_at_once(platform: SharingPlatform) -> None:
    told = post(platform, "service/quality", {"TONG_ID": ["x"] * 501}, signed(platform, "GX-ZL-01"))

    assert told["code"] == "2001"


def test_their_bug_stores_a_person_twice(platform: SharingPlatform, until: Until) -> None:
    platform.faults.set("twice")
    put(platform)
    line(platform, until, "1")

    assert len(platform.store.table("persons")) == 2
