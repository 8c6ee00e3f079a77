"""The elder care office by itself: whom its gateway and its service let in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from connectors.elder_care.sandbox import ElderCareOffice

WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"


def headers(office: ElderCareOffice, secret: str, *, late: float = 0.0) -> dict[str, str]:
    gate, at = office.gate, str(int((time.time() - late) * 1000))
    mac = hmac.digest(secret.encode(), f"{gate.sid}{gate.rid}{at}".encode(), hashlib.sha256)
    return {
        "gjgxjhpt_rid": gate.rid,
        "gjgxjhpt_sid": gate.sid,
        "gjgxjhpt_rtime": at,
        "gjgxjhpt_sign": base64.b64encode(mac).decode(),
    }


def post(office: ElderCareOffice, path: str, body: str, sent: dict[str, str]) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(office.settings()["url"]).port or 0, timeout=30)
    connection.request("POST", path, body.encode(), {"Content-Type": "text/xml; charset=utf-8", **sent})
    answer = connection.getresponse()
    told = answer.read().decode()
    connection.close()
    return answer.status, told


def secret_of(office: ElderCareOffice) -> str:
    status, told = post(office, "/auth/secret", "", headers(office, office.gate.app_key))
    assert status == 200
    return told.partition('"secret": "')[2].partition('"')[0]


def envelope(office: ElderCareOffice, *, nonce: bytes = b"once", late: float = 0.0, asks: str = "") -> str:
    created = datetime.fromtimestamp(time.time() - late, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = base64.b64encode(
        hashlib.sha1(nonce + created.encode() + office.account.password.encode()).digest()  # noqa: S324 - the profile's
    ).decode()
    token = (
        f"<w:Username>{office.account.user}</w:Username><w:Password>{digest}</w:Password>"
        f"<w:Nonce>{base64.b64encode(nonce).decode()}</w:Nonce><u:Created>{created}</u:Created>"
    )
    security = f"<w:Security><w:UsernameToken>{token}</w:UsernameToken></w:Security>"
    call = f"<n:queryOldPerson><xml><![CDATA[{asks or '<query><slh>SL000001</slh></query>'}]]></xml></n:queryOldPerson>"
    names = f'xmlns:w="{WSSE}" xmlns:u="{WSU}" xmlns:n="urn:mzyl:oldperson"'
    soap = 'xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"'
    return f"<e:Envelope {soap} {names}><e:Header>{security}</e:Header><e:Body>{call}</e:Body></e:Envelope>"


def ask(office: ElderCareOffice, body: str, *, secret: str = "", late: float = 0.0) -> tuple[int, str]:
    signed = headers(office, secret or secret_of(office), late=late)
    return post(office, f"/service/{office.gate.sid}", body, signed)


def test_a_signed_call_with_the_account_is_answered(office: ElderCareOffice) -> None:
    status, told = ask(office, envelope(office, nonce=b"answered"))

    assert (status, "0002" in told) == (200, True)


def test_a_call_recorded_by_somebody_is_not_answered_a_second_time(office: ElderCareOffice) -> None:
    recorded = envelope(office, nonce=b"recorded")
    ask(office, recorded)

    status, told = ask(office, recorded)

    assert (status, "FailedAuthentication" in told) == (500, True)


def test_an_old_token_is_refused(office: ElderCareOffice) -> None:
    status, told = ask(office, envelope(office, nonce=b"old", late=900))

    assert (status, "FailedAuthentication" in told) == (500, True)


@pytest.mark.parametrize(("secret", "late"), [("wrong", 0.0), ("", 900.0)])
def test_the_gateway_refuses_a_wrong_and_an_old_signature(office: ElderCareOffice, secret: str, late: float) -> None:
    status, told = ask(office, envelope(office, nonce=b"refused"), secret=secret, late=late)

    assert (status, "40101" in told) == (401, True)


def test_a_secret_of_yesterday_is_refused(office: ElderCareOffice) -> None:
    secret = secret_of(office)
    office.gate.expire()

    status, _ = ask(office, envelope(office, nonce=b"yesterday"), secret=secret)

    assert status == 401
    assert secret_of(office) != secret


@pytest.mark.parametrize(
    "asks", ["<query/>", "<request/>", "not xml", "<!DOCTYPE q [<!ENTITY a 'b'>]><query><slh>&a;</slh></query>"]
)
def test_what_is_no_message_of_theirs_is_a_fault_of_the_sender(office: ElderCareOffice, asks: str) -> None:
    status, told = ask(office, envelope(office, nonce=asks.encode(), asks=asks))

    assert (status, "soap:Client" in told) == (500, True)


def test_more_than_ten_a_second_are_too_many(office: ElderCareOffice) -> None:
    secret = secret_of(office)

    answers = [ask(office, envelope(office, nonce=bytes([number])), secret=secret)[0] for number in range(20)]

    assert 429 in answers
    assert set(answers) <= {200, 429}
