"""How a department misbehaves: each fault over the wire, for good or for the next n requests."""

from __future__ import annotations

import http.client
import time
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from connectors.sandbox import Faults
from connectors.sandbox.faults import WORDS
from connectors.sandbox.honoured import honoured
from tests.connectors.sandbox.office import Office


def test_no_fault_is_no_fault(office: Office) -> None:
    assert office.post("a")[:2] == (200, '{"ok": true}')


@pytest.mark.parametrize("value", [False, None])
def test_a_fault_set_to_nothing_is_off(value: object) -> None:
    faults = Faults()
    faults.set("hang")

    faults.set("hang", value)

    assert not faults.is_on("hang")


def test_a_fault_for_the_next_two_requests_is_gone_with_the_third() -> None:
    faults = Faults()

    faults.set("lose", times=2)

    assert [faults.take("lose") for _ in range(3)] == [True, True, None]


def test_a_fault_for_good_stays_until_it_is_cleared() -> None:
    faults = Faults()
    faults.set("slow", 2.5)

    assert [faults.take("slow") for _ in range(3)] == [2.5] * 3
    faults.clear("slow")
    assert faults.take("slow") is None


def test_a_number_of_server_errors_is_a_number_of_times() -> None:
    faults = Faults()

    faults.set("error_5xx", 2)

    assert [bool(faults.take("error_5xx")) for _ in range(3)] == [True, True, False]


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown fault boom"):
        Faults().set("boom")


def test_an_answer_can_be_scripted_for_one_record() -> None:
    faults = Faults()
    faults.script("990101199202290010", "41004", times=1)
    faults.script("", "99")

    assert faults.scripted("9901010010010000001000301", "990101199202290010") == "41004"
    assert faults.scripted("990101199202290010") is None


def test_what_is_told_in_json_is_what_is_set() -> None:
    faults = Faults()

    faults.read(
        {"slow": 2, "lose": {"times": 3}, "hang": False, "scripted": {"a": "21", "b": {"code": "41", "times": 1}}}
    )

    assert faults.as_json() == {
        "slow": {"value": 2, "times": None},
        "lose": {"value": True, "times": 3},
        "scripted": {"a": {"code": "21", "times": None}, "b": {"code": "41", "times": 1}},
    }


def test_every_fault_says_what_it_does_in_both_languages() -> None:
    assert all(chinese and english for chinese, english in WORDS.values())


def test_what_a_department_can_be_told_is_read_from_what_it_does() -> None:
    assert honoured(Office) >= {"down", "hang", "redirect", "huge", "lose"}
    assert not {"duplicate", "callback_twice", "captcha"} & honoured(Office)


@pytest.mark.parametrize("fault", ["reset", "down", "answer_lost"])
def test_these_leave_without_an_answer(office: Office, fault: str) -> None:
    office.faults.set(fault)

    with pytest.raises(OSError):
        office.post("a")

    assert list(office.store.table("kept")) == (["a"] if fault == "answer_lost" else [])


def test_hanging_is_taking_the_request_and_saying_nothing(office: Office) -> None:
    office.faults.set("hang")

    with pytest.raises(TimeoutError):
        office.post("a", seconds=0.3)


def test_slow_is_late(office: Office) -> None:
    office.faults.set("slow", 0.3)
    began = time.monotonic()

    office.post("a")

    assert time.monotonic() - began >= 0.3


def test_a_lost_record_is_confirmed_and_not_there(office: Office) -> None:
    office.faults.set("lose", times=1)

    assert office.post("a")[0] == 200
    assert office.store.dump() == {}


@pytest.mark.parametrize(
    ("fault", "value", "status", "words"),
    [
        ("error_5xx", True, 503, "503"),
        ("too_many", True, 429, "过于频繁"),
        ("html_instead", True, 200, "<html>"),
        ("error_in_200", True, 200, "500"),
    ],
)
def test_these_answer_something_else(office: Office, fault: str, value: object, status: int, words: str) -> None:
    office.faults.set(fault, value, times=1)

    answer = office.post("a")

    assert answer[0] == status
    assert words in answer[1]
    assert office.store.dump() == {}
    assert office.post("b")[0] == 200


@pytest.mark.parametrize("value", [30, "Wed, 21 Oct 2026 07:28:00 GMT", "99999999999"])
def test_too_many_asks_to_come_back_later(office: Office, value: object) -> None:
    office.faults.set("too_many", value)

    assert office.post("a")[2]["Retry-After"] == str(value)


def test_who_follows_a_redirect_is_seen_elsewhere(office: Office) -> None:
    office.faults.set("redirect", 307)
    status, _, headers = office.post("a")
    target = urlsplit(headers["Location"])
    assert status == 307
    assert office.elsewhere.lines() == []

    with closing(http.client.HTTPConnection(str(target.hostname), target.port)) as connection:
        connection.request("POST", target.path, b"a")
        answer = connection.getresponse().read()

    assert b"true" in answer
    assert [(line["key"], line["action"], line["size"]) for line in office.elsewhere.lines()] == [("/in", "POST", 1)]
    assert target.port != office.port
    assert office.store.dump() == {}


def test_dripping_is_a_byte_at_a_time_and_whole_in_the_end(office: Office) -> None:
    office.faults.set("drip", 0.02)
    began = time.monotonic()

    assert office.post("a")[:2] == (200, '{"ok": true}')
    assert time.monotonic() - began >= 0.02 * len('{"ok": true}')


def test_a_huge_answer_begins_well_and_never_ends(office: Office) -> None:
    office.faults.set("huge")

    with closing(http.client.HTTPConnection("127.0.0.1", office.port, timeout=30)) as connection:
        connection.request("POST", "/in", b"a")
        answer = connection.getresponse()
        begun = answer.read(4 * 1024 * 1024)

    assert begun.startswith(b'{"ok": true}')
    assert len(begun) == 4 * 1024 * 1024
    assert list(office.store.table("kept")) == ["a"]
