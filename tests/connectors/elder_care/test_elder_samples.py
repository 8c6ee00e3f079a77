"""What a worker entered about an old person against what goes out, and what they answer against whose move it is."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from pathlib import Path

import pytest
from lxml import etree

from connectors.elder_care.connector import ElderCare
from connectors.elder_care.mapping import PROFILE
from connectors.elder_care.messages import Unreadable, read
from connectors.elder_care.replies import judge, judge_ticket
from gridapp.contract import Inexpressible, Line, NotYet, Outcome, Parcel, Rejected
from tests.connectors.samples import Sample, outcome, reply, reply_names, sample, samples
from tests.connectors.transport.raw_server import Request, Writer, serving
from tests.connectors.transport.raw_server import reply as http_reply

SAMPLES = Path(__file__).parent / "samples"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
OURS = "urn:mzyl:oldperson"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
SETTINGS = {"rid": "r1", "sid": "s1", "app_key": "an app key", "user": "wg", "password": "a password"}
BUSY = "&lt;result&gt;&lt;code&gt;E99&lt;/code&gt;&lt;message&gt;网关超时&lt;/message&gt;&lt;/result&gt;"


async def be_busy(request: Request, writer: Writer) -> None:
    if "/auth/secret" in request.head:
        writer.write(http_reply("200 OK", b'{"code": "0", "data": {"secret": "secret of the day"}}'))
        return
    inner = f'<n:saveOldPersonResponse xmlns:n="{OURS}"><return>{BUSY}</return></n:saveOldPersonResponse>'
    answer = f'<e:Envelope xmlns:e="{ENVELOPE}"><e:Body>{inner}</e:Body></e:Envelope>'
    writer.write(http_reply("200 OK", answer.encode(), "Content-Type: text/xml; charset=utf-8"))


def sent(parcel: Parcel) -> tuple[list[Request], Outcome]:
    """The requests that go out for a parcel, and its outcome at a service that is busy."""

    async def run() -> tuple[list[Request], Outcome]:
        async with serving(be_busy) as seen:
            async with ElderCare({**SETTINGS, "url": seen.url}) as connector:
                (came,) = await connector.send([parcel])
            return seen.requests, came

    return asyncio.run(run())


def inner(request: Request) -> str:
    (call,) = etree.fromstring(request.body).iterfind(f"{{{ENVELOPE}}}Body/{{{OURS}}}saveOldPerson")
    return call.findtext("xml") or ""


def canonical(text: str) -> bytes:
    return etree.tostring(etree.fromstring(text, etree.XMLParser(remove_blank_text=True)), method="c14n")


def header(request: Request, name: str) -> str:
    return next(line.partition(": ")[2] for line in request.head.splitlines() if line.startswith(f"{name}:"))


@pytest.mark.parametrize("name", ["nothing_young", "nothing_not_long_enough"])
def test_who_is_not_old_enough_concerns_nobody_there(name: str) -> None:
    somebody = sample(SAMPLES, name)

    assert not PROFILE.layouts[somebody.kind].applies.holds(somebody.view)


def test_nothing_goes_out_with_a_character_that_no_message_can_carry() -> None:
    requests, came = sent(sample(SAMPLES, "lives_alone", guardian_name="王\x0b建国").parcel(PROFILE))

    assert requests == []
    assert came == Rejected("inexpressible", "含有报文不能携带的控制字符", ("guardian_name",))


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_an_old_person_goes_out_in_their_words(one: Sample) -> None:
    assert one.action != "create" or PROFILE.layouts[one.kind].applies.holds(one.view)

    (_, request), came = sent(one.parcel(PROFILE))

    assert canonical(inner(request)) == canonical(one.sent("xml"))
    assert isinstance(came, NotYet)


@pytest.mark.parametrize("one", samples(SAMPLES), ids=lambda one: one.name)
def test_the_preview_is_what_goes_out(one: Sample) -> None:
    preview = ElderCare({**SETTINGS, "url": "http://127.0.0.1/"}).preview(one.parcel(PROFILE))

    told = etree.fromstring(one.sent("xml")).iterfind("oldPerson/*")
    assert list(preview.lines) == [Line(str(field.tag), field.text or "") for field in told]
    assert canonical(preview.message) == canonical(one.sent("xml"))


def test_a_preview_of_what_cannot_be_said_names_the_field() -> None:
    parcel = sample(SAMPLES, "lives_alone", name="王\x0b芬").parcel(PROFILE)

    with pytest.raises(Inexpressible) as refused:
        ElderCare({**SETTINGS, "url": "http://127.0.0.1/"}).preview(parcel)

    assert refused.value.field == "name"


def test_the_gateway_gets_its_four_headers_signed_with_the_secret_of_the_day() -> None:
    (exchange, call), _ = sent(sample(SAMPLES, "lives_alone").parcel(PROFILE))

    assert exchange.head.startswith("POST /in/auth/secret ")
    assert call.head.startswith("POST /in/service/s1 ")
    for request, secret in ((exchange, b"an app key"), (call, b"secret of the day")):
        at = header(request, "gjgxjhpt_rtime")
        mac = hmac.digest(secret, f"s1r1{at}".encode(), hashlib.sha256)
        assert (header(request, "gjgxjhpt_rid"), header(request, "gjgxjhpt_sid")) == ("r1", "s1")
        assert header(request, "gjgxjhpt_sign") == base64.b64encode(mac).decode()


def test_the_account_goes_as_a_digest_that_nobody_can_use_again() -> None:
    (_, call), _ = sent(sample(SAMPLES, "lives_alone").parcel(PROFILE))

    token = etree.fromstring(call.body).find(f"{{{ENVELOPE}}}Header/{{{WSSE}}}Security/{{{WSSE}}}UsernameToken")
    assert token is not None
    nonce, created = token.findtext(f"{{{WSSE}}}Nonce") or "", token.findtext(f"{{{WSU}}}Created") or ""
    digest = hashlib.sha1(base64.b64decode(nonce) + created.encode() + b"a password").digest()  # noqa: S324 - theirs
    assert token.findtext(f"{{{WSSE}}}Username") == "wg"
    assert token.findtext(f"{{{WSSE}}}Password") == base64.b64encode(digest).decode()
    assert b"a password" not in call.body


@pytest.mark.parametrize("name", reply_names(SAMPLES))
def test_an_answer_is_somebodys_move(name: str) -> None:
    told = reply(SAMPLES, name)

    assert judge(read(told["answer"])) == outcome(told["outcome"])


@pytest.mark.parametrize("name", reply_names(SAMPLES))
def test_an_answer_about_a_ticket_may_mean_something_else(name: str) -> None:
    told = reply(SAMPLES, name)
    expected = told.get("of_a_ticket", told["outcome"])

    assert judge_ticket(read(told["answer"])) == (outcome(expected) if expected else None)


@pytest.mark.parametrize("result", [None, "", "no xml", "<other/>", "<!DOCTYPE result []><result/>", "<result>\ud800"])
def test_what_is_no_result_is_not_read(result: str | None) -> None:
    with pytest.raises(Unreadable):
        read(result)
