"""The lease office by itself: whom it lets in, and which bodies it reads."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

from connectors.lease_filing.sandbox import LeaseOffice
from connectors.lease_filing.sandbox_gate import read


def headers(office: LeaseOffice, method: str, path: str, body: bytes, *, late: float = 0.0) -> dict[str, str]:
    timestamp, nonce = str(int(time.time() - late)), uuid4().hex
    digest = hashes.Hash(hashes.SM3())
    digest.update(body)
    mac = HMAC(office.gate.secret.encode(), hashes.SM3())
    mac.update("\n".join((method, path, timestamp, nonce, digest.finalize().hex())).encode())
    names = {"X-App-Id": office.gate.app_id, "X-Timestamp": timestamp, "X-Nonce": nonce}
    return {**names, "X-Signature": mac.finalize().hex()}


def call(office: LeaseOffice, method: str, path: str, body: bytes, sent: dict[str, str]) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("127.0.0.1", office.port, timeout=30)
    connection.request(method, f"/api{path}", body, {"Content-Type": "application/json", **sent})
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    return answer.status, told


def test_a_signed_question_is_answered(office: LeaseOffice) -> None:
    status, told = call(office, "GET", "/filings/0", b"", headers(office, "GET", "/filings/0", b""))

    assert (status, told["code"]) == (200, "4040")


def test_a_call_recorded_by_somebody_is_not_answered_a_second_time(office: LeaseOffice) -> None:
    recorded = headers(office, "GET", "/filings/0", b"")
    call(office, "GET", "/filings/0", b"", recorded)

    assert call(office, "GET", "/filings/0", b"", recorded)[0] == 401


def test_a_signature_is_for_one_path_one_body_and_some_minutes(office: LeaseOffice) -> None:
    elsewhere = call(office, "GET", "/filings/1", b"", headers(office, "GET", "/filings/0", b""))
    other_body = call(office, "POST", "/filings", b'{"a": 1}', headers(office, "POST", "/filings", b"{}"))
    old = call(office, "GET", "/filings/0", b"", headers(office, "GET", "/filings/0", b"", late=900))

    assert [status for status, _ in (elsewhere, other_body, old)] == [401, 401, 401]


def test_more_than_they_bear_are_too_many(office: LeaseOffice) -> None:
    answers = [call(office, "GET", "/filings/0", b"", headers(office, "GET", "/filings/0", b""))[0] for _ in range(20)]

    assert set(answers) == {200, 429}


@pytest.mark.parametrize("body", [b"", b"[]", b"no json", b'{"fwbm": 1}', b'{"appId": "x"}'])
def test_what_is_no_filing_is_refused_at_the_counter(office: LeaseOffice, body: bytes) -> None:
    status, told = call(office, "POST", "/filings", body, headers(office, "POST", "/filings", body))

    assert (status, told["code"]) == (200, "4001")
    assert office.store.sizes() == {}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"--b\r\n\r\n{}\r\n--b--"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\n{}\r\n--b--"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n{}\r\n--b--'),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nx; name="filing"\r\n\r\n{}\r\n--b\r\nx; name="filing"\r\n\r\n{}\r\n--b--',
        ),
    ],
)
def test_a_form_that_cannot_be_taken_apart_is_none(content_type: str, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read(content_type, body)
