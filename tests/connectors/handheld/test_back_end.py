"""The department's own rules, met without the connector: charset, columns, numbers, dates."""

from __future__ import annotations

import hashlib
import http.client
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from urllib.parse import quote_from_bytes
from zoneinfo import ZoneInfo

import pytest

from connectors.handheld.sandbox import HandheldBackEnd

SAMPLES = Path(__file__).parent / "samples"
PERSON = (SAMPLES / "floating_tenant.sent.txt").read_text(encoding="utf-8").rstrip("\n")
HOUSE = (SAMPLES / "shared_rental.sent.txt").read_text(encoding="utf-8").rstrip("\n")


@pytest.fixture
def department() -> Iterator[HandheldBackEnd]:
    running = HandheldBackEnd()
    running.start()
    yield running
    running.stop()


def header(department: HandheldBackEnd) -> str:
    granted = department.settings()
    text = f"{granted['password']}{datetime.now(ZoneInfo('Asia/Shanghai')):%Y%m%d}"
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return f"{granted['device']}|{granted['worker_no']}|{digest}"


def post(department: HandheldBackEnd, body: bytes) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", department.port, timeout=30)) as connection:
        connection.request("POST", "/pda/up", body)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("gbk")


def answer(department: HandheldBackEnd, *lines: bytes) -> str:
    packet = b"\r\n".join([header(department).encode("gbk"), *lines])
    status, text = post(department, b"packet=" + quote_from_bytes(packet).encode())
    assert status == 200
    return text


def code(department: HandheldBackEnd, line: str) -> str:
    return answer(department, line.encode("gbk")).split("|")[1]


def changed(line: str, column: int, value: str) -> str:
    """The line with its n-th column, counted from 1 as in their handbook, changed."""
    columns = line.split("|")
    columns[column - 1] = value
    return "|".join(columns)


@pytest.mark.parametrize("body", [b"", b"text=", b"packet=" + b"A" * (64 * 1024 + 1)])
def test_what_is_no_packet_is_no_request(department: HandheldBackEnd, body: bytes) -> None:
    assert post(department, body)[0] == 400


@pytest.mark.parametrize("body", [b"packet=", b"packet=PDA|W0001|0", b"packet=%FF%FF"])
def test_nobody_is_let_in_without_todays_digest(department: HandheldBackEnd, body: bytes) -> None:
    assert post(department, body)[0] == 403


def test_a_hundred_and_one_lines_are_too_many(department: HandheldBackEnd) -> None:
    assert answer(department, *[PERSON.encode("gbk")] * 101) == "0|10|每包不超过100行"


def test_the_samples_are_taken(department: HandheldBackEnd) -> None:
    text = answer(department, PERSON.encode("gbk"), HOUSE.encode("gbk"))

    assert text == "1|0|0000000000000001\r\n2|0|0000000000000002"


@pytest.mark.parametrize(
    ("column", "value", "refusal"),
    [
        (1, "5", "10"),
        (1, "", "10"),
        (2, "", "12"),
        (2, "张3", "12"),
        (3, "1", "10"),
        (4, "990101199202290011", "11"),
        (4, "99010119920229001", "11"),
        (4, "990101920229001", "0"),
        (4, "A12345678901234", "11"),
        (5, "1992/02/29", "10"),
        (5, "1992-2-29", "10"),
        (5, "1992/2/28", "11"),
        (6, "汉族", "10"),
        (6, "01", "10"),
        (7, "5", "10"),
        (7, "", "0"),
        (8, "90", "10"),
        (9, "", "10"),
        (10, "", "10"),
        (11, "长" * 30, "0"),
        (11, "长" * 31, "10"),
        (12, "T000000000000000000000001", "21"),
        (12, "9901010010010000000000301", "21"),
        (12, "9901010010000000012000301", "31"),
        (13, "2024/03/10", "10"),
        (14, "5", "10"),
        (16, "是", "10"),
        (17, "01;03", "10"),
        (17, "", "0"),
        (18, "2024/3/15 09:05:00", "10"),
        (19, "", "10"),
    ],
)
def test_a_person_is_refused_by_their_rules(department: HandheldBackEnd, column: int, value: str, refusal: str) -> None:
    assert code(department, changed(PERSON, column, value)) == refusal


@pytest.mark.parametrize(
    ("column", "value", "refusal"),
    [
        (2, "", "21"),
        (3, "长" * 51, "10"),
        (4, "5", "10"),
        (6, "", "0"),
        (7, "", "10"),
        (9, "", "10"),
        (11, "", "10"),
        (12, "15/3/2024", "10"),
    ],
)
def test_a_flat_is_refused_by_their_rules(department: HandheldBackEnd, column: int, value: str, refusal: str) -> None:
    assert code(department, changed(HOUSE, column, value)) == refusal


@pytest.mark.parametrize("line", [PERSON + "|", PERSON.rpartition("|")[0], "", "1"])
def test_a_line_with_another_number_of_columns_is_none(department: HandheldBackEnd, line: str) -> None:
    assert code(department, line) == "10"


def test_what_is_not_gbk_is_an_illegal_character(department: HandheldBackEnd) -> None:
    assert (
        answer(department, PERSON.encode("gb18030").replace("张伟".encode("gbk"), b"\xff\xff")) == "1|12|姓名含非法字符"
    )


def test_a_device_that_comes_too_often_is_sent_away() -> None:
    department = HandheldBackEnd(own_time=True)
    department.takes = (0.0, 0.0)  # type: ignore[misc]
    department.start()

    answer(department, PERSON.encode("gbk"))
    body = b"packet=" + quote_from_bytes(header(department).encode()).encode()

    assert post(department, body)[0] == 429
    department.stop()
