"""What a worker entered against what goes out, and what they answer against whose move it is."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from lxml import etree

from connectors.housing_code.connector import HousingCode
from connectors.housing_code.mapping import PROFILE
from connectors.housing_code.messages import read
from connectors.housing_code.replies import judge, judge_ticket
from gridapp.contract import NotApplicable, NotYet, Outcome, Parcel, Rejected
from tests.connectors.samples import Sample, outcome, reply, reply_names, sample, samples
from tests.connectors.transport.raw_server import Request, Writer, serving
from tests.connectors.transport.raw_server import reply as http_reply

SAMPLES = Path(__file__).parent / "samples"
OPERATIONS = {"SQ": "SQFWBM", "BG": "BGFWBM", "ZX": "ZXFWBM"}
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
OURS = "http://tempuri.org/"
BUSY = "<![CDATA[<RESULT><CODE>S999</CODE><MSG>系统繁忙,请稍后再试</MSG></RESULT>]]>"


async def be_busy(request: Request, writer: Writer) -> None:
    operation = re.findall(r'SOAPAction: "http://tempuri.org/(\w+)"', request.head)[0]
    inner = f'<{operation}Response xmlns="{OURS}"><{operation}Result>{BUSY}</{operation}Result></{operation}Response>'
    answer = f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Body>{inner}</e:Body></e:Envelope>'
    writer.write(http_reply("200 OK", answer.encode(), "Content-Type: text/xml; charset=utf-8"))


def sent(parcel: Parcel) -> tuple[list[Request], Outcome]:
    """The requests that go out for a parcel, and its outcome at an office that is busy."""

    async def run() -> tuple[list[Request], Outcome]:
        async with serving(be_busy) as seen:
            async with HousingCode({"url": seen.url, "app_id": "wg", "password": "a password"}) as connector:
                (came,) = await connector.send([parcel])
            return seen.requests, came

    return asyncio.run(run())


def canonical(text: str | bytes) -> bytes:
    return etree.tostring(etree.fromstring(text, etree.XMLParser(remove_blank_text=True)), method="c14n")


def test_a_coded_flat_concerns_nobody_there() -> None:
    flat = sample(SAMPLES, "nothing_coded_flat")

    assert not PROFILE.layouts[flat.kind].applies.holds(flat.view)


def test_nothing_goes_out_to_cancel_what_never_had_a_code() -> None:
    requests, came = sent(sample(SAMPLES, "nothing_to_cancel").parcel(PROFILE))

    assert requests == []
    assert isinstance(came, NotApplicable)


def test_nothing_goes_out_with_a_character_that_no_message_can_carry() -> None:
    requests, came = sent(sample(SAMPLES, "new_flat", housing__road="测试\x0b路").parcel(PROFILE))

    assert requests == []
    assert came == Rejected("inexpressible", "含有报文不能携带的控制字符", ("housing.road",))


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_a_flat_goes_out_in_their_words(one: Sample) -> None:
    (request,), came = sent(one.parcel(PROFILE))

    (call,) = etree.fromstring(request.body).iterfind(f"{{{ENVELOPE}}}Body/*")
    inner = call.findtext(f"{{{OURS}}}xml") or ""
    assert canonical(inner.encode()) == canonical(one.sent("xml"))
    assert etree.QName(call).localname == OPERATIONS[etree.fromstring(inner.encode()).tag]
    assert isinstance(came, NotYet)


def test_the_envelope_is_what_an_old_asmx_service_wants() -> None:
    (request,), _ = sent(sample(SAMPLES, "new_flat").parcel(PROFILE))

    header = etree.fromstring(request.body).find(f"{{{ENVELOPE}}}Header/{{{OURS}}}Security")
    assert header is not None
    assert [(etree.QName(child).localname, child.text) for child in header] == [
        ("appId", "wg"),
        ("password", "a password"),
    ]
    assert 'SOAPAction: "http://tempuri.org/SQFWBM"' in request.head
    assert "Content-Type: text/xml; charset=utf-8" in request.head
    assert b'<![CDATA[<?xml version="1.0" encoding="utf-8"?><SQ>' in request.body


@pytest.mark.parametrize("name", reply_names(SAMPLES))
def test_an_answer_is_somebodys_move(name: str) -> None:
    told = reply(SAMPLES, name)

    assert judge(read(told["answer"])) == outcome(told["outcome"])


@pytest.mark.parametrize("name", reply_names(SAMPLES))
def test_an_answer_about_a_ticket_may_mean_something_else(name: str) -> None:
    told = reply(SAMPLES, name)
    expected = told.get("of_a_ticket", told["outcome"])

    assert judge_ticket(read(told["answer"])) == (outcome(expected) if expected else None)
