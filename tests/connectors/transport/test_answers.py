"""What an answer says: how long to wait, and whether it is data at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.transport.http import Answer, retry_after
from gridapp.contract import Misconfigured, Unavailable

NOW = datetime(2026, 11, 21, 8, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("0", 0),
        ("120", 120),
        ("99999999999999999999", 86400),
        ("Sat, 21 Nov 2026 08:30:00 GMT", 1800),
        ("Sat, 21 Nov 2026 07:00:00 GMT", 0),
        ("Fri, 31 Dec 2199 23:59:59 GMT", 86400),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_never_absurd(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, now=NOW) == seconds


def answer_of(body: bytes, content_type: str = "application/json") -> Answer:
    return Answer(200, {"Content-Type": content_type}, body)


@pytest.mark.parametrize(
    "answer",
    [
        answer_of(b"<!DOCTYPE html><form>", "text/html"),
        answer_of("\n <html>请登录".encode()),
        answer_of("请登录".encode(), "text/html; charset=utf-8"),
    ],
)
def test_a_sign_in_page_is_no_answer(answer: Answer) -> None:
    with pytest.raises(Misconfigured) as caught:
        answer.json()

    assert caught.value.code == "html"


@pytest.mark.parametrize("body", [b"", b"ok", b'{"ok": tru', b"\xff\xfe"])
def test_what_is_no_json_leaves_a_doubt(body: bytes) -> None:
    with pytest.raises(Unavailable) as caught:
        answer_of(body).json()

    assert caught.value.maybe_sent
