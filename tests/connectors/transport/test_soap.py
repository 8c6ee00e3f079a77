"""SOAP answers as nobody has agreed on them: faults, pages, bombs, secrets to be fetched."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import connectors.housing_code
from connectors.transport.soap import Fault, Soap
from gridapp.contract import Misconfigured, Unavailable
from tests.connectors.transport.raw_server import Request, Seen, Writer, always, reply, serving

WSDL = Path(connectors.housing_code.__file__).with_name("fwbm.wsdl")
ENVELOPE = 'xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"'
XML = "Content-Type: text/xml; charset=utf-8"


def envelope(body: str, before: str = "") -> bytes:
    return f"{before}<e:Envelope {ENVELOPE}><e:Body>{body}</e:Body></e:Envelope>".encode()


def result(text: str) -> str:
    return f'<CXBMResponse xmlns="http://tempuri.org/"><CXBMResult>{text}</CXBMResult></CXBMResponse>'


def called(answer: bytes, *, deadline: float = 5.0, wsdl: Path = WSDL) -> tuple[Any, Seen]:
    async def calling() -> tuple[Any, Seen]:
        async with serving(always(answer)) as seen, Soap(wsdl, seen.url, deadline=deadline) as soap:
            header = {"Security": {"appId": "wg", "password": "secret"}}
            return await soap.call("CXBM", header=header, xml="<CX/>"), seen

    return asyncio.run(calling())


def fault(code: str, words: str) -> bytes:
    return envelope(f"<e:Fault><faultcode>{code}</faultcode><faultstring>{words}</faultstring></e:Fault>")


def test_a_result_comes_back_as_text() -> None:
    said, seen = called(reply("200 OK", envelope(result("&lt;RESULT/&gt;")), XML))

    assert said == "<RESULT/>"
    assert 'SOAPAction: "http://tempuri.org/CXBM"' in seen.requests[0].head


@pytest.mark.parametrize("status", ["200 OK", "500 Internal Server Error"])
def test_a_fault_is_a_fault_under_any_status(status: str) -> None:
    with pytest.raises(Fault) as caught:
        called(reply(status, fault("soap:Client.Authentication", "appId 或密码错误"), XML))

    assert (caught.value.code, caught.value.reason) == ("Client.Authentication", "appId 或密码错误")


@pytest.mark.parametrize(
    "answer",
    [
        reply("500 Internal Server Error", b"", XML),
        reply("500 Internal Server Error", b"<html>Runtime Error</html>", "Content-Type: text/html"),
        reply("500 Internal Server Error", envelope(result("x")), XML),
        reply("200 OK", b"", XML),
        reply("200 OK", b"not xml", XML),
        reply("200 OK", b'{"code": "0000"}', "Content-Type: application/json"),
        reply("200 OK", b"<other/>", XML),
        reply("200 OK", envelope(""), XML),
        reply("200 OK", envelope("<other/>"), XML),
        reply("200 OK", envelope(result("x"))[:-20], XML),
        reply("200 OK", envelope(result("x") * 2, before='<?xml version="1.0" encoding="nonsense"?>'), XML),
        reply("202 Accepted", b"", XML),
        reply(
            "200 OK",
            b"--b\r\n\r\n" + envelope(result("x")) + b"\r\n--b--",
            "Content-Type: multipart/related; boundary=b",
        ),
    ],
)
def test_anything_else_leaves_a_doubt(answer: bytes) -> None:
    try:
        said, _ = called(answer)
    except Unavailable as error:
        assert error.maybe_sent
    else:
        assert said is None


def test_a_sign_in_page_is_for_the_operator() -> None:
    with pytest.raises(Misconfigured, match="html"):
        called(reply("200 OK", b"<html><form>", "Content-Type: text/html"))


def test_a_redirect_is_not_followed() -> None:
    with pytest.raises(Misconfigured, match="307"):
        called(reply("307 Temporary Redirect", b"", "Location: http://127.0.0.1:1/elsewhere"))


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY s "&b;&b;&b;&b;">]>',
        '<!DOCTYPE r [<!ENTITY s SYSTEM "{secret}">]>',
        '<!DOCTYPE r SYSTEM "{canary}">',
        '<!DOCTYPE r [<!ENTITY % p SYSTEM "{canary}"> %p;]>',
    ],
)
def test_no_entity_is_expanded_and_nothing_is_fetched(doctype: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")

    async def calling() -> tuple[Unavailable, Seen]:
        async with serving(always(reply("200 OK"))) as canary:
            before = doctype.replace("{secret}", secret.as_uri()).replace("{canary}", canary.url)
            answer = reply("200 OK", envelope(result("&s;"), before=before), XML)
            async with serving(always(answer)) as seen, Soap(WSDL, seen.url, deadline=5) as soap:
                with pytest.raises(Unavailable) as caught:
                    await soap.call("CXBM", header={"Security": {"appId": "", "password": ""}}, xml="<CX/>")
            return caught.value, canary

    error, canary = asyncio.run(calling())

    assert error.maybe_sent
    assert "the secret" not in str(error)
    assert canary.connections == 0


def test_an_error_does_not_quote_the_answer() -> None:
    with pytest.raises(Unavailable) as caught:
        called(reply("200 OK", b"<broken>990101199202290010", XML))

    assert "990101199202290010" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_drip_ends_at_the_deadline() -> None:
    async def drip(request: Request, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.05)

    async def calling() -> float:
        loop = asyncio.get_running_loop()
        async with serving(drip) as seen, Soap(WSDL, seen.url, deadline=2) as soap:
            began = loop.time()
            with pytest.raises(Unavailable) as caught:
                await soap.call("CXBM", header={"Security": {"appId": "", "password": ""}}, xml="<CX/>")
            assert caught.value.maybe_sent
            return loop.time() - began

    assert asyncio.run(calling()) < 20


def test_a_description_that_points_elsewhere_is_not_followed(tmp_path: Path) -> None:
    description = tmp_path / "other.wsdl"
    include = '<xs:include schemaLocation="http://127.0.0.1:1/types.xsd"/>'
    namespace = '<xs:schema targetNamespace="http://tempuri.org/" elementFormDefault="qualified">'
    description.write_text(WSDL.read_text(encoding="utf-8").replace(namespace, namespace + include), encoding="utf-8")

    with pytest.raises(Exception, match=r"types\.xsd"):
        Soap(description, "http://127.0.0.1:1/", deadline=1)
