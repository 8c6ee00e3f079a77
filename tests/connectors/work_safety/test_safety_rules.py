"""The department's own rules, met without the connector and without a broker: signatures, fields, books."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import hashes, hmac

from connectors.work_safety.sandbox import WorkSafetyOffice

SAMPLES = Path(__file__).parent / "samples"
REPORT: dict[str, Any] = json.loads((SAMPLES / "shared_rental.sent.json").read_text(encoding="utf-8"))
UPDATE: dict[str, Any] = json.loads((SAMPLES / "no_danger_any_more.sent.json").read_text(encoding="utf-8"))
WORKSHOP: dict[str, Any] = json.loads((SAMPLES / "workshop.sent.json").read_text(encoding="utf-8"))
CLOSE: dict[str, Any] = json.loads((SAMPLES / "let_no_more.sent.json").read_text(encoding="utf-8"))
HOUSE = REPORT["houseCode"]
PHOTO = {"mediaType": "image/jpeg", "content": base64.b64encode(b"\xff\xd8\xff a staircase").decode()}


@pytest.fixture
def closed() -> WorkSafetyOffice:
    """The department without its door."""
    return WorkSafetyOffice()


def sm3(key: str, body: bytes) -> str:
    mac = hmac.HMAC(key.encode(), hashes.SM3())
    mac.update(body)
    return mac.finalize().hex()


def tell(department: WorkSafetyOffice, event: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """The one result of one event, told under an id of its own."""
    body = json.dumps({**event, "eventId": str(uuid4()), **changed}).encode()
    (reply,) = department.consume(body, sm3(department.settings()["hmac_key"], body))
    assert reply.mac == sm3(department.settings()["hmac_key"], reply.body)
    result: dict[str, Any] = json.loads(reply.body)
    return result


def code(department: WorkSafetyOffice, event: dict[str, Any], **changed: Any) -> str:
    return str(tell(department, event, **changed)["code"])


# --- Messages ----------------------------------------------------------------------------------------------------


def test_what_is_not_signed_goes_to_the_dead_letters(closed: WorkSafetyOffice) -> None:
    body = json.dumps(REPORT).encode()

    (reply,) = closed.consume(body, sm3("another key", body))

    assert json.loads(reply.body)["code"] == "AQ-5000"
    assert list(closed.store.dump()) == ["dead_letters"]


@pytest.mark.parametrize("body", [b"", b"<event/>", b"[]", b'{"eventType": "PLACE_UPSERT"}', b'{"eventId": 7}'])
def test_what_names_no_event_is_answered_with_nothing(closed: WorkSafetyOffice, body: bytes) -> None:
    assert closed.consume(body, sm3(closed.settings()["hmac_key"], body)) == []
    assert len(closed.store.table("dead_letters")) == 1


def test_a_duplicate_is_answered_with_its_old_result_and_does_nothing(closed: WorkSafetyOffice) -> None:
    first = tell(closed, REPORT, eventId="the same")
    stored = closed.store.dump()

    again = tell(closed, REPORT, eventId="the same", occupants=99)

    assert {**again, "resultTime": 0} == {**first, "resultTime": 0}
    assert closed.store.dump() == stored


def test_a_dead_letter_may_be_consumed_the_next_time(closed: WorkSafetyOffice) -> None:
    closed.faults.set("dead_letter", times=1)

    assert code(closed, REPORT, eventId="the same") == "AQ-5000"
    assert code(closed, REPORT, eventId="the same") == "AQ-0000"


# --- Fields ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "result"),
    [
        ({"houseCode": "T000000000000000000000001"}, "AQ-5000"),
        ({"eventType": "PLACE_INSERT"}, "AQ-5000"),
        ({"occurTime": 1710464705}, "AQ-5000"),
        ({"occurTime": "2024-03-15"}, "AQ-5000"),
        ({"reporter": ""}, "AQ-5000"),
        ({"useKind": "01"}, "AQ-5000"),
        ({"occupants": "4"}, "AQ-5000"),
        ({"ownerName": None}, "AQ-5000"),
        ({"hazards": [{"type": "01", "desc": "楼道堆放杂物"}]}, "AQ-5000"),
        ({"hazards": "XF01"}, "AQ-5000"),
        ({"lng": "far"}, "AQ-5000"),
        ({"hazardPhoto": {"content": "no base 64!"}}, "AQ-5000"),
        ({"lng": "2.35", "lat": "48.85"}, "AQ-1002"),
        ({"hazards": [{"type": "XF01", "desc": "有杂物"}]}, "AQ-1003"),
        ({"hazards": [], "rentMode": "1"}, "AQ-2002"),
        ({"hazards": [], "rentMode": "6"}, "AQ-0000"),
    ],
)
def test_an_event_is_judged_by_their_rules(closed: WorkSafetyOffice, changed: dict[str, Any], result: str) -> None:
    assert code(closed, REPORT, **changed) == result
    assert (closed.store.table("places") == {}) is (result != "AQ-0000")


def test_a_place_just_outside_the_jurisdiction_is_outside(closed: WorkSafetyOffice) -> None:
    closed.area = (114.0500, 22.5450, 114.0600, 22.5480)

    assert code(closed, REPORT) == "AQ-0000"
    assert code(closed, REPORT, lng="114.05000000", lat="22.55000000") == "AQ-1002"  # WGS-84, as it was measured


def test_dangerous_goods_are_not_believed_without_a_photo(closed: WorkSafetyOffice) -> None:
    goods = {"hazards": [{"type": "WH01", "desc": "室内存放气瓶"}]}

    assert code(closed, REPORT, **goods) == "AQ-2001"
    assert code(closed, REPORT, **goods, hazardPhoto={**PHOTO, "mediaType": "application/pdf"}) == "AQ-2001"
    assert code(closed, REPORT, **goods, hazardPhoto=PHOTO) == "AQ-0000"
    kept = closed.store.table("hazards")[HOUSE]["photo"]
    assert (kept["mediaType"], kept["size"]) == ("image/jpeg", 15)


# --- Books -------------------------------------------------------------------------------------------------------


def test_a_report_is_kept_in_their_words_under_numbers_of_its_own(closed: WorkSafetyOffice) -> None:
    result = tell(closed, REPORT)

    place, report = closed.store.table("places")[HOUSE], closed.store.table("hazards")[HOUSE]
    assert (result["placeId"], result["hazardNo"]) == (place["placeId"], report["hazardNo"])
    assert (place["lng"], place["useKind"], place["status"]) == ("114.05510393", "RES", "在管")
    assert [one["type"] for one in report["hazards"]] == ["MD01", "XF01", "QT99"]
    assert report["status"] == "待整改"


def test_a_danger_that_is_gone_is_put_right_and_the_numbers_stay(closed: WorkSafetyOffice) -> None:
    before = tell(closed, REPORT)

    after = tell(closed, UPDATE)

    assert after["placeId"] == before["placeId"]
    assert closed.store.table("hazards")[HOUSE]["status"] == "已整改"


def test_what_is_told_again_without_a_change_is_there_already(closed: WorkSafetyOffice) -> None:
    first = tell(closed, REPORT)

    again = tell(closed, REPORT, occurTime=REPORT["occurTime"] + 1000)

    assert (again["code"], again["placeId"], again["hazardNo"]) == ("AQ-1001", first["placeId"], first["hazardNo"])


def test_a_workshop_has_its_own_hazard(closed: WorkSafetyOffice) -> None:
    result = tell(closed, WORKSHOP)

    assert result["hazardNo"]
    assert closed.store.table("hazards")[HOUSE]["hazards"] == [{"type": "XF01", "desc": ""}]


def test_a_place_is_closed_and_may_come_again(closed: WorkSafetyOffice) -> None:
    first = tell(closed, REPORT)

    assert tell(closed, CLOSE)["placeId"] == first["placeId"]
    assert closed.store.table("places")[HOUSE]["status"] == "已注销"
    assert tell(closed, REPORT)["placeId"] == first["placeId"]
    assert closed.store.table("places")[HOUSE]["status"] == "在管"


def test_to_close_what_never_was_is_no_trouble(closed: WorkSafetyOffice) -> None:
    assert code(closed, CLOSE) == "AQ-0000"
    assert closed.store.table("places") == {}


# --- Faults ------------------------------------------------------------------------------------------------------


def told(department: WorkSafetyOffice) -> list[dict[str, Any]]:
    """Every result that one report brings, in its order."""
    body = json.dumps(REPORT).encode()
    return [json.loads(one.body) for one in department.consume(body, sm3(department.settings()["hmac_key"], body))]


@pytest.mark.parametrize(
    ("fault", "codes"),
    [
        ("callback_never", []),
        ("callback_twice", ["AQ-0000", "AQ-0000"]),
        ("callback_forged", ["AQ-0000", "AQ-0000"]),
        ("callback_unknown", ["AQ-0000", "AQ-0000"]),
        ("return_shuffled", ["AQ-0000"]),
        ("error_in_200", ["500"]),
        ("dead_letter", ["AQ-5000"]),
        ("duplicate", ["AQ-1001"]),
        ("lose", ["AQ-0000"]),
        ("twice", ["AQ-0000"]),
    ],
)
def test_it_can_be_told_to_misbehave(closed: WorkSafetyOffice, fault: str, codes: list[str]) -> None:
    closed.faults.set(fault)

    assert [one["code"] for one in told(closed)] == codes


def test_what_it_loses_is_not_remembered_and_what_it_stores_twice_is_there_twice(closed: WorkSafetyOffice) -> None:
    closed.faults.set("lose", times=1)
    told(closed)
    assert closed.store.table("places") == {}

    closed.faults.set("twice", times=1)
    told(closed)
    assert list(closed.store.table("places")) == [HOUSE, f"{HOUSE}/2"]
